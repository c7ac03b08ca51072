import type { Database } from '../../src/store/database.ts';
import type { Row } from '../../src/store/rows.ts';

const ROWS_PER_COMMIT = 20_000;

/** Writes many rows by a statement that takes them whole. */
export async function insertRows(
  database: Database,
  statement: string,
  count: number,
  rowAt: (index: number) => Row,
): Promise<void> {
  for (let from = 0; from < count; from += ROWS_PER_COMMIT) {
    const rows = Array.from({ length: Math.min(ROWS_PER_COMMIT, count - from) }, (_, i) => rowAt(from + i));
    await database.commit([{ sql: statement, json: JSON.stringify(rows), rows: rows.length }]);
  }
}
