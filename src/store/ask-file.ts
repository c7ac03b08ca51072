import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./query-process.ts', import.meta.url));

/**
 * Asks a database file a query that reads much of it, and returns the first row that it makes. The query sees one
 * committed state. Since the driver is synchronous it has a process of its own: in a thread it would keep commits waiting
 * for the memory of the driver, which all threads share. Throws when the query fails.
 */
export async function askFile(path: string, sql: string): Promise<Record<string, unknown>> {
  const child = Bun.spawn([process.execPath, PROGRAM, path, sql], {
    // Nothing that is only for the service.
    env: {},
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [row, complaint] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(complaint.trim());
  return JSON.parse(row);
}
