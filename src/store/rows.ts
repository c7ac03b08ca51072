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
 * The rows that are at a path in the parameter, to name in `from`. Materialized, or else SQLite would write out the text
 * of a row again for each of its cells.
 */
export function rowsAt(path: string): SQL {
  return sql`(with parsed as materialized (select value as cells from json_each(${parameter}, ${sql.raw(`'${path}'`)}))
    select cells from parsed)`;
}

/** The rows, where they are all of the parameter. */
export const rows: SQL = rowsAt('$');

/** A column of the row at hand, by its place in the array. */
export function cell(column: number): SQL {
  return sql.raw(`cells ->> ${column}`);
}

/** The first `count` columns of the row at hand. */
export function cells(count: number): SQL {
  return sql.join(
    Array.from({ length: count }, (_, column) => cell(column)),
    sql`, `,
  );
}

/** What an insert takes whole rows from, whose cells are in the order of the table's columns. */
export function wholeRows(columns: number): SQL {
  return sql`select ${cells(columns)} from ${rows}`;
}

/** Rows of one cell, in a parameter that is an array of those cells; `value` of the alias is the cell. */
export function scalars(alias: string): SQL {
  return sql`json_each(${parameter}) as ${sql.raw(alias)}`;
}

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
