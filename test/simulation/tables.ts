import Libsql from 'libsql';
import { audit, checksOf } from '../../src/store/audit.ts';
import type { Model } from './model.ts';

type Row = Readonly<Record<string, unknown>>;
type TokenRow = [number, number, number, string, number, number, number | null];
type ReservationRow = [number, number, string, number, string, number];

const QUERIES = {
  users: 'select json_group_array(balance) from (select balance from users order by user_id)',
  tokens: `select json_group_array(json_array(queue_id, token_id, user_id, status, active_until, expires_at, ended_at))
    from (select * from queue_tokens order by queue_id)`,
  reservations: `select json_group_array(json_array(reservation_id, user_id, seats, total_price, status, expires_at))
    from (select * from reservations order by reservation_id)`,
  payments: 'select json_group_array(json_array(payment_id, reservation_id, amount)) from payments',
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
    const compare = (what: string, actual: unknown, expected: unknown): void => {
      const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
      if (a !== e) found.push(`${what} is ${a} and must be ${e}`);
    };
    compare('balances', this.list('users'), [...model.balances.values()]);

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
    for (const [id, userId, seats, totalPrice, status, expiresAt] of reservations) {
      const reservation = modelReservations.get(id);
      if (reservation === undefined) {
        found.push(`reservation ${id} is there`);
        continue;
      }
      const seatIds = (JSON.parse(seats) as [number, number, number][]).map(([seatId]) => seatId);
      const isSwept = status === 'EXPIRED';
      compare(
        `reservation ${id}`,
        [userId, seatIds, totalPrice, status, expiresAt],
        [
          reservation.userId,
          reservation.seatIds,
          reservation.totalPrice,
          isSwept ? model.statusOf(reservation, now) : reservation.status,
          reservation.expiresAt,
        ],
      );
    }

    const paid = model.reservations.filter(({ status }) => status === 'PAID');
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
