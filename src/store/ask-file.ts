import { runAside } from './aside.ts';

const PROGRAM = new URL('./query-process.ts', import.meta.url);

/**
 * Asks a database file a query that reads much of it, and returns the first row that it makes. The query sees one
 * committed state. Throws when it fails.
 */
export async function askFile(path: string, sql: string): Promise<Record<string, unknown>> {
  return JSON.parse(await runAside(PROGRAM, [path, sql]));
}
