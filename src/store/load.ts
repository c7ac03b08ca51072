import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNotNull,
  isNull,
  lt,
  min,
  type SQL,
  sql,
} from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Account } from '../balance/accounts.ts';
import type { Concert, Schedule } from '../concerts/concert.ts';
import { type Seat, SeatMap } from '../concerts/seat-map.ts';
import { LOOKED_AT_MAX } from '../coordinator/housekeeping.ts';
import type { KeptAnswer, KeptPlace } from '../coordinator/retries.ts';
import type { PastReservation } from '../coordinator/work.ts';
import type { LastIds } from '../coordinator/world.ts';
import type { QueueId, ReservationId, ScheduleId, TokenId, UserId } from '../ids.ts';
import { AS_CONFIGURED, type QueueSettings } from '../queue/settings.ts';
import type { Token } from '../queue/token.ts';
import {
  type OwnedReservation,
  type Reservation,
  type ReservationStatus,
  type ReservationView,
  type ReservedSeat,
  statusAt,
} from '../reservations/reservation.ts';
import type { Database } from './database.ts';
import {
  concerts,
  idempotencyKeys,
  operatorEvents,
  payments,
  queueSettings,
  queueTokens,
  reservations,
  schedules,
  seats,
  takenSeats,
  users,
} from './schema.ts';

type SeatRow = [number, Seat['seatId'], number, Seat['status'], Seat['reservationId']];
type TokenRow = [Token['queueId'], TokenId, UserId, Token['status'], number, number, number];
type OldToken = Pick<Token, 'queueId' | 'joinedAt' | 'endedAt'>;
type OldReservation = Pick<Reservation, 'reservationId' | 'status' | 'expiresAt'>;

/** How many rows a long list is read at a time, so that no value grows without end. */
const PAGE_ROWS = 10_000;
/** The same for seats, which are also read while others are served: the driver of a file is synchronous. */
const PAGE_SEATS = 2_000;

/**
 * Every read of the store: by sets of ids, through an index, with the text of the query made once. `pause` lets what has
 * come in be read between the parts of what is long.
 */
