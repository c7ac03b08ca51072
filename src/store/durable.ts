import { drizzle } from 'drizzle-orm/durable-sqlite';
import { migrate } from 'drizzle-orm/durable-sqlite/migrator';
import { audit, checksOf } from './audit.ts';
import { bundledMigrations } from './bundled-migrations.ts';
import { type Database, type Drizzle, OutcomeUnknown } from './database.ts';
import { guardedBy } from './guard.ts';

/**
 * Opens the SQLite of a Durable Object, and brings its tables up to date. The platform sees to it that there is one such
 * object, that its pages are sound, and that its log is written back.
 */
export async function openDurable(storage: DurableObjectStorage): Promise<Database> {
  const own = drizzle(storage);
  await migrate(own, bundledMigrations);
  // Its statements are done at once, and can be awaited all the same: Drizzle has another type for that, and no other code.
  const db = own as unknown as Drizzle;
  const guarded = guardedBy(db);
  return {
    drizzle: db,
    isExclusive: true,
    glance: null,
    async commit(statements) {
      storage.transactionSync(() => {
        for (const { sql, args } of guarded(statements)) storage.sql.exec(sql, ...args);
      });
      try {
        await storage.sync();
      } catch (cause) {
        throw new OutcomeUnknown(cause);
      }
    },
    writeBack() {},
    async audit() {
      return checksOf(audit.flatMap((query) => storage.sql.exec(query).toArray()));
    },
    async check() {},
    close() {},
  };
}
