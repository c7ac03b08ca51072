import { and, eq, sql } from 'drizzle-orm';
import type { Concert, Schedule } from '../concerts/concert.ts';
import type { Work } from '../coordinator/work.ts';
import type { Database, Statement } from './database.ts';
import { cell, element, type Row, rows, scalars, text, wholeRows } from './rows.ts';
import { concerts, operatorEvents, queueSettings, schedules, seats, takenSeats } from './schema.ts';
import { insert, partition, update } from './statements.ts';

type Statements = ReturnType<typeof operatorStatements>;

/** What is sold: it comes before the reservations of the batch, which may be of it. */
export function saveCatalogue(make: Statements, work: Work): Statement[] {
  const changedConcerts = partition(work.concerts);
  const changedSchedules = partition(work.schedules);
  return [
    ...insert(make.insertConcerts, changedConcerts.made.map(concertRow)),
    ...update(make.updateConcerts, changedConcerts.changed.map(concertRow)),
    ...insert(make.insertSchedules, changedSchedules.made.map(scheduleRow)),
    ...update(make.updateSchedules, changedSchedules.changed.map(scheduleRow)),
    ...insert(
      make.insertSeats,
      work.newSeats.map((seat) => [seat.seatId, seat.scheduleId, seat.seatNumber, seat.price]),
    ),
    ...update(
      make.priceSeats,
      [...work.prices].map(([seatId, { price }]) => [seatId, price]),
    ),
    ...moveBlocks(make.unblockSeats, seatsThatBecome(work, false)),
  ];
}

/** Seats that are kept from everyone: a reservation of the batch may have had them before. */
export function blockSeats(make: Statements, work: Work): Statement[] {
  return moveBlocks(make.blockSeats, seatsThatBecome(work, true));
}

/** The settings of the line, and what the operator did. */
export function saveOperation(make: Statements, { settings, hasNewSettings, events }: Work): Statement[] {
  const { activeMax, admitBatch, admitIntervalMs, isPaused, isClosed } = settings;
  const row = [activeMax, admitBatch, admitIntervalMs, Number(isPaused), Number(isClosed)];
  return [
    ...(hasNewSettings ? [{ sql: make.saveSettings, json: JSON.stringify(row), rows: 1 }] : []),
    ...insert(
      make.insertEvents,
      events.map((e) => [e.eventId, e.at, e.operation, JSON.stringify(e.before), JSON.stringify(e.after)]),
    ),
  ];
}

function concertRow(concert: Concert): Row {
  const { releasedHolds, refundedReservations, refundedAmount } = concert;
  const cancellation = [releasedHolds, refundedReservations, refundedAmount];
  return [concert.concertId, concert.concertName, concert.status, ...cancellation];
}

function scheduleRow({ scheduleId, concertId, concertAt, reservationAt, isClosed, layout }: Schedule): Row {
  const left = layout === null ? null : JSON.stringify(layout);
  return [scheduleId, concertId, concertAt, reservationAt, Number(isClosed), left];
}

function seatsThatBecome({ blocks }: Work, isBlocked: boolean): number[] {
  return [...blocks]
    .filter(([, { before, after }]) => before !== after && after === isBlocked)
    .map(([seatId]) => seatId);
}

function moveBlocks(sql: string, seatIds: readonly number[]): Statement[] {
  return seatIds.length > 0 ? [{ sql, json: JSON.stringify(seatIds), rows: seatIds.length }] : [];
}

/** The text of every statement of what the operator changes. */
export function operatorStatements({ drizzle: db }: Database) {
  const settings = {
    activeMax: element(0),
    admitBatch: element(1),
    admitIntervalMs: element(2),
    isPaused: element(3),
    isClosed: element(4),
  };
  return {
    insertConcerts: text(db.insert(concerts).select(wholeRows(6))),
    updateConcerts: text(
      db
        .update(concerts)
        .set({
          concertName: cell(1),
          status: cell(2),
          releasedHolds: cell(3),
          refundedReservations: cell(4),
          refundedAmount: cell(5),
        })
        .from(rows)
        .where(eq(concerts.concertId, cell(0))),
    ),
    insertSchedules: text(db.insert(schedules).select(wholeRows(6))),
    updateSchedules: text(
      db
        .update(schedules)
        .set({ concertAt: cell(2), reservationAt: cell(3), isClosed: cell(4), layout: cell(5) })
        .from(rows)
        .where(eq(schedules.scheduleId, cell(0))),
    ),
    insertSeats: text(db.insert(seats).select(wholeRows(4))),
    priceSeats: text(
      db
        .update(seats)
        .set({ price: cell(1) })
        .from(rows)
        .where(eq(seats.seatId, cell(0))),
    ),
    blockSeats: text(db.insert(takenSeats).select(sql`select value, 0 from ${scalars('seat')}`)),
    unblockSeats: text(
      db
        .delete(takenSeats)
        .where(
          and(
            sql`${takenSeats.seatId} in (select value from ${scalars('seat')})`,
            eq(takenSeats.reservationId, sql`0`),
          ),
        ),
    ),
    saveSettings: text(
      db
        .insert(queueSettings)
        .values({ id: sql`1`, ...settings })
        .onConflictDoUpdate({ target: queueSettings.id, set: settings }),
    ),
    insertEvents: text(db.insert(operatorEvents).select(wholeRows(5))),
  };
}
