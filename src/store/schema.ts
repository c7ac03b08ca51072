import { sql } from 'drizzle-orm';
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { KeptAnswer, Keyed } from '../coordinator/retries.ts';
import type {
  ConcertId,
  EntryId,
  EventId,
  PaymentId,
  QueueId,
  ReservationId,
  ScheduleId,
  SeatId,
  TokenId,
  UserId,
} from '../ids.ts';

/**
 * Times are UTC epoch milliseconds, money is in the currency's smallest unit; both are integers. What can be an
 * invariant of the database is one: a bug can make a commit fail, it cannot sell a seat twice.
 */

export const users = sqliteTable(
  'users',
  {
    userId: integer('user_id').$type<UserId>().primaryKey(),
    balance: integer('balance').notNull().default(0),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [check('users_balance', sql`${t.balance} between 0 and 9007199254740991`)],
);

export const concerts = sqliteTable(
  'concerts',
  {
    concertId: integer('concert_id').$type<ConcertId>().primaryKey(),
    concertName: text('concert_name').notNull(),
    status: text('status', { enum: ['ON_SALE', 'CANCELLED'] })
      .notNull()
      .default('ON_SALE'),
    /** What its cancellation has come to so far. */
    releasedHolds: integer('released_holds').notNull().default(0),
    refundedReservations: integer('refunded_reservations').notNull().default(0),
    refundedAmount: integer('refunded_amount').notNull().default(0),
  },
  (t) => [check('concerts_status', sql`${t.status} in ('ON_SALE', 'CANCELLED')`)],
);

export const schedules = sqliteTable(
  'schedules',
  {
    scheduleId: integer('schedule_id').$type<ScheduleId>().primaryKey(),
    concertId: integer('concert_id')
      .$type<ConcertId>()
      .notNull()
      .references(() => concerts.concertId),
    concertAt: integer('concert_at').notNull(),
    reservationAt: integer('reservation_at').notNull(),
    /** The operator has stopped its sale. */
    isClosed: integer('is_closed', { mode: 'boolean' }).notNull().default(false),
    /** The seats that it is still to get, as JSON; null once it has all of them, and is shown. */
    layout: text('layout'),
  },
  (t) => [
    index('schedules_of_concert').on(t.concertId),
    index('schedules_without_seats').on(t.scheduleId).where(sql`layout is not null`),
    check('schedules_sale_before_concert', sql`${t.reservationAt} < ${t.concertAt}`),
  ],
);

/**
 * The layout of a schedule, which a sale does not change: who has a seat is said once, in `taken_seats`. The seat
 * ids of a schedule are consecutive, in the order of the seat numbers. The price is what the seat costs from now on.
 */
export const seats = sqliteTable(
  'seats',
  {
    seatId: integer('seat_id').$type<SeatId>().primaryKey(),
    scheduleId: integer('schedule_id')
      .$type<ScheduleId>()
      .notNull()
      .references(() => schedules.scheduleId),
    seatNumber: integer('seat_number').notNull(),
    price: integer('price').notNull(),
  },
  (t) => [
    uniqueIndex('seats_of_schedule').on(t.scheduleId, t.seatNumber),
    check('seats_price', sql`${t.price} > 0`),
  ],
);

/**
 * Keyed by the place in line: who joins is written behind everyone else, and those who are admitted or lapse together
 * stand together. Users and token ids come in no order: an index by either would cost each join a page of its own. That
 * a user has one live token is the line's to see to, in memory, which a start fills from here; only those that have
 * ended are looked for by user.
 */
export const queueTokens = sqliteTable(
  'queue_tokens',
  {
    queueId: integer('queue_id').$type<QueueId>().primaryKey(),
    tokenId: integer('token_id').$type<TokenId>().notNull(),
    userId: integer('user_id')
      .$type<UserId>()
      .notNull()
      .references(() => users.userId),
    status: text('status', { enum: ['WAITING', 'ACTIVE', 'COMPLETED', 'EXPIRED'] }).notNull(),
    joinedAt: integer('joined_at').notNull(),
    activeUntil: integer('active_until').notNull(),
    expiresAt: integer('expires_at').notNull(),
    endedAt: integer('ended_at'),
  },
  (t) => [
    index('queue_tokens_live').on(t.queueId).where(sql`ended_at is null`),
    uniqueIndex('queue_tokens_ended').on(t.userId, t.tokenId).where(sql`ended_at is not null`),
    check('queue_tokens_status', sql`${t.status} in ('WAITING', 'ACTIVE', 'COMPLETED', 'EXPIRED')`),
    check('queue_tokens_end', sql`(${t.status} in ('WAITING', 'ACTIVE')) = (${t.endedAt} is null)`),
  ],
);

export const reservations = sqliteTable(
  'reservations',
  {
    reservationId: integer('reservation_id').$type<ReservationId>().primaryKey(),
    userId: integer('user_id')
      .$type<UserId>()
      .notNull()
      .references(() => users.userId),
    scheduleId: integer('schedule_id')
      .$type<ScheduleId>()
      .notNull()
      .references(() => schedules.scheduleId),
    /** As they were sold, in the order asked for: a JSON array of [seat id, seat number, price]. */
    seats: text('seats').notNull(),
    totalPrice: integer('total_price').notNull(),
    status: text('status', {
      enum: ['PAYMENT_PENDING', 'PAID', 'EXPIRED', 'CANCELLED', 'REFUNDED'],
    }).notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [
    // Memory knows the unpaid ones of a user. Kept out of here, a hold costs no page of the index that is its user's.
    index('reservations_past_of_user').on(t.userId, t.reservationId).where(sql`status <> 'PAYMENT_PENDING'`),
    index('reservations_unpaid').on(t.expiresAt).where(sql`status = 'PAYMENT_PENDING'`),
    check('reservations_total', sql`${t.totalPrice} > 0`),
    check(
      'reservations_status',
      sql`${t.status} in ('PAYMENT_PENDING', 'PAID', 'EXPIRED', 'CANCELLED', 'REFUNDED')`,
    ),
  ],
);

/**
 * Who has a seat: there is a row as long as a reservation keeps the seat from others, and its key lets no second one in.
 * Where the operator keeps the seat from everyone, the reservation is 0. `reservationId` is no foreign key: without an index of its own it would make each new reservation plan a scan of this
 * table. A commit takes the seats from the reservation's row, and counts them.
 */
export const takenSeats = sqliteTable('taken_seats', {
  seatId: integer('seat_id')
    .$type<SeatId>()
    .primaryKey()
    .references(() => seats.seatId),
  reservationId: integer('reservation_id').$type<ReservationId>().notNull(),
});

export const payments = sqliteTable(
  'payments',
  {
    paymentId: integer('payment_id').$type<PaymentId>().primaryKey(),
    reservationId: integer('reservation_id')
      .$type<ReservationId>()
      .notNull()
      .references(() => reservations.reservationId),
    amount: integer('amount').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('payments_of_reservation').on(t.reservationId),
    check('payments_amount', sql`${t.amount} > 0`),
  ],
);

/** Append-only. The balance of a user is the sum of the amounts of its entries, always. */
export const ledgerEntries = sqliteTable(
  'ledger_entries',
  {
    entryId: integer('entry_id').$type<EntryId>().primaryKey(),
    userId: integer('user_id')
      .$type<UserId>()
      .notNull()
      .references(() => users.userId),
    amount: integer('amount').notNull(),
    cause: text('cause', { enum: ['RECHARGE', 'PAYMENT', 'REFUND'] }).notNull(),
    paymentId: integer('payment_id')
      .$type<PaymentId>()
      .references(() => payments.paymentId),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    // There is none of the user, whose entries only the audit adds up: each entry would change one more page in no order.
    uniqueIndex('ledger_entries_of_payment').on(t.paymentId, t.cause).where(sql`payment_id is not null`),
    check('ledger_entries_cause', sql`${t.cause} in ('RECHARGE', 'PAYMENT', 'REFUND')`),
    check('ledger_entries_sign', sql`(${t.cause} = 'PAYMENT') = (${t.amount} < 0) and ${t.amount} <> 0`),
    check('ledger_entries_payment', sql`(${t.cause} = 'RECHARGE') = (${t.paymentId} is null)`),
  ],
);

/**
 * The first answer that took effect under (user, operation, key), and what was asked; see the contract, "Retries". The
 * operator is the user 0, and is in no other table.
 */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    userId: integer('user_id').$type<KeptAnswer['userId']>().notNull(),
    operation: text('operation').$type<Keyed['kind']>().notNull(),
    key: text('key').notNull(),
    request: text('request').notNull(),
    answer: text('answer').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.operation, t.key] }),
    index('idempotency_keys_age').on(t.createdAt),
  ],
);

