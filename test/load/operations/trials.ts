import type { Load } from '../plan.ts';
import type { Server } from '../processes.ts';
import { callers, HOT_HALL, joiners, LARGE_HALL, payers, SMALL_HALL, sale, waiters } from './seed.ts';

/** Who is measured: the service, and what it is measured against. */
export const CONTENDERS = ['seatline', 'bare route', 'transaction per request'] as const;

export type Contender = (typeof CONTENDERS)[number];

/** They run side by side; the transactions only where something is measured against them. */
export type Servers = Readonly<Record<Exclude<Contender, 'transaction per request'>, Server>> & {
  readonly 'transaction per request'?: Server;
};

/** The most users for whom a load asks in turn. */
const TAKING_TURNS = 20_000;

/** One operation of the service, as many ask for it at once. */
export interface Operation {
  readonly name: string;
  readonly load: Load;
  /** How many requests of the load differ, where they are asked over and over. */
  readonly differing?: number;
  /** The status that answers most of them, where that is a refusal. */
  readonly expected?: number;
  /** What the service's rate must be at least, as a part of the reference's, by connections. */
  readonly ofBareRoute?: Readonly<Record<number, number>>;
  /** Writes are compared with a transaction a request as well. */
  readonly ofTransaction?: Readonly<Record<number, number>>;
}

const seatsOf = ({ concertId, scheduleId }: { concertId: number; scheduleId: number }): Load => ({
  kind: 'get',
  requests: callers.map(({ tokenId }) => ({
    path: `/v1/concerts/${concertId}/schedules/${scheduleId}/seats`,
    tokenId,
  })),
});

const rechargers = { firstUserId: 1, count: TAKING_TURNS };
const distinct: Load = { kind: 'reserve', sale, callers };

export const reserve: Operation = {
  name: 'reserve, distinct seats',
  load: distinct,
  ofBareRoute: { 64: 0.5, 256: 0.65, 1024: 0.75 },
  ofTransaction: { 256: 15 },
};
export const poll: Operation = {
  name: 'status poll',
  load: { kind: 'poll', users: waiters },
  differing: waiters.count,
  ofBareRoute: { 256: 0.85 },
};
export const smallSeatMap: Operation = {
  name: 'seat map of 50',
  load: seatsOf(SMALL_HALL),
  differing: callers.length,
};

export const operations: readonly Operation[] = [
  poll,
  {
    name: 'balance',
    load: {
      kind: 'get',
      requests: callers.map(({ userId, tokenId }) => ({ path: `/v1/balance/users/${userId}`, tokenId })),
    },
    differing: callers.length,
    ofBareRoute: { 256: 0.85 },
  },
  {
    name: 'schedules',
    load: {
      kind: 'get',
      requests: callers.map(({ tokenId }) => ({
        path: `/v1/concerts/${SMALL_HALL.concertId}/schedules`,
        tokenId,
      })),
    },
    differing: callers.length,
    ofBareRoute: { 256: 0.85 },
  },
  smallSeatMap,
  {
    name: 'seat map of 5,000',
    load: seatsOf(LARGE_HALL),
    differing: callers.length,
    ofBareRoute: { 256: 0.5 },
  },
  {
    name: 'token issue',
    load: { kind: 'join', users: joiners },
    ofBareRoute: { 256: 0.6 },
    ofTransaction: {},
  },
  reserve,
  {
    name: 'reserve, the same 50 seats',
    load: { kind: 'contend', hall: HOT_HALL, callers },
    differing: TAKING_TURNS,
    expected: 400,
    ofTransaction: {},
  },
  { name: 'pay', load: { kind: 'pay', payers }, ofBareRoute: { 256: 0.5 }, ofTransaction: {} },
  {
    name: 'recharge',
    load: { kind: 'recharge', users: rechargers },
    differing: TAKING_TURNS,
    ofBareRoute: { 256: 0.6 },
    ofTransaction: {},
  },
];