export function loader({ drizzle: db, glance }: Database, pause = (): Promise<void> => Promise.resolve()) {
  const prepared = queries(db);
  const accountsText = prepared.accounts.getQuery().sql;
  return {
    async accounts(ids: readonly UserId[]): Promise<Account[]> {
      const json = JSON.stringify(ids);
      // Whoever commits has the pages at hand, while another connection would read them anew after each commit.
      const found =
        glance === null
          ? (await prepared.accounts.execute({ ids: json }))[0]?.json
          : glance(accountsText, json);
      return rowsOf<[UserId, number]>(found).map(([userId, balance]) => ({ userId, balance }));
    },

    /** Tokens that have ended, by whose they were and their ids. */
    async endedTokens(keys: readonly (readonly [UserId, TokenId])[]): Promise<Token[]> {
      return prepared.endedTokens.execute({ keys: JSON.stringify(keys) });
    },

    /** Reservations that memory does not hold, and that are therefore not unpaid. */
    async pastReservations(ids: readonly ReservationId[]): Promise<LoadedReservation[]> {
      const rows = await prepared.pastReservations.execute({ ids: JSON.stringify(ids) });
      return rows.map(({ status, paymentId, amount, seats: json, ...row }) => {
        if (status === 'PAYMENT_PENDING')
          throw new Error(`reservation ${row.reservationId} is unpaid, and no hold`);
        const payment = paymentId === null || amount === null ? null : { paymentId, amount };
        return { ...row, status, payment, seats: readSeats(json) };
      });
    },

    /** The answers that stand at these places. */
    async keptAnswers(places: readonly KeptPlace[]): Promise<KeptAnswer[]> {
      const keys = places.map(({ userId, operation, key }) => [userId, operation, key]);
      return prepared.keptAnswers.execute({ keys: JSON.stringify(keys) });
    },

    /** When the oldest of the kept answers was given; infinity when there is none. */
    async oldestAnswerAt(): Promise<number> {
      const [oldest] = await prepared.oldestAnswer.execute();
      return oldest?.at ?? Number.POSITIVE_INFINITY;
    },

    /** The next tokens in the order of joining, live or ended: as many as housekeeping looks at together. */
    async tokensAfter(after: QueueId | 0): Promise<OldToken[]> {
      const [found] = await prepared.tokensAfter.execute({ after });
      return rowsOf<[QueueId, number, number | null]>(found?.json)
        .map(([queueId, joinedAt, endedAt]) => ({ queueId, joinedAt, endedAt }))
        .sort((a, b) => a.queueId - b.queueId);
    },

    /** The next reservations in the order in which they were made, as many. */
    async reservationsAfter(after: ReservationId | 0): Promise<OldReservation[]> {
      const [found] = await prepared.reservationsAfter.execute({ after });
      return rowsOf<[ReservationId, Reservation['status'], number]>(found?.json)
        .map(([reservationId, status, expiresAt]) => ({ reservationId, status, expiresAt }))
        .sort((a, b) => a.reservationId - b.reservationId);
    },

    async catalogue(): Promise<{ concerts: Concert[]; schedules: Schedule[] }> {
      const schedules = await prepared.schedules.execute();
      return {
        concerts: await prepared.concerts.execute(),
        schedules: schedules.map((row) => ({ ...row, layout: row.layout && JSON.parse(row.layout) })),
      };
    },

    /** Schedules of cancelled concerts whose seats are not all given back. */
    async unrefundedSchedules(): Promise<ScheduleId[]> {
      return (await prepared.unrefundedSchedules.execute()).map(({ scheduleId }) => scheduleId);
    },

    async lastIds(): Promise<LastIds> {
      const [json] = await prepared.lastIds.execute();
      if (json === undefined) throw new Error('the last ids cannot be read');
      return json;
    },

    async queueSettings(): Promise<QueueSettings> {
      const [found] = await prepared.queueSettings.execute();
      return found ?? AS_CONFIGURED;
    },

    async seatMap(scheduleId: ScheduleId): Promise<SeatMap> {
      const all: Seat[] = [];
      const read = async (after: number) => (await prepared.seats.execute({ scheduleId, after }))[0]?.json;
      for await (const rows of pages<SeatRow>(read, PAGE_SEATS)) {
        for (const [seatNumber, seatId, price, status, reservationId] of rows) {
          all.push({ seatId, seatNumber, price, status, reservationId });
        }
        await pause();
      }
      return new SeatMap(scheduleId, all);
    },

    /** Live tokens in the order of joining, page by page. */
    async *liveTokens(): AsyncGenerator<Token[]> {
      const read = async (after: number) => (await prepared.liveTokens.execute({ after }))[0]?.json;
      for await (const rows of pages<TokenRow>(read, PAGE_ROWS)) {
        yield rows.map(([queueId, tokenId, userId, status, joinedAt, activeUntil, expiresAt]) => ({
          tokenId,
          userId,
          queueId,
          status,
          joinedAt,
          activeUntil,
          expiresAt,
          endedAt: null,
        }));
      }
    },

    async unpaidReservations(): Promise<Reservation[]> {
      const rows = await prepared.unpaidReservations.execute();
      return rows.map(({ seats: json, ...row }) => ({ ...row, seats: readSeats(json) }));
    },

    /**
     * The reservations of a user, newest first, from before `before`. Those in `unpaid` are found by their ids, the
     * others through the index of what is past; one that a batch moves from here to there in between is shown once.
     */
    async reservationsOf(
      userId: UserId,
      { before, limit, unpaid }: { before: number; limit: number; unpaid: readonly ReservationId[] },
      now: number,
    ): Promise<ReservationView[]> {
      const ids = JSON.stringify(unpaid.filter((reservationId) => reservationId < before));
      const [holds, past] = await Promise.all([
        prepared.reservationsWithIds.execute({ ids }),
        prepared.pastReservationsOf.execute({ userId, before, limit }),
      ]);
      const others = past.filter(({ reservationId }) => !unpaid.includes(reservationId));
      return [...holds, ...others]
        .sort((a, b) => b.reservationId - a.reservationId)
        .slice(0, limit)
        .map((row) => showReservation(row, now));
    },

    async reservation(reservationId: ReservationId, now: number): Promise<OwnedReservation | undefined> {
      const [row] = await prepared.reservationsWithIds.execute({ ids: JSON.stringify([reservationId]) });
      return row && showReservation(row, now);
    },
  };
}

export type Loader = ReturnType<typeof loader>;

/** A past reservation, and what its user has on the balance. */
export type LoadedReservation = PastReservation & { readonly balance: number };

