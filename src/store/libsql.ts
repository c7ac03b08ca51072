import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@libsql/client';
import { sql } from 'drizzle-orm';
import { drizzle, type LibSQLDatabase } from 'drizzle-orm/libsql';
import { migrate } from 'drizzle-orm/libsql/migrator';
import type { Database } from './database.ts';
import { commitGuard } from './schema.ts';

/** How far the log grows before it is written back to the database, in pages of 4 KiB. */
const CHECKPOINT_PAGES = 4_000;
const CACHE_KIB = 32 * 1024;
const MIGRATIONS = fileURLToPath(new URL('../../drizzle', import.meta.url));

/**
 * Opens a libSQL database, a local file or a remote server, and brings its tables up to date.
 * Throws when it cannot be opened, or when a commit to it would not be durable.
 */
export async function openLibsql(url: string, authToken: string | undefined): Promise<Database> {
  const isFile = url.startsWith('file:');
  if (isFile) mkdirSync(dirname(url.slice('file:'.length)), { recursive: true });
  // A pool of one: settings belong to a connection, and there is one writer.
  const client = createClient({ url, concurrency: 1, ...(authToken === undefined ? {} : { authToken }) });
  try {
    if (isFile) await makeDurable(client);
    const db = drizzle(client);
    await migrate(db, { migrationsFolder: MIGRATIONS });
    return database(client, db, async () => {
      await client.reconnect();
      if (isFile) await makeDurable(client);
    });
  } catch (cause) {
    client.close();
    throw cause;
  }
}

function database(client: Client, db: LibSQLDatabase, renew: () => Promise<void>): Database {
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
  let isSound = true;
  return {
    drizzle: db,
    async commit(statements) {
      // A connection whose batch failed can be left with a statement that never ends, and then commits no more.
      if (!isSound) await renew();
      const guarded = statements.flatMap(({ sql: text, json, rows }) => {
        const statement = { sql: text, args: [json] };
        return rows === undefined ? [statement] : [statement, guardFor(rows)];
      });
      isSound = false;
      await client.batch(guarded, 'write');
      isSound = true;
    },
    close: () => client.close(),
  };
}

/** Every commit must be on the disk before it is answered: WAL with a sync at each. */
async function makeDurable(client: Client): Promise<void> {
  await client.execute('pragma journal_mode = wal');
  await client.execute('pragma synchronous = full');
  // Pages that many batches change are written back once for all of them.
  await client.execute(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  await client.execute(`pragma cache_size = ${-CACHE_KIB}`);
  const pragma = async (name: string) => (await client.execute(`pragma ${name}`)).rows[0]?.[0];
  const settings = { journal_mode: await pragma('journal_mode'), synchronous: await pragma('synchronous') };
  if (settings.journal_mode !== 'wal' || settings.synchronous !== 2) {
    throw new Error(`the database is not durable: ${JSON.stringify(settings)}`);
  }
}
