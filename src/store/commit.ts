import { and, eq, sql } from 'drizzle-orm';
import type { Change, Work } from '../coordinator/work.ts';
import type { ReservationId, SeatId } from '../ids.ts';
import type { Reservation } from '../reservations/reservation.ts';
import type { Database, Statement } from './database.ts';
import { cell, cells, element, pairs, type Row, rows, text } from './rows.ts';
import {
  coordinatorState,
  idempotencyKeys,
  ledgerEntries,
  payments,
  queueTokens,
  reservations,
  takenSeats,
  users,
} from './schema.ts';

/**
 * Writes what a batch changed, in one transaction. Every update says what it expects to find, so that a second writer
 * or a bug makes the commit fail instead of overwriting. The text of the statements is made once; each takes its rows
 * as one JSON array, whatever their number.
 */
export function committer(database: Database, epoch: number): (work: Work) => Promise<void> {
  const make = statements(database);
  return async (work) => {
    const changed: Statement[] = [];
    const insert = (made: string, data: readonly Row[]): void => {
      if (data.length > 0) changed.push({ sql: made, json: JSON.stringify(data) });
    };
    const update = (made: string, data: readonly Row[]): void => {
      if (data.length > 0) changed.push({ sql: made, json: JSON.stringify(data), rows: data.length });
    };

    const { lastQueueId, lastReservationId, lastPaymentId, lastEntryId } = work.counters;
    const state = [epoch, lastQueueId, lastReservationId, lastPaymentId, lastEntryId];
    changed.push({ sql: make.advance, json: JSON.stringify(state), rows: 1 });

    const tokens = partition([...work.tokens.values()]);
    update(
      make.updateTokens,
      tokens.changed.map(({ after: t }) => [t.tokenId, t.status, t.activeUntil, t.expiresAt, t.endedAt]),
    );
    insert(
      make.insertTokens,
      tokens.made.map(({ after: t }) => [
        t.tokenId,
        t.userId,
        t.queueId,
        t.status,
        t.joinedAt,
        t.activeUntil,
        t.expiresAt,
        t.endedAt,
      ]),
    );

    update(
      make.updateBalances,
      [...work.accounts.values()].map(({ before, after }) => [
        after.userId,
        before?.balance ?? null,
        after.balance,
      ]),
    );

    const reserved = partition([...work.reservations.values()]);
    update(
      make.updateReservations,
      reserved.changed.map(({ after: r }) => [r.reservationId, r.status]),
    );
    const ended = reserved.changed.filter(({ after }) => after.status !== 'PAID');
    const freed = seatPairs(ended);
    if (freed.length > 0) changed.push({ sql: make.freeSeats, json: asObject(freed), rows: freed.length });
    insert(
      make.insertReservations,
      reserved.made.map(({ after: r }) => [
        r.reservationId,
        r.userId,
        r.scheduleId,
        r.seats.map(({ seatId, seatNumber, price }) => [seatId, seatNumber, price]),
        r.totalPrice,
        r.status,
        r.createdAt,
        r.expiresAt,
      ]),
    );
    const kept = reserved.made.filter(
      ({ after: { status } }) => status === 'PAYMENT_PENDING' || status === 'PAID',
    );
    const taken = seatPairs(kept);
    if (taken.length > 0) changed.push({ sql: make.takeSeats, json: asObject(taken) });

    insert(
      make.insertPayments,
      [...work.payments.values()].map((p) => [p.paymentId, p.reservationId, p.amount, p.createdAt]),
    );
    insert(
      make.insertEntries,
      work.entries.map((e) => [e.entryId, e.userId, e.amount, e.cause, e.paymentId, e.createdAt]),
    );
    insert(
      make.insertKeptAnswers,
      work.keptAnswers.map((k) => [k.userId, k.operation, k.key, k.requestHash, k.answer, k.createdAt]),
    );
    await database.commit(changed);
  };
}

/** The text of every statement that a commit can have. */
export function statements({ drizzle: db }: Database) {
  return {
    advance: text(
      db
        .update(coordinatorState)
        .set({
          lastQueueId: element(1),
          lastReservationId: element(2),
          lastPaymentId: element(3),
          lastEntryId: element(4),
        })
        .where(and(eq(coordinatorState.id, sql`1`), eq(coordinatorState.epoch, element(0)))),
    ),
    updateTokens: text(
      db
        .update(queueTokens)
        .set({ status: cell(1), activeUntil: cell(2), expiresAt: cell(3), endedAt: cell(4) })
        .from(rows)
        .where(and(eq(queueTokens.tokenId, cell(0)), sql`${queueTokens.status} in ('WAITING', 'ACTIVE')`)),
    ),
    insertTokens: text(db.insert(queueTokens).select(cells(8))),
    updateBalances: text(
      db
        .update(users)
        .set({ balance: cell(2) })
        .from(rows)
        .where(and(eq(users.userId, cell(0)), eq(users.balance, cell(1)))),
    ),
    updateReservations: text(
      db
        .update(reservations)
        .set({ status: cell(1) })
        .from(rows)
        .where(and(eq(reservations.reservationId, cell(0)), sql`${reservations.status} = 'PAYMENT_PENDING'`)),
    ),
    freeSeats: text(
      db.delete(takenSeats).where(sql`(${takenSeats.seatId}, ${takenSeats.reservationId}) in (${pairs})`),
    ),
    insertReservations: text(db.insert(reservations).select(cells(8))),
    takeSeats: text(db.insert(takenSeats).select(pairs)),
    insertPayments: text(db.insert(payments).select(cells(4))),
    insertEntries: text(db.insert(ledgerEntries).select(cells(6))),
    insertKeptAnswers: text(db.insert(idempotencyKeys).select(cells(6))),
  };
}

/** The seats of reservations, each with the one that has it. */
function seatPairs(changes: readonly Change<Reservation>[]): (readonly [SeatId, ReservationId])[] {
  return changes.flatMap(({ after: { seats, reservationId } }) =>
    seats.map(({ seatId }) => [seatId, reservationId] as const),
  );
}

/** As text at once: in an object whose keys are numbers, it would take longer to put them in order. */
function asObject(entries: readonly (readonly [number, number])[]): string {
  return `{${entries.map(([key, value]) => `"${key}":${value}`).join(',')}}`;
}

function partition<C extends { before: unknown }>(changes: readonly C[]): { made: C[]; changed: C[] } {
  return {
    made: changes.filter(({ before }) => before === null),
    changed: changes.filter(({ before }) => before !== null),
  };
}