/** Every query, prepared. */
export function queries(db: Database['drizzle']) {
  const oneOf = (column: SQLiteColumn): SQL =>
    inArray(column, sql`(select value from json_each(${sql.placeholder('ids')}))`);
  const page = db
    .select({
      seatId: seats.seatId,
      seatNumber: seats.seatNumber,
      price: seats.price,
      status:
        sql<string>`case ${reservations.status} when 'PAYMENT_PENDING' then 'HELD' when 'PAID' then 'SOLD'
        else iif(${takenSeats.reservationId} = 0, 'BLOCKED', 'AVAILABLE') end`.as('status'),
      // 0 where the seat is blocked.
      reservationId: sql`nullif(${takenSeats.reservationId}, 0)`.as('holder'),
    })
    .from(seats)
    .leftJoin(takenSeats, eq(takenSeats.seatId, seats.seatId))
    .leftJoin(reservations, eq(reservations.reservationId, takenSeats.reservationId))
    .where(
      and(
        eq(seats.scheduleId, sql.placeholder('scheduleId')),
        gt(seats.seatNumber, sql.placeholder('after')),
      ),
    )
    // The order of the ids as well; by them, each page would sort all the seats.
    .orderBy(asc(seats.seatNumber))
    .limit(PAGE_SEATS)
    .as('page');
  const tokenPage = db
    .select()
    .from(queueTokens)
    .where(and(gt(queueTokens.queueId, sql.placeholder('after')), isNull(queueTokens.endedAt)))
    .orderBy(asc(queueTokens.queueId))
    .limit(PAGE_ROWS)
    .as('page');
  const nextTokens = db
    .select()
    .from(queueTokens)
    .where(gt(queueTokens.queueId, sql.placeholder('after')))
    .orderBy(asc(queueTokens.queueId))
    .limit(LOOKED_AT_MAX)
    .as('page');
  const nextReservations = db
    .select()
    .from(reservations)
    .where(gt(reservations.reservationId, sql.placeholder('after')))
    .orderBy(asc(reservations.reservationId))
    .limit(LOOKED_AT_MAX)
    .as('page');
  const shownReservations = () =>
    db
      .select({
        reservationId: reservations.reservationId,
        userId: reservations.userId,
        concertId: concerts.concertId,
        concertName: concerts.concertName,
        concertAt: schedules.concertAt,
        totalPrice: reservations.totalPrice,
        status: reservations.status,
        expiresAt: reservations.expiresAt,
        seats: reservations.seats,
      })
      .from(reservations)
      .innerJoin(schedules, eq(schedules.scheduleId, reservations.scheduleId))
      .innerJoin(concerts, eq(concerts.concertId, schedules.concertId))
      .$dynamic();
  return {
    // One value, as the client takes longer to make an object of a row than the database to find it.
    accounts: db
      .select({ json: sql<string>`json_group_array(json_array(${users.userId}, ${users.balance}))` })
      .from(users)
      .where(oneOf(users.userId))
      .prepare(),
    endedTokens: db
      .select(getTableColumns(queueTokens))
      .from(sql`json_each(${sql.placeholder('keys')}) as key`)
      // Crossed, or else it could begin with the tokens.
      .crossJoin(queueTokens)
      .where(
        and(
          sql`${queueTokens.userId} = key.value ->> 0`,
          sql`${queueTokens.tokenId} = key.value ->> 1`,
          isNotNull(queueTokens.endedAt),
        ),
      )
      .prepare(),
    pastReservations: db
      .select({
        reservationId: reservations.reservationId,
        userId: reservations.userId,
        scheduleId: reservations.scheduleId,
        seats: reservations.seats,
        totalPrice: reservations.totalPrice,
        status: reservations.status,
        createdAt: reservations.createdAt,
        expiresAt: reservations.expiresAt,
        paymentId: payments.paymentId,
        amount: payments.amount,
        balance: users.balance,
      })
      .from(reservations)
      .innerJoin(users, eq(users.userId, reservations.userId))
      .leftJoin(payments, eq(payments.reservationId, reservations.reservationId))
      .where(oneOf(reservations.reservationId))
      .prepare(),
    keptAnswers: db
      .select(getTableColumns(idempotencyKeys))
      .from(sql`json_each(${sql.placeholder('keys')}) as key`)
      .crossJoin(idempotencyKeys)
      .where(
        and(
          sql`${idempotencyKeys.userId} = key.value ->> 0`,
          sql`${idempotencyKeys.operation} = key.value ->> 1`,
          sql`${idempotencyKeys.key} = key.value ->> 2`,
        ),
      )
      .prepare(),
    oldestAnswer: db
      .select({ at: min(idempotencyKeys.createdAt) })
      .from(idempotencyKeys)
      .prepare(),
    tokensAfter: db
      .select({
        json: sql<string>`json_group_array(json_array(${nextTokens.queueId}, ${nextTokens.joinedAt}, ${nextTokens.endedAt}))`,
      })
      .from(nextTokens)
      .prepare(),
    reservationsAfter: db
      .select({
        json: sql<string>`json_group_array(json_array(${nextReservations.reservationId}, ${nextReservations.status}, ${nextReservations.expiresAt}))`,
      })
      .from(nextReservations)
      .prepare(),
    concerts: db.select().from(concerts).orderBy(concerts.concertId).prepare(),
    schedules: db.select().from(schedules).orderBy(schedules.concertAt, schedules.scheduleId).prepare(),
    unrefundedSchedules: db
      .select({ scheduleId: schedules.scheduleId })
      .from(schedules)
      .innerJoin(concerts, and(eq(concerts.concertId, schedules.concertId), eq(concerts.status, 'CANCELLED')))
      .where(
        sql`exists (select 1 from ${takenSeats} where ${takenSeats.reservationId} > 0
          and ${takenSeats.seatId} between ${endSeat('asc')} and ${endSeat('desc')})`,
      )
      .prepare(),
    lastIds: db
      .select({
        concertId: lastOf<LastIds['concertId']>(concerts.concertId),
        scheduleId: lastOf<LastIds['scheduleId']>(schedules.scheduleId),
        seatId: lastOf<LastIds['seatId']>(seats.seatId),
        userId: lastOf<LastIds['userId']>(users.userId),
        eventId: lastOf<LastIds['eventId']>(operatorEvents.eventId),
      })
      .from(sql`(select 1)`)
      .prepare(),
    queueSettings: db
      .select({
        activeMax: queueSettings.activeMax,
        admitBatch: queueSettings.admitBatch,
        admitIntervalMs: queueSettings.admitIntervalMs,
        isPaused: queueSettings.isPaused,
        isClosed: queueSettings.isClosed,
      })
      .from(queueSettings)
      .prepare(),
    seats: db
      .select({
        json: sql<string>`json_group_array(json_array(${page.seatNumber}, ${page.seatId}, ${page.price}, ${page.status}, ${page.reservationId}))`,
      })
      .from(page)
      .prepare(),
    liveTokens: db
      .select({
        json: sql<string>`json_group_array(json_array(${tokenPage.queueId}, ${tokenPage.tokenId}, ${tokenPage.userId}, ${tokenPage.status}, ${tokenPage.joinedAt}, ${tokenPage.activeUntil}, ${tokenPage.expiresAt}))`,
      })
      .from(tokenPage)
      .prepare(),
    unpaidReservations: db
      .select({
        reservationId: reservations.reservationId,
        userId: reservations.userId,
        scheduleId: reservations.scheduleId,
        totalPrice: reservations.totalPrice,
        status: reservations.status,
        createdAt: reservations.createdAt,
        expiresAt: reservations.expiresAt,
        seats: reservations.seats,
      })
      .from(reservations)
      .where(sql`${reservations.status} = 'PAYMENT_PENDING'`)
      .prepare(),
    reservationsWithIds: shownReservations().where(oneOf(reservations.reservationId)).prepare(),
    pastReservationsOf: shownReservations()
      .where(
        and(
          eq(reservations.userId, sql.placeholder('userId')),
          lt(reservations.reservationId, sql.placeholder('before')),
          sql`${reservations.status} <> 'PAYMENT_PENDING'`,
        ),
      )
      .orderBy(desc(reservations.reservationId))
      .limit(sql.placeholder('limit'))
      .prepare(),
  };
}

