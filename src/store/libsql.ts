import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@libsql/client';
import { sql } from 'drizzle-orm';
import { drizzle, type LibSQLDatabase } from 'drizzle-orm/libsql';
import { migrate } from 'drizzle-orm/libsql/migrator';
import type { Database, Statement } from './database.ts';
import { FileWriter } from './file-writer.ts';
import { commitGuard } from './schema.ts';

const MIGRATIONS = fileURLToPath(new URL('../../drizzle', import.meta.url));

/**
 * Opens a libSQL database, a local file or a remote server, and brings its tables up to date.
 * Throws when it cannot be opened, or when a commit to it would not be durable.
 */
export async function openLibsql(url: string, authToken: string | undefined): Promise<Database> {
  const isFile = url.startsWith('file:');
  if (isFile) mkdirSync(dirname(url.slice('file:'.length)), { recursive: true });
  const client = createClient({ url, concurrency: 1, ...(authToken === undefined ? {} : { authToken }) });
  const db = drizzle(client);
  const database = isFile ? await fileDatabase(db) : remoteDatabase(db);
  try {
    await migrate(db, { migrationsFolder: MIGRATIONS });
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** Reads through the client; commits through a connection of their own, which has no other work. */
async function fileDatabase(drizzle: LibSQLDatabase & { $client: Client }): Promise<Database> {
  const writer = new FileWriter(await pathOf(drizzle.$client));
  const guarded = guardedBy(drizzle);
  return {
    drizzle,
    commit: async (statements) => writer.commit(guarded(statements)),
    pragma: async (name) => writer.pragma(name),
    close() {
      writer.close();
      drizzle.$client.close();
    },
  };
}

function remoteDatabase(drizzle: LibSQLDatabase & { $client: Client }): Database {
  const client = drizzle.$client;
  const guarded = guardedBy(drizzle);
  return {
    drizzle,
    async commit(statements) {
      await client.batch(guarded(statements), 'write');
    },
    pragma: async (name) => (await client.execute(`pragma ${name}`)).rows[0]?.[0],
    close: () => client.close(),
  };
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

/** Where the file is that the client has opened. */
async function pathOf(client: Client): Promise<string> {
  const { rows } = await client.execute("select file from pragma_database_list where name = 'main'");
  return String(rows[0]?.file);
}
