import { sql } from 'drizzle-orm';
import { openLibsql } from '../../../src/store/libsql.ts';
import { type Row, text, wholeRows } from '../../../src/store/rows.ts';
import { queueTokens } from '../../../src/store/schema.ts';
import { DAY_MS, fill } from '../../support/fixture.ts';
import type { Caller, Sale } from '../plan.ts';
import { tokenIdOf } from '../scatter.ts';

/** How many users are in, one for each connection at most; the service is started with no slot more. */
export const ACTIVE = 256;
const WAITING = 1_000;

export const active: readonly Caller[] = callers(1, ACTIVE);
export const waiting: readonly Caller[] = callers(ACTIVE + 1, WAITING);

/** Concert 1 has one small hall, whose map is looked at. */
export const SMALL_HALL = { concertId: 1, scheduleId: 1, concertName: 'Chamber music', seats: 50 };

/** Concert 2 has large ones, whose seats are sold: enough of them for one round on a fast machine. */
export const sale: Sale = {
  concertId: 2,
  firstScheduleId: 2,
  firstSeatId: SMALL_HALL.seats + 1,
  seatsPerSchedule: 10_000,
  schedules: 50,
};
export const SALE_NAME = 'Stadium night';

/** Writes the database that every round starts from. */
export async function seed(databaseUrl: string, now: number): Promise<void> {
  const database = await openLibsql(databaseUrl);
  const halls = Array.from({ length: sale.schedules }, () => ({
    seats: sale.seatsPerSchedule,
    price: 10_000,
  }));
  await fill(database, now, {
    users: ACTIVE + WAITING,
    concerts: [
      { name: SMALL_HALL.concertName, schedules: [{ seats: SMALL_HALL.seats }] },
      { name: SALE_NAME, schedules: halls },
    ],
  });
  const tokens = [...active, ...waiting].map(({ userId, tokenId }): Row => {
    const end = now + DAY_MS;
    const [status, activeUntil] = userId <= ACTIVE ? ['ACTIVE', end] : ['WAITING', 0];
    return [userId, tokenId, userId, status ?? null, now, activeUntil ?? null, end, null];
  });
  await database.commit([
    {
      sql: text(database.drizzle.insert(queueTokens).select(wholeRows(8))),
      json: JSON.stringify(tokens),
      rows: tokens.length,
    },
  ]);
  // Into the one file that is copied.
  await database.drizzle.run(sql`pragma wal_checkpoint(truncate)`);
  await database.close();
}

/** Users join in the order of their ids. */
function callers(firstUserId: number, count: number): Caller[] {
  return Array.from({ length: count }, (_, index) => {
    const userId = firstUserId + index;
    return { userId, tokenId: tokenIdOf(userId) };
  });
}
