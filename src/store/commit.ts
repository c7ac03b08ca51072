import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { KEPT_MS } from '../coordinator/retries.ts';
import { SWEEP_ROWS_MAX } from '../coordinator/sweep.ts';
import type { Work } from '../coordinator/work.ts';
import { isLive } from '../queue/token.ts';
import type { Reservation } from '../reservations/reservation.ts';
import type { Database, Statement } from './database.ts';
import type { Epoch } from './epoch.ts';
import { blockSeats, operatorStatements, saveCatalogue, saveOperation } from './operator.ts';
import { cell, cells, element, type Row, rows, rowsAt, scalars, text, wholeRows } from './rows.ts';
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
import { inParts, insert, partition, update } from './statements.ts';

/**
 * Writes what a batch changed, in one transaction. Every update says what it expects to find, so that a second writer
 * or a bug makes the commit fail instead of overwriting. The text of the statements is made once; each takes its rows
 * as one JSON value, whatever their number.
 */
export function committer(database: Database, epoch: Epoch): (work: Work) => Promise<void> {
  const make = statements(database);
  const makeForOperator = operatorStatements(database);
  return (work) =>
    epoch.commit((number, commits) => [
      advance(make, work, number, commits),
      ...saveUsers(make, work),
      ...saveTokens(make, work),
      ...saveCatalogue(makeForOperator, work),
      ...saveReservations(make, work),
      ...blockSeats(makeForOperator, work),
      ...savePayments(make, work),
      ...saveOperation(makeForOperator, work),
      ...forget(make, work),
      ...saveAnswers(make, work),
    ]);
}

type Statements = ReturnType<typeof statements>;

/** How many answers one parameter has at most: each names up to a hundred seats twice, and a host may take two megabytes. */
const ANSWERS_MAX = 100;

function advance(make: Statements, { counters: c }: Work, epoch: number, commits: number): Statement {
  const state = [
    epoch,
    commits,
    c.lastQueueId,
    c.lastReservationId,
    c.lastPaymentId,
    c.lastEntryId,
    c.admittedTotal,
    c.lapsedTotal,
  ];
  return { sql: make.advance, json: JSON.stringify(state), rows: 1 };
}

function saveTokens(make: Statements, { tokens }: Work): Statement[] {
  const { made, changed } = partition(tokens);
  return [
    ...update(
      make.endTokens,
      changed
        .filter((t) => !isLive(t))
        .map((t) => [t.queueId, t.status, t.activeUntil, t.expiresAt, t.endedAt]),
    ),
    ...update(
      make.updateTokens,
      changed.filter(isLive).map((t) => [t.queueId, t.status, t.activeUntil, t.expiresAt]),
    ),
    ...insert(
      make.insertTokens,
      made.map((t) => [
        t.queueId,
        t.tokenId,
        t.userId,
        t.status,
        t.joinedAt,
        t.activeUntil,
        t.expiresAt,
        t.endedAt,
      ]),
    ),
  ];
}

function saveUsers(make: Statements, { accounts, newUsers }: Work): Statement[] {
  const made: Row[] = [];
  const changed: Row[] = [];
  for (const { before, after } of accounts.values()) {
    const { userId, balance } = after;
    if (before === null) made.push([userId, balance, newUsers.get(userId) ?? null]);
    else changed.push([userId, before.balance, balance]);
  }
  return [...insert(make.insertUsers, made), ...update(make.updateBalances, changed)];
}

/** What was made in the batch is written as the hold that it began as; then come those that are no hold any more. */
function saveReservations(make: Statements, { reservations }: Work): Statement[] {
  const { made, changed } = partition(reservations);
  const wasPaid = ({ reservationId }: Reservation) =>
    reservations.get(reservationId)?.before?.status === 'PAID';
  const refunded = changed.filter(wasPaid);
  const past = [...made, ...changed].filter((r) => r.status !== 'PAYMENT_PENDING' && !wasPaid(r));
  const freeing = changed.filter(({ status }) => status !== 'PAID');
  const taking = made.filter(({ status }) => status === 'PAYMENT_PENDING' || status === 'PAID');
  return [
    ...insertHolds(make, made),
    ...update(
      make.updateReservations,
      past.map((r) => [r.reservationId, r.status]),
    ),
    ...update(
      make.refundReservations,
      refunded.map((r) => [r.reservationId]),
    ),
    ...moveSeats(make.freeSeats, freeing),
    ...moveSeats(make.takeSeats, taking),
  ];
}

/** The database knows the seats of each reservation: it is told which reservations, and how many seats it must find. */
function moveSeats(sql: string, reservations: readonly Reservation[]): Statement[] {
  if (reservations.length === 0) return [];
  const ids = reservations.map(({ reservationId }) => reservationId);
  const rows = reservations.reduce((sum, { seats }) => sum + seats.length, 0);
  return [{ sql, json: JSON.stringify(ids), rows }];
}

/** Holds of one batch begin and end together, so that these times are passed once for all of them. */
function insertHolds(make: Statements, made: readonly Reservation[]): Statement[] {
  const [first] = made;
  if (first === undefined) return [];
  const { createdAt, expiresAt } = first;
  const rows = made.map((r) => {
    if (r.createdAt !== createdAt || r.expiresAt !== expiresAt) throw new Error('a batch has two times');
    const seats = r.seats.map(({ seatId, seatNumber, price }) => [seatId, seatNumber, price]);
    return [r.reservationId, r.userId, r.scheduleId, seats, r.totalPrice];
  });
  return [{ sql: make.insertHolds, json: JSON.stringify([createdAt, expiresAt, rows]) }];
}