/** One row, once the operator has changed the line: what is null is as the service was configured. */
export const queueSettings = sqliteTable(
  'queue_settings',
  {
    id: integer('id').primaryKey(),
    activeMax: integer('active_max'),
    admitBatch: integer('admit_batch'),
    admitIntervalMs: integer('admit_interval_ms'),
    isPaused: integer('is_paused', { mode: 'boolean' }).notNull(),
    isClosed: integer('is_closed', { mode: 'boolean' }).notNull(),
  },
  (t) => [
    check('queue_settings_single', sql`${t.id} = 1`),
    check(
      'queue_settings_positive',
      sql`ifnull(${t.activeMax}, 1) > 0 and ifnull(${t.admitBatch}, 1) > 0 and ifnull(${t.admitIntervalMs}, 1) > 0`,
    ),
  ],
);

/** Append-only: what the operator changed, each in the transaction that changed it. `before` and `after` are JSON. */
export const operatorEvents = sqliteTable('operator_events', {
  eventId: integer('event_id').$type<EventId>().primaryKey(),
  at: integer('at').notNull(),
  operation: text('operation').notNull(),
  before: text('before').notNull(),
  after: text('after').notNull(),
});

/**
 * One row. A commit names the epoch it belongs to, and fails when a later one has begun since: `owner`, a number that
 * each coordinator draws at its start, tells whose it is. `commits` counts the commits, so that one whose outcome got
 * lost can be looked up. The counters never go back, even when old rows are deleted.
 */
