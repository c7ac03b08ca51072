import { Database } from 'bun:sqlite';
import { fileURLToPath } from 'node:url';

/** How many tokens the database says were admitted, and how many ran out. */
export interface Tally {
  readonly admitted: number;
  readonly lapsed: number;
}

/** Reads a database that a service has open, at hardly any cost to it: one row, which every commit has written. */
export function tallyOf(databaseUrl: string): { read(): Tally; close(): void } {
  const database = new Database(fileURLToPath(databaseUrl), { readonly: true });
  const query = database.query<Tally, []>(
    'select admitted_total as admitted, lapsed_total as lapsed from coordinator_state',
  );
  const read = (): Tally => {
    const tally = query.get();
    if (tally === null) throw new Error('the coordinator has no state');
    return tally;
  };
  return { read, close: () => database.close() };
}
