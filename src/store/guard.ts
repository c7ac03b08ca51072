import { sql } from 'drizzle-orm';
import type { Drizzle, Statement } from './database.ts';
import { commitGuard } from './schema.ts';

/** What a host's driver executes. */
export interface Step {
  readonly sql: string;
  readonly args: (string | number)[];
}

/** Puts a guard behind each statement that must touch a known number of rows. */
export function guardedBy(db: Drizzle): (statements: readonly Statement[]) => Step[] {
  const guard = db
    .insert(commitGuard)
    .values({ id: 1, expected: sql.placeholder('rows'), found: sql`changes()` })
    .onConflictDoUpdate({
      target: commitGuard.id,
      set: { expected: sql`excluded.expected`, found: sql`excluded.found` },
    })
    .toSQL();
  // The order of the parameters: id, expected.
  const guardFor = (rows: number) => ({ sql: guard.sql, args: [1, rows] });
  return (statements) =>
    statements.flatMap(({ sql: text, json, rows }) => {
      const statement = { sql: text, args: [json] };
      return rows === undefined ? [statement] : [statement, guardFor(rows)];
    });
}
