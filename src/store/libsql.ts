import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@libsql/client';
import { sql } from 'drizzle-orm';
import { drizzle, type LibSQLDatabase } from 'drizzle-orm/libsql';
import { migrate } from 'drizzle-orm/libsql/migrator';
import { audit, checksOf } from './audit.ts';
import type { Database, Statement } from './database.ts';
import { auditFile } from './file-auditor.ts';
import { FileWriter } from './file-writer.ts';
import { commitGuard } from './schema.ts';

const MIGRATIONS = fileURLToPath(new URL('../../drizzle', import.meta.url));

/**
 * Opens a libSQL database, a local file or a remote server, and brings its tables up to date.
 * Throws when it cannot be opened, or when a commit to it would not be durable.
 */
export async function openLibsql(url: string, authToken: string | undefined): Promise<Database> {
  const path = pathOf(url);
  if (path !== null) mkdirSync(dirname(path), { recursive: true });
  // One connection is enough to read with, since the driver of a file is synchronous.
  const client = createClient({ url, concurrency: 1, ...(authToken === undefined ? {} : { authToken }) });
  let writer: FileWriter | null = null;
  const close = (): void => {
    client.close();
    writer?.close();
  };
  try {
    if (path !== null) writer = FileWriter.open(path);
    const db = drizzle(client);
    await migrate(db, { migrationsFolder: MIGRATIONS });
    const guarded = guardedBy(db);
    return {
      drizzle: db,
      async commit(statements) {
        if (writer === null) await client.batch(guarded(statements), 'write');
        else writer.commit(guarded(statements));
      },
      async audit() {
        if (path !== null) return checksOf(await auditFile(path));
        const results = await client.batch([...audit], 'read');
        return checksOf(results.flatMap(({ rows }) => rows));
      },
      close,
    };
  } catch (cause) {
    close();
    throw cause;
  }
}

/** Where the file is that a URL names; null when it names a server. */
function pathOf(url: string): string | null {
  const [scheme] = /^file:(\/\/(localhost)?)?/.exec(url) ?? [];
  return scheme === undefined ? null : decodeURIComponent(url.slice(scheme.length));
}

/** Puts a guard behind each statement that must touch a known number of rows. */
function guardedBy(db: LibSQLDatabase) {
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
  return (statements: readonly Statement[]) =>
    statements.flatMap(({ sql: text, json, rows }) => {
      const statement = { sql: text, args: [json] };
      return rows === undefined ? [statement] : [statement, guardFor(rows)];
    });
}
