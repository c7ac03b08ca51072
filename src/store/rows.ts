import { type SQL, sql } from 'drizzle-orm';

/**
 * Statements take all their rows as one parameter, which is JSON: the text of a statement is the same however many rows
 * it takes, and no host's limit on bound parameters is in the way.
 */
const parameter: SQL = sql.raw('?1');

/** The cells of one row, in a parameter that is an array of them. */
export type Row = readonly Cell[];

/** A list is stored as its JSON. */
type Cell = number | string | null | readonly (readonly number[])[];

/**
 * The rows, to name in `from`. Materialized, or else SQLite would write out the text of a row again for each of its
 * cells.
 */
export const rows: SQL = sql`(with parsed as materialized (select value as cells from json_each(${parameter}))
  select cells from parsed)`;

/** A column of the row at hand, by its place in the array. */
export function cell(column: number): SQL {
  return sql.raw(`cells ->> ${column}`);
}

/** What an insert takes its rows from: the first `count` columns, in the order of the table's. */
export function cells(count: number): SQL {
  const columns = Array.from({ length: count }, (_, column) => cell(column));
  return sql`select ${sql.join(columns, sql`, `)} from ${rows}`;
}

/** Rows of two columns, in a parameter that is an object from the one to the other: a third of the work of `cells(2)`. */
export const pairs: SQL = sql`select key, value from json_each(${parameter})`;

/** An element of a parameter that is one array and no more. */
export function element(index: number): SQL {
  return sql`${parameter} ->> ${sql.raw(String(index))}`;
}

/** The text of a statement that has no parameter but that one. */
export function text(query: { toSQL(): { sql: string; params: unknown[] } }): string {
  const { sql: made, params } = query.toSQL();
  if (params.length > 0) throw new Error(`a statement takes its rows and nothing else: ${made}`);
  return made;
}
