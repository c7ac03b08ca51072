import Libsql from 'libsql';
import { audit, checksOf } from '../../src/store/audit.ts';
import type { Model } from './model.ts';

type Row = Readonly<Record<string, unknown>>;
type Compare = (what: string, actual: unknown, expected: unknown) => void;
type TokenRow = [number, number, number, string, number, number, number | null];
type ReservationRow = [number, number, number, string, number, string, number];

const QUERIES = {
  users: 'select json_group_array(json_array(user_id, balance)) from (select * from users order by user_id)',
  tokens: `select json_group_array(json_array(queue_id, token_id, user_id, status, active_until, expires_at, ended_at))
    from (select * from queue_tokens order by queue_id)`,
  reservations: `select json_group_array(json_array(reservation_id, user_id, schedule_id, seats, total_price, status, expires_at))
    from (select * from reservations order by reservation_id)`,
  payments: 'select json_group_array(json_array(payment_id, reservation_id, amount)) from payments',
  concerts: `select json_group_array(json_array(concert_id, concert_name, status, released_holds, refunded_reservations,
    refunded_amount)) from (select * from concerts order by concert_id)`,
  schedules: `select json_group_array(json_array(schedule_id, concert_id, concert_at, reservation_at, is_closed,
    layout is null)) from (select * from schedules order by schedule_id)`,
  seats: `select json_group_array(json_array(seats.seat_id, schedule_id, seat_number, price, ifnull(reservation_id = 0, 0)))
    from (select * from seats order by seat_id) as seats left join taken_seats on taken_seats.seat_id = seats.seat_id`,
  settings: `select json_array(active_max, admit_batch, admit_interval_ms, is_paused, is_closed) from queue_settings`,
  events: 'select json_group_array(operation) from (select operation from operator_events order by event_id)',
  entries: 'select count(*) from ledger_entries',
  commits: 'select commits from coordinator_state',
  waiting: `select json_group_array(queue_id) from queue_tokens where status = 'WAITING'`,
  kept: `select json_group_array(user_id || ' ' || operation || ' ' || key) from idempotency_keys`,
};

/** What the database has, read on a connection of its own. */
export class Tables {
  private readonly connection: Libsql.Database;
  private readonly prepared = new Map<string, Libsql.Statement>();

  constructor(path: string) {
    this.connection = new Libsql(path);
  }

  close(): void {
    this.connection.close();
  }

  get commits(): number {
    return Number(this.read('commits'));
  }

  /** The places of those who wait as far as the database knows. */
  get waiting(): ReadonlySet<number> {
    return new Set(this.list<number>('waiting'));
  }

  /** Whether a row is still there, whatever it says. */
  get there(): { token(queueId: number): boolean; reservation(id: number): boolean } {
    const tokens = new Set(this.list<TokenRow>('tokens').map(([queueId]) => queueId));
    const reservations = new Set(this.list<ReservationRow>('reservations').map(([id]) => id));
    return { token: (queueId) => tokens.has(queueId), reservation: (id) => reservations.has(id) };
  }