/** The first or the last seat of the schedule at hand: their ids are in the order of their numbers. */
function endSeat(order: 'asc' | 'desc'): SQL {
  return sql`(select ${seats.seatId} from ${seats} where ${seats.scheduleId} = ${schedules.scheduleId}
    order by ${seats.seatNumber} ${sql.raw(order)} limit 1)`;
}

function lastOf<I>(column: SQLiteColumn): SQL<I> {
  return sql<I>`(select ifnull(max(${column}), 0) from ${column.table})`;
}

/** Reads a long list page by page. Each page is one JSON array of rows that start with the key of their order. */
async function* pages<R extends readonly [number, ...unknown[]]>(
  read: (after: number) => Promise<string | undefined>,
  rowsMax: number,
): AsyncGenerator<R[]> {
  let after = 0;
  for (;;) {
    const rows = rowsOf<R>(await read(after));
    rows.sort((a, b) => a[0] - b[0]);
    yield rows;
    if (rows.length < rowsMax) return;
    after = rows.at(-1)?.[0] ?? after;
  }
}

function rowsOf<R>(json: unknown): R[] {
  return typeof json === 'string' ? JSON.parse(json) : [];
}

function showReservation(
  {
    status,
    expiresAt,
    seats,
    ...row
  }: Omit<OwnedReservation, 'seats' | 'reservationStatus'> & {
    readonly status: ReservationStatus;
    readonly expiresAt: number;
    readonly seats: string;
  },
  now: number,
): OwnedReservation {
  return { ...row, seats: readSeats(seats), reservationStatus: statusAt({ status, expiresAt }, now) };
}

function readSeats(json: string): ReservedSeat[] {
  const rows = JSON.parse(json) as [ReservedSeat['seatId'], number, number][];
  return rows.map(([seatId, seatNumber, price]) => ({ seatId, seatNumber, price }));
}
