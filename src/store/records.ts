import { and, asc, between, eq, gt, gte, isNull, lte, max, type SQL, sql } from 'drizzle-orm';
import type { LedgerEntry } from '../balance/accounts.ts';
import type { Concert, Schedule } from '../concerts/concert.ts';
import type { OperatorEvent } from '../coordinator/work.ts';
import type { ConcertId, PaymentId, ReservationId, ScheduleId, SeatId, UserId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import type { Database } from './database.ts';
import {
  concerts,
  ledgerEntries,
  operatorEvents,
  payments,
  reservations,
  schedules,
  seats,
  takenSeats,
  users,
} from './schema.ts';

/** A part of a long list, in the order of ids: at most `limit` items, from behind the one with the id `after`. */
export interface Page {
  readonly after: number;
  readonly limit: number;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** The id of the last item, where more come behind it. */
  readonly next: number | null;
}

export type UserRecord = { readonly userId: UserId; readonly balance: number };
export type ConcertRecord = Pick<Concert, 'concertId' | 'concertName' | 'status'>;
export type ScheduleRecord = Pick<Schedule, 'scheduleId' | 'concertAt' | 'reservationAt' | 'isClosed'>;
/** `before` and `after` as they were kept: JSON. */
export type EventRecord = Pick<OperatorEvent, 'eventId' | 'at' | 'operation'> & {
  readonly before: string;
  readonly after: string;
};

/** A seat that was paid for, and by whom. */
export interface SoldSeat {
  readonly seatId: SeatId;
  readonly seatNumber: number;
  /** What was paid for it, in the currency's smallest unit. */
  readonly price: number;
  readonly reservationId: ReservationId;
  readonly userId: UserId;
  readonly paymentId: PaymentId;
  readonly paidAt: number;
}

/** From `from` on, and before `to`. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** How many rows are read at a time, if nothing else is said: the driver of a file is synchronous, and others wait. */
const ROWS_MAX = 250;
/** An event is as long as what the operator changed at once: a hundred kilobytes, where that were thousands of seats. */
const EVENTS_MAX = 25;
/** A page of events ends where they get longer than this, in characters. */
const EVENTS_LENGTH_MAX = 4_000_000;
/** How many seats, sold or not, are looked through at a time. */
const SEATS_MAX = 500;

/** What only an operator reads, from the database alone: in the order of ids, and so that nobody waits for it for long. */
export class Records {
  private queries: Queries | undefined;

  /** `pause` lets what has come in be read; `rowsMax`: how many rows are read at a time. */
  constructor(
    private readonly pause: () => Promise<void>,
    private readonly rowsMax = ROWS_MAX,
  ) {}

  open({ drizzle }: Pick<Database, 'drizzle'>): void {
    this.queries = recordQueries(drizzle);
  }

  /** Nothing is read any more: a report that is under way fails. */
  close(): void {
    this.queries = undefined;
  }

  /** Every list refuses with `not ready` as long as the database is not open. */
  users(page: Page): Promise<Result<Listed<UserRecord>>> {
    return this.list(
      page,
      ({ userId }) => userId,
      (queries, place) => queries.users.execute({ ...place }),
    );
  }

  /** Cancelled ones too. */
  concerts(page: Page): Promise<Result<Listed<ConcertRecord>>> {
    return this.list(
      page,
      ({ concertId }) => concertId,
      (queries, place) => queries.concerts.execute({ ...place }),
    );
  }

  /** Past and closed ones too. Refuses with `concert not found`. */
  async schedules(concertId: ConcertId, page: Page): Promise<Result<Listed<ScheduleRecord>>> {
    if (this.queries === undefined) return refused('not ready');
    const [concert] = await this.queries.concert.execute({ concertId });
    if (concert === undefined) return refused('concert not found');
    return this.list(
      page,
      ({ scheduleId }) => scheduleId,
      (queries, place) => queries.schedulesOf.execute({ ...place, concertId }),
    );
  }

  events(page: Page): Promise<Result<Listed<EventRecord>>> {
    return this.list(
      page,
      ({ eventId }) => eventId,
      (queries, place) => queries.events.execute({ ...place }),
      { rowsMax: EVENTS_MAX, lengthOf: ({ before, after }) => before.length + after.length },
    );
  }

  /** The sold seats of a schedule. Refuses with `schedule not found`. */
  async soldSeats(scheduleId: ScheduleId): Promise<Result<AsyncGenerator<SoldSeat[]>>> {
    if (this.queries === undefined) return refused('not ready');
    const [range] = await this.queries.seatsOf.execute({ scheduleId });
    if (range === undefined) return refused('schedule not found');
    return granted(this.soldBetween(range.first ?? 1, range.last ?? 0));
  }

  /** The ledger as it is now, or what of it falls into a period. */
  async ledger({ from, to }: Period): Promise<Result<AsyncGenerator<LedgerEntry[]>>> {
    if (this.queries === undefined) return refused('not ready');
    const [newest] = await this.queries.newestEntry.execute();
    const end = (newest?.entryId ?? 0) + 1;
    const first = await this.firstEntryAt(from, end);
    const last = (await this.firstEntryAt(to, end)) - 1;
    return granted(
      this.rows(
        first - 1,
        this.rowsMax,
        ({ entryId }) => entryId,
        (queries, place) => queries.entries.execute({ ...place, last }),
      ),
    );
  }

  private async list<T>(
    { after, limit }: Page,
    idOf: (item: T) => number,
    read: (queries: Queries, place: Page) => Promise<T[]>,
    { rowsMax = this.rowsMax, lengthOf = () => 0 }: { rowsMax?: number; lengthOf?: (item: T) => number } = {},
  ): Promise<Result<Listed<T>>> {
    if (this.queries === undefined) return refused('not ready');
    const items: T[] = [];
    let last = after;
    let length = 0;
    for await (const rows of this.rows(after, Math.min(rowsMax, limit + 1), idOf, read)) {
      for (const row of rows) {
        if (items.length === limit || length > EVENTS_LENGTH_MAX) return granted({ items, next: last });
        items.push(row);
        last = idOf(row);
        length += lengthOf(row);
      }
    }
    return granted({ items, next: null });
  }

  /** Rows in the order of their ids, a few at a time. */
  private async *rows<T>(
    after: number,
    limit: number,
    idOf: (row: T) => number,
    read: (queries: Queries, place: Page) => Promise<T[]>,
  ): AsyncGenerator<T[]> {
    for (;;) {
      const rows = await read(this.opened(), { after, limit });
      const last = rows.at(-1);
      if (last !== undefined) yield rows;
      if (last === undefined || rows.length < limit) return;
      after = idOf(last);
      await this.pause();
    }
  }

  private async *soldBetween(first: number, last: number): AsyncGenerator<SoldSeat[]> {
    for (let from = first; from <= last; from += SEATS_MAX) {
      const to = Math.min(last, from + SEATS_MAX - 1);
      const sold = await this.opened().soldSeats.execute({ from, to });
      if (sold.length > 0) yield sold;
      await this.pause();
    }
  }

  /**
   * The id of the first entry of `at` or later; `end` where there is none before it. The entries are in the order of
   * time, so that it is found in a few steps.
   */
  private async firstEntryAt(at: number, end: number): Promise<number> {
    let low = 1;
    let high = end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [entry] = await this.opened().entryFrom.execute({ entryId: middle });
      if (entry === undefined || entry.createdAt >= at) high = middle;
      else low = entry.entryId + 1;
    }
    return low;
  }

  private opened(): Queries {
    if (this.queries === undefined) throw new Error('the database has been lost');
    return this.queries;
  }
}