export const coordinatorState = sqliteTable(
  'coordinator_state',
  {
    id: integer('id').primaryKey(),
    epoch: integer('epoch').notNull(),
    owner: integer('owner').notNull().default(0),
    commits: integer('commits').notNull().default(0),
    lastQueueId: integer('last_queue_id').$type<QueueId>().notNull(),
    lastReservationId: integer('last_reservation_id').$type<ReservationId>().notNull(),
    lastPaymentId: integer('last_payment_id').$type<PaymentId>().notNull(),
    lastEntryId: integer('last_entry_id').$type<EntryId>().notNull(),
    admittedTotal: integer('admitted_total').notNull().default(0),
    lapsedTotal: integer('lapsed_total').notNull().default(0),
  },
  (t) => [check('coordinator_state_single', sql`${t.id} = 1`)],
);

/**
 * One row, whose check makes a batch stop: after a statement, `found` is set to `changes()`; where that is not what
 * was expected, the check fails and takes the whole transaction with it.
 */
export const commitGuard = sqliteTable(
  'commit_guard',
  {
    id: integer('id').primaryKey(),
    expected: integer('expected').notNull(),
    found: integer('found').notNull(),
  },
  (t) => [
    check('commit_guard_single', sql`${t.id} = 1`),
    check('commit_guard_match', sql`${t.expected} = ${t.found}`),
  ],
);
