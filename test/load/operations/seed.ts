import { sql } from 'drizzle-orm';
import type { EntryId, QueueId, ReservationId } from '../../../src/ids.ts';
import { openLibsql } from '../../../src/store/libsql.ts';
import { type Row, text, wholeRows } from '../../../src/store/rows.ts';
import {
  coordinatorState,
  ledgerEntries,
  queueTokens,
  reservations,
  takenSeats,
} from '../../../src/store/schema.ts';
import { DAY_MS, fill } from '../../support/fixture.ts';
import type { Caller, Payers, Sale, Users } from '../plan.ts';
import { insertRows } from '../rows.ts';
import { scatteredUser, tokenIdOf } from '../scatter.ts';

/** One for each connection at most. */
export const callers: readonly Caller[] = Array.from({ length: 1_024 }, (_, index) => ({
  userId: index + 1,
  tokenId: tokenIdOf(index + 1),
}));
/** Each of them has a token, a hold on one seat, and the money for it. */
export const payers: Payers = { firstUserId: 1_025, count: 80_000, firstReservationId: 1 };
export const waiters: Users = { firstUserId: payers.firstUserId + payers.count, count: 1_000 };
/** Those without a token: more than even a bare route can be asked for in the time of one trial. */
export const joiners: Users = { firstUserId: waiters.firstUserId + waiters.count, count: 300_000 };
/** As many as have a token that lets them in; the service is started with no slot more. */
export const ACTIVE = callers.length + payers.count;
const PRICE = 10_000;

export const SMALL_HALL = { concertId: 1, scheduleId: 1, seats: 50 };
export const LARGE_HALL = { concertId: 1, scheduleId: 2, seats: 5_000 };
/** Everybody wants the same fifty seats. */
export const HOT_HALL = { concertId: 2, scheduleId: 3, firstSeatId: 5_051, seats: 50 };
/** The hall that the payers have their seats in. */
const PAID_HALL = { scheduleId: 4, firstSeatId: HOT_HALL.firstSeatId + HOT_HALL.seats, seats: payers.count };
/** Where seats are sold in pairs. */
export const sale: Sale = {
  concertId: 3,
  firstScheduleId: 5,
  firstSeatId: PAID_HALL.firstSeatId + PAID_HALL.seats,
  seatsPerSchedule: 10_000,
  schedules: 40,
};

/** Writes the database that every group of trials starts from. */
export async function seed(databaseUrl: string, now: number): Promise<void> {
  const database = await openLibsql(databaseUrl);
  const { drizzle: db } = database;
  const hall = (seats: number) => ({ seats, price: PRICE });
  await fill(database, now, {
    users: joiners.firstUserId + joiners.count,
    concerts: [
      { name: 'Chamber music', schedules: [hall(SMALL_HALL.seats), hall(LARGE_HALL.seats)] },
      { name: 'The last night', schedules: [hall(HOT_HALL.seats), hall(PAID_HALL.seats)] },
      {
        name: 'Stadium night',
        schedules: Array.from({ length: sale.schedules }, () => hall(sale.seatsPerSchedule)),
      },
    ],
  });
  const end = now + DAY_MS;
  const insert = (table: string, count: number, rowAt: (index: number) => Row) =>
    insertRows(database, table, count, rowAt);
  await insert(text(db.insert(queueTokens).select(wholeRows(8))), ACTIVE + waiters.count, (index) => {
    const payer = index - callers.length;
    const userId = payer >= 0 && payer < payers.count ? scatteredUser(payer, payers) : index + 1;
    const [status, activeUntil] = index < ACTIVE ? ['ACTIVE', end] : ['WAITING', 0];
    return [index + 1, tokenIdOf(userId), userId, status ?? null, now, activeUntil ?? null, end, null];
  });
  const seatOf = (index: number): number => PAID_HALL.firstSeatId + index;
  await insert(text(db.insert(reservations).select(wholeRows(8))), payers.count, (index) => {
    const seats = [[seatOf(index), index + 1, PRICE]];
    const userId = scatteredUser(index, payers);
    return [index + 1, userId, PAID_HALL.scheduleId, seats, PRICE, 'PAYMENT_PENDING', now, end];
  });
  await insert(text(db.insert(takenSeats).select(wholeRows(2))), payers.count, (index) => [
    seatOf(index),
    index + 1,
  ]);
  await insert(text(db.insert(ledgerEntries).select(wholeRows(6))), payers.count, (index) => {
    return [index + 1, scatteredUser(index, payers), PRICE, 'RECHARGE', null, now];
  });
  await db.run(
    sql`update users set balance = ${PRICE} where user_id in (select user_id from ledger_entries)`,
  );
  await db.insert(coordinatorState).values({
    id: 1,
    epoch: 0,
    lastQueueId: (ACTIVE + waiters.count) as QueueId,
    lastReservationId: payers.count as ReservationId,
    lastPaymentId: sql`0`,
    lastEntryId: payers.count as EntryId,
  });
  // Into the one file that is copied.
  await db.run(sql`pragma wal_checkpoint(truncate)`);
  await database.close();
}