  /** In what the tables differ from the model. What time has ended may still stand as it was; nothing else may. */
  differences(model: Model, now: number): string[] {
    const found: string[] = [];
    const compare: Compare = (what, actual, expected) => {
      const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
      if (a !== e) found.push(`${what} is ${a} and must be ${e}`);
    };
    compare(
      'balances',
      this.list('users'),
      [...model.balances].sort(([a], [b]) => a - b),
    );
    this.compareCatalogue(model, compare);
    const { maxActive, admitBatch, admitIntervalMs, paused, closed } = model.line;
    const { policy } = model;
    const [active, batch, interval, isPaused, isClosed] = JSON.parse(String(this.read('settings') ?? '[]'));
    compare(
      'settings of the line',
      [
        active ?? policy.activeMax,
        batch ?? policy.admitBatch,
        interval ?? policy.admitIntervalMs,
        isPaused ?? 0,
        isClosed ?? 0,
      ],
      [maxActive, admitBatch, admitIntervalMs, Number(paused), Number(closed)],
    );
    compare('events', this.list('events'), model.events);

    const tokens = this.list<TokenRow>('tokens');
    const modelTokens = new Map(model.tokens.map((token) => [token.queueId, token]));
    const tokensThere = new Set(tokens.map(([queueId]) => queueId));
    for (const [queueId, token] of modelTokens) {
      if (!tokensThere.has(queueId) && !model.isOldToken(token, now)) found.push(`token ${queueId} is gone`);
    }
    for (const [queueId, tokenId, userId, status, activeUntil, expiresAt, endedAt] of tokens) {
      const token = modelTokens.get(queueId);
      if (token === undefined) {
        found.push(`token ${queueId} is there`);
        continue;
      }
      const seen = model.seen(token, now);
      const isUnswept = endedAt === null && seen.endedAt !== null && token.endedAt === null;
      compare(
        `token ${queueId}`,
        [tokenId, userId, status, activeUntil, status === 'ACTIVE' ? expiresAt : null, endedAt],
        [
          token.tokenId,
          token.userId,
          isUnswept ? token.status : seen.status,
          token.activeUntil,
          status === 'ACTIVE' ? token.expiresAt : null,
          isUnswept ? null : seen.endedAt,
        ],
      );
    }

    const reservations = this.list<ReservationRow>('reservations');
    const modelReservations = new Map(model.reservations.map((r) => [Number(r.reservationId), r]));
    const reservationsThere = new Set(reservations.map(([id]) => id));
    for (const [id, reservation] of modelReservations) {
      if (!reservationsThere.has(id) && !model.isOldReservation(reservation, now)) {
        found.push(`reservation ${id} is gone`);
      }
    }
    for (const [id, userId, scheduleId, seats, totalPrice, status, expiresAt] of reservations) {
      const reservation = modelReservations.get(id);
      if (reservation === undefined) {
        found.push(`reservation ${id} is there`);
        continue;
      }
      const isSwept = status === 'EXPIRED';
      compare(
        `reservation ${id}`,
        [userId, scheduleId, JSON.parse(seats), totalPrice, status, expiresAt],
        [
          reservation.userId,
          reservation.scheduleId,
          reservation.seats,
          reservation.totalPrice,
          isSwept ? model.statusOf(reservation, now) : reservation.status,
          reservation.expiresAt,
        ],
      );
    }

    const paid = model.reservations.filter(({ paymentId }) => paymentId !== null);
    compare(
      'payments',
      this.list('payments'),
      paid
        .sort((a, b) => (a.paymentId ?? 0) - (b.paymentId ?? 0))
        .map((r) => [r.paymentId, r.reservationId, r.totalPrice]),
    );
    compare('ledger entries', this.read('entries'), model.entries);
    for (const { name, violations } of checksOf(audit.flatMap((sql) => this.prepare(sql).all() as Row[]))) {
      if (violations !== 0) found.push(`the audit counts ${violations} times: ${name}`);
    }
    const kept = new Set(this.list<string>('kept'));
    for (const place of model.keptAt(now))
      if (!kept.has(place)) found.push(`the answer to ${place} is not kept`);
    return found;
  }

  private compareCatalogue({ catalogue }: Model, compare: Compare): void {
    compare(
      'concerts',
      this.list('concerts'),
      catalogue.concerts.map((c) => [
        c.concertId,
        c.concertName,
        c.isCancelled ? 'CANCELLED' : 'ON_SALE',
        c.releasedHolds,
        c.refundedReservations,
        c.refundedAmount,
      ]),
    );
    compare(
      'schedules',
      this.list('schedules'),
      catalogue.schedules.map((s) => [
        s.scheduleId,
        s.concertId,
        s.concertAt,
        s.reservationAt,
        Number(s.isClosed),
        Number(s.laidOut === s.seats.length),
      ]),
    );
    compare(
      'seats',
      this.list('seats'),
      catalogue.schedules.flatMap(({ scheduleId, seats, laidOut }) =>
        seats
          .slice(0, laidOut)
          .map((s) => [s.seatId, scheduleId, s.seatNumber, s.price, Number(s.isBlocked)]),
      ),
    );
  }

  private list<T>(name: keyof typeof QUERIES): T[] {
    return JSON.parse(String(this.read(name))) as T[];
  }

  private read(name: keyof typeof QUERIES): unknown {
    return this.prepare(QUERIES[name]).raw().all().flat()[0];
  }

  private prepare(sql: string): Libsql.Statement {
    const statement = this.prepared.get(sql) ?? this.connection.prepare(sql);
    this.prepared.set(sql, statement);
    return statement;
  }
}
