import { fileURLToPath } from 'node:url';

type Row = Record<string, unknown>;

const PROGRAM = fileURLToPath(new URL('./audit-process.ts', import.meta.url));

/**
 * Asks a database file each of these queries, and returns the row that each makes. A large file takes seconds, so each
 * query has a process of its own: in a thread it would keep commits waiting for the memory of the driver, which all
 * threads share. Throws when one of them fails.
 */
export function auditFile(path: string, queries: readonly string[]): Promise<Row[]> {
  return Promise.all(queries.map((sql) => rowOf(path, sql)));
}

async function rowOf(path: string, sql: string): Promise<Row> {
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
  return JSON.parse(row) as Row;
}
