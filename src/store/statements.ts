import type { Change } from '../coordinator/work.ts';
import type { Statement } from './database.ts';
import type { Row } from './rows.ts';

export function insert(sql: string, rows: readonly Row[]): Statement[] {
  return rows.length > 0 ? [{ sql, json: JSON.stringify(rows) }] : [];
}

/** Each row must find the one that it changes. */
export function update(sql: string, rows: readonly Row[]): Statement[] {
  return rows.length > 0 ? [{ sql, json: JSON.stringify(rows), rows: rows.length }] : [];
}

export function inParts<T>(rows: readonly T[], max: number): T[][] {
  return Array.from({ length: Math.ceil(rows.length / max) }, (_, part) =>
    rows.slice(part * max, (part + 1) * max),
  );
}

export function partition<T>(changes: ReadonlyMap<unknown, Change<T>>): { made: T[]; changed: T[] } {
  const made: T[] = [];
  const changed: T[] = [];
  for (const { before, after } of changes.values()) (before === null ? made : changed).push(after);
  return { made, changed };
}
