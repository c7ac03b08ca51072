import { Database } from 'bun:sqlite';
import { audit, checksOf } from '../../src/store/audit.ts';

export interface Token {
  readonly queueId: number;
  readonly tokenId: number;
  readonly userId: number;
  readonly status: string;
  readonly joinedAt: number;
  readonly activeUntil: number;
  readonly expiresAt: number;
  readonly endedAt: number | null;
}

export interface Reservation {
  readonly reservationId: number;
  readonly userId: number;
  readonly scheduleId: number;
  /** The ids of the seats, in the order asked for, with commas between. */
  readonly seatIds: string;
  readonly totalPrice: number;
  readonly status: string;
  readonly expiresAt: number;
}

export interface Payment {
  readonly paymentId: number;
  readonly reservationId: number;
  readonly amount: number;
}

export interface Recharge {
  readonly entryId: number;
  readonly userId: number;
  readonly amount: number;
}

/** What stands in a database, all of one moment. */
export interface Snapshot {
  readonly readAt: number;
  readonly tokens: readonly Token[];
  readonly reservations: readonly Reservation[];
  readonly payments: readonly Payment[];
  readonly recharges: readonly Recharge[];
  readonly keptAnswers: readonly { readonly userId: number; readonly key: string }[];
  /** What must hold at any moment, and does not. */
  readonly broken: readonly string[];
}

const TOKENS = `select queue_id as queueId, token_id as tokenId, user_id as userId, status, joined_at as joinedAt,
  active_until as activeUntil, expires_at as expiresAt, ended_at as endedAt from queue_tokens order by queue_id`;
const RESERVATIONS = `select reservation_id as reservationId, user_id as userId, schedule_id as scheduleId,
  (select group_concat(value ->> 0) from json_each(seats)) as seatIds, total_price as totalPrice, status,
  expires_at as expiresAt from reservations`;
const PAYMENTS = 'select payment_id as paymentId, reservation_id as reservationId, amount from payments';
const RECHARGES = `select entry_id as entryId, user_id as userId, amount from ledger_entries where cause = 'RECHARGE'`;
const KEPT_ANSWERS = 'select user_id as userId, key from idempotency_keys';

export function readDatabase(file: string): Snapshot {
  return reading(file, (database) => ({
    tokens: database.query<Token, []>(TOKENS).all(),
    reservations: database.query<Reservation, []>(RESERVATIONS).all(),
    payments: database.query<Payment, []>(PAYMENTS).all(),
    recharges: database.query<Recharge, []>(RECHARGES).all(),
    keptAnswers: database.query<{ userId: number; key: string }, []>(KEPT_ANSWERS).all(),
    broken: checksOf(audit.flatMap((sql) => database.query<Record<string, unknown>, []>(sql).all()))
      .filter(({ violations }) => violations !== 0)
      .map(({ name, violations }) => `${violations} times not so: ${name}`),
    // Afterwards: whatever was read as ended has ended by then.
    readAt: Date.now(),
  }));
}

/** How many users wait, and how much has ended before `time` without having been written down. */
export function readRemains(file: string, time: number): { waiting: number; lapsed: number } {
  const remains = `select
    (select count(*) from queue_tokens where status = 'WAITING') as waiting,
    (select count(*) from queue_tokens where status = 'ACTIVE' and expires_at <= ?1)
    + (select count(*) from reservations where status = 'PAYMENT_PENDING' and expires_at <= ?1) as lapsed`;
  const found = reading(file, (database) =>
    database.query<{ waiting: number; lapsed: number }, [number]>(remains).get(time),
  );
  if (found === null) throw new Error('a count has no row');
  return found;
}

/**
 * Opens a database for one transaction. Not with the driver of the service: that one leaves its connections open until
 * they are collected, and whichever is the last to close would lock the database for a while, against the next start.
 */
function reading<T>(file: string, work: (database: Database) => T): T {
  const database = new Database(file, { readwrite: true });
  try {
    return database.transaction(() => work(database))();
  } finally {
    database.close(true);
  }
}
