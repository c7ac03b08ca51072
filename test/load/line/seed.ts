import { sql } from 'drizzle-orm';
import type { QueueId } from '../../../src/ids.ts';
import type { Database } from '../../../src/store/database.ts';
import { openLibsql } from '../../../src/store/libsql.ts';
import { type Row, text, wholeRows } from '../../../src/store/rows.ts';
import { coordinatorState, queueTokens, users } from '../../../src/store/schema.ts';
import { DAY_MS } from '../../support/fixture.ts';
import type { Users } from '../plan.ts';
import { insertRows } from '../rows.ts';
import { tokenIdOf } from '../scatter.ts';

export const LONG_LINE = 1_000_000;

/** One user is in, and the service is started with no slot more where those who wait are to keep waiting. */
export const insider: Users = { firstUserId: 1, count: 1 };
/** Who joins while it is measured: more than even a bare route can be asked for in the time of one trial. */
export const joiners: Users = { firstUserId: 2 + LONG_LINE, count: 400_000 };
/** A user for a single request. */
export const SPARE_USER_ID = joiners.firstUserId + joiners.count;

/** Who waits in a line of this length. */
export function waiters(count: number): Users {
  return { firstUserId: 2, count };
}

/** A prime other than the one that requests are scattered by: or else they would go through the line from its head. */
const STRIDE = 7_919;

/** Writes the users of every line. */
export async function seedUsers(databaseUrl: string, now: number): Promise<void> {
  await write(databaseUrl, async (database) => {
    const statement = text(database.drizzle.insert(users).select(wholeRows(3)));
    await insertRows(database, statement, SPARE_USER_ID, (index): Row => [index + 1, 0, now]);
  });
}

/** Writes a line into a database that has the users. People do not join in the order of their ids. */
export async function seedTokens(databaseUrl: string, waiting: number, now: number): Promise<void> {
  const { firstUserId, count } = waiters(waiting);
  const statusOf = (index: number) => (index === 0 ? 'ACTIVE' : 'WAITING');
  const userAt = (index: number) =>
    index === 0 ? insider.firstUserId : firstUserId + (((index - 1) * STRIDE) % count);
  await write(databaseUrl, async (database) => {
    const statement = text(database.drizzle.insert(queueTokens).select(wholeRows(8)));
    await insertRows(database, statement, 1 + waiting, (index): Row => {
      const userId = userAt(index);
      const end = now + DAY_MS;
      const activeUntil = statusOf(index) === 'ACTIVE' ? end : 0;
      return [index + 1, tokenIdOf(userId), userId, statusOf(index), now, activeUntil, end, null];
    });
    await countTokens(database, 1 + waiting);
  });
}

/** Whoever joins next must come behind the line. */
async function countTokens({ drizzle: db }: Database, tokens: number): Promise<void> {
  await db.insert(coordinatorState).values({
    id: 1,
    epoch: 0,
    lastQueueId: tokens as QueueId,
    lastReservationId: sql`0`,
    lastPaymentId: sql`0`,
    lastEntryId: sql`0`,
  });
}

/** Leaves all that is written in the one file that is copied. */
async function write(databaseUrl: string, writing: (database: Database) => Promise<void>): Promise<void> {
  const database = await openLibsql(databaseUrl);
  await writing(database);
  database.close();
}