type Queries = ReturnType<typeof recordQueries>;

/** Every query, prepared. */
export function recordQueries(db: Database['drizzle']) {
  const after = sql.placeholder('after');
  const limit = sql.placeholder('limit');
  const scheduleId = sql.placeholder('scheduleId');
  /** The first or the last seat of a schedule: the ids are in the order of the numbers. */
  const endSeat = (order: 'asc' | 'desc'): SQL<number | null> =>
    sql`(select ${seats.seatId} from ${seats} where ${seats.scheduleId} = ${scheduleId}
      order by ${seats.seatNumber} ${sql.raw(order)} limit 1)`;
  return {
    users: db
      .select({ userId: users.userId, balance: users.balance })
      .from(users)
      .where(gt(users.userId, after))
      .orderBy(asc(users.userId))
      .limit(limit)
      .prepare(),
    concerts: db
      .select({
        concertId: concerts.concertId,
        concertName: concerts.concertName,
        status: concerts.status,
      })
      .from(concerts)
      .where(gt(concerts.concertId, after))
      .orderBy(asc(concerts.concertId))
      .limit(limit)
      .prepare(),
    concert: db
      .select({ concertId: concerts.concertId })
      .from(concerts)
      .where(eq(concerts.concertId, sql.placeholder('concertId')))
      .prepare(),
    schedulesOf: db
      .select({
        scheduleId: schedules.scheduleId,
        concertAt: schedules.concertAt,
        reservationAt: schedules.reservationAt,
        isClosed: schedules.isClosed,
      })
      .from(schedules)
      .where(
        and(
          eq(schedules.concertId, sql.placeholder('concertId')),
          gt(schedules.scheduleId, after),
          // One that is still to get seats is not there yet.
          isNull(schedules.layout),
        ),
      )
      .orderBy(asc(schedules.scheduleId))
      .limit(limit)
      .prepare(),
    events: db
      .select()
      .from(operatorEvents)
      .where(gt(operatorEvents.eventId, after))
      .orderBy(asc(operatorEvents.eventId))
      .limit(limit)
      .prepare(),
    seatsOf: db
      .select({ first: endSeat('asc'), last: endSeat('desc') })
      .from(schedules)
      .where(and(eq(schedules.scheduleId, scheduleId), isNull(schedules.layout)))
      .prepare(),
    soldSeats: db
      .select({
        seatId: seats.seatId,
        seatNumber: seats.seatNumber,
        // As it was sold: in `seats` is what it costs from now on.
        price: sql<number>`(select value ->> 2 from json_each(${reservations.seats})
          where value ->> 0 = ${takenSeats.seatId})`,
        reservationId: reservations.reservationId,
        userId: reservations.userId,
        paymentId: payments.paymentId,
        paidAt: payments.createdAt,
      })
      .from(takenSeats)
      .innerJoin(seats, eq(seats.seatId, takenSeats.seatId))
      .innerJoin(reservations, eq(reservations.reservationId, takenSeats.reservationId))
      .innerJoin(payments, eq(payments.reservationId, reservations.reservationId))
      .where(between(takenSeats.seatId, sql.placeholder('from'), sql.placeholder('to')))
      .orderBy(asc(takenSeats.seatId))
      .prepare(),
    newestEntry: db
      .select({ entryId: max(ledgerEntries.entryId) })
      .from(ledgerEntries)
      .prepare(),
    entryFrom: db
      .select({ entryId: ledgerEntries.entryId, createdAt: ledgerEntries.createdAt })
      .from(ledgerEntries)
      .where(gte(ledgerEntries.entryId, sql.placeholder('entryId')))
      .orderBy(asc(ledgerEntries.entryId))
      .limit(1)
      .prepare(),
    entries: db
      .select()
      .from(ledgerEntries)
      .where(and(gt(ledgerEntries.entryId, after), lte(ledgerEntries.entryId, sql.placeholder('last'))))
      .orderBy(asc(ledgerEntries.entryId))
      .limit(limit)
      .prepare(),
  };
}