function savePayments(make: Statements, { payments, entries }: Work): Statement[] {
  const paid = [...payments.values()];
  return [
    ...insert(
      make.insertPayments,
      paid.map((p) => [p.paymentId, p.reservationId, p.amount, p.createdAt]),
    ),
    ...insert(
      make.insertEntries,
      entries.map((e) => [e.entryId, e.userId, e.amount, e.cause, e.paymentId, e.createdAt]),
    ),
  ];
}

function saveAnswers(make: Statements, { keptAnswers, forgetUntil }: Work): Statement[] {
  return [
    ...inParts(
      keptAnswers.map((k) => [k.userId, k.operation, k.key, k.request, k.answer, k.createdAt]),
      ANSWERS_MAX,
    ).flatMap((answers) => update(make.keepAnswers, answers)),
    ...(forgetUntil === null
      ? []
      : [{ sql: make.forgetAnswers, json: JSON.stringify([forgetUntil, SWEEP_ROWS_MAX]) }]),
  ];
}

function forget(make: Statements, { forgotten }: Work): Statement[] {
  const { tokens, reservations } = forgotten;
  return [...deleteAll(make.forgetTokens, tokens), ...deleteAll(make.forgetReservations, reservations)];
}

/** The seats of the reservations whose ids are the rows, each with its reservation, as `taken_seats` has them. */
const seatsOfReservations = sql`select seat.value ->> 0, ${reservations.reservationId}
  from ${scalars('id')} cross join ${reservations} on ${reservations.reservationId} = id.value
  cross join json_each(${reservations.seats}) as seat`;

/** The text of every statement that a commit can have. */
export function statements({ drizzle: db }: Database) {
  return {
    advance: text(
      db
        .update(coordinatorState)
        .set({
          commits: element(1),
          lastQueueId: element(2),
          lastReservationId: element(3),
          lastPaymentId: element(4),
          lastEntryId: element(5),
          admittedTotal: element(6),
          lapsedTotal: element(7),
        })
        .where(and(eq(coordinatorState.id, sql`1`), eq(coordinatorState.epoch, element(0)))),
    ),
    endTokens: text(
      db
        .update(queueTokens)
        .set({ status: cell(1), activeUntil: cell(2), expiresAt: cell(3), endedAt: cell(4) })
        .from(rows)
        .where(and(eq(queueTokens.queueId, cell(0)), isNull(queueTokens.endedAt))),
    ),
    // Of those that stay live, no column is written that an index has: or else it would be written anew for each.
    updateTokens: text(
      db
        .update(queueTokens)
        .set({ status: cell(1), activeUntil: cell(2), expiresAt: cell(3) })
        .from(rows)
        .where(and(eq(queueTokens.queueId, cell(0)), isNull(queueTokens.endedAt))),
    ),
    insertTokens: text(db.insert(queueTokens).select(wholeRows(8))),
    insertUsers: text(db.insert(users).select(wholeRows(3))),
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
    refundReservations: text(
      db
        .update(reservations)
        .set({ status: sql`'REFUNDED'` })
        .from(rows)
        .where(and(eq(reservations.reservationId, cell(0)), sql`${reservations.status} = 'PAID'`)),
    ),
    freeSeats: text(
      db
        .delete(takenSeats)
        .where(sql`(${takenSeats.seatId}, ${takenSeats.reservationId}) in (${seatsOfReservations})`),
    ),
    insertHolds: text(
      db
        .insert(reservations)
        .select(
          sql`select ${cells(5)}, 'PAYMENT_PENDING', ${element(0)}, ${element(1)} from ${rowsAt('$[2]')}`,
        ),
    ),
    takeSeats: text(db.insert(takenSeats).select(seatsOfReservations)),
    insertPayments: text(db.insert(payments).select(wholeRows(4))),
    insertEntries: text(db.insert(ledgerEntries).select(wholeRows(6))),
    // An answer that is kept no longer gives way, and no other does: the count of rows would not be right.
    keepAnswers: text(
      db
        .insert(idempotencyKeys)
        .select(sql`${wholeRows(6)} where true`)
        .onConflictDoUpdate({
          target: [idempotencyKeys.userId, idempotencyKeys.operation, idempotencyKeys.key],
          set: {
            request: sql`excluded.request`,
            answer: sql`excluded.answer`,
            createdAt: sql`excluded.created_at`,
          },
          setWhere: sql`${idempotencyKeys.createdAt} + ${sql.raw(String(KEPT_MS))} <= excluded.created_at`,
        }),
    ),
    forgetAnswers: text(
      db.delete(idempotencyKeys).where(
        inArray(
          sql`rowid`,
          sql`(select rowid from ${idempotencyKeys} where ${idempotencyKeys.createdAt} <= ${element(0)}
            order by ${idempotencyKeys.createdAt} limit ${element(1)})`,
        ),
      ),
    ),
    forgetTokens: text(
      db
        .delete(queueTokens)
        .where(
          and(
            inArray(queueTokens.queueId, sql`(select value from ${scalars('id')})`),
            isNotNull(queueTokens.endedAt),
          ),
        ),
    ),
    forgetReservations: text(
      db
        .delete(reservations)
        .where(
          and(
            inArray(reservations.reservationId, sql`(select value from ${scalars('id')})`),
            sql`${reservations.status} in ('EXPIRED', 'CANCELLED')`,
          ),
        ),
    ),
  };
}

/** Each id must be of a row that can go. */
function deleteAll(sql: string, ids: readonly number[]): Statement[] {
  return ids.length > 0 ? [{ sql, json: JSON.stringify(ids), rows: ids.length }] : [];
}
