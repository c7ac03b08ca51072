import { type SQL, sql } from 'drizzle-orm';

/**
 * Statements take their rows as one parameter, a JSON array of arrays: the text of a statement is the same however
 * many rows it takes, and no host's limit on bound parameters is in the way.
 */
export type Row = readonly (number | string | null)[];

/** The rows, to name in `from`. */
export const rows: SQL = sql`json_each(${sql.placeholder('rows')})`;

/** A column of the row at hand, by its place in the array. */
export function cell(column: number): SQL {
  return sql.raw(`json_each.value ->> ${column}`);
}

/** What an insert takes its rows from: the first `count` columns, in the order of the table's. */
export function cells(count: number): SQL {
  const columns = Array.from({ length: count }, (_, column) => cell(column));
  return sql`select ${sql.join(columns, sql`, `)} from ${rows}`;
}

/** The text of a statement whose only parameter is its rows. */
export function text(query: { toSQL(): { sql: string; params: unknown[] } }): string {
  const { sql: made, params } = query.toSQL();
  if (params.length !== 1) throw new Error(`a statement takes its rows and nothing else: ${made}`);
  return made;
}
