import type { Load } from '../plan.ts';
import type { Trial } from '../trial.ts';
import { ACTIVE, active, SMALL_HALL, sale, waiting } from './seed.ts';

/** Who is measured: the service, and what it is measured against. */
export type Contender = 'seatline' | 'bare route' | 'transaction per request';

const reservations = {
  name: 'durable reservations of 2 seats',
  subject: 'seatline',
  // In the hall that is otherwise only looked at.
  sample: {
    method: 'POST',
    path: '/v1/reservations',
    tokenId: active[0]?.tokenId ?? 0,
    body: {
      userId: active[0]?.userId,
      concertId: SMALL_HALL.concertId,
      scheduleId: SMALL_HALL.scheduleId,
      seatIds: [1, 2],
    },
  },
  load: (): Load => ({ kind: 'reserve', sale, callers: active }),
} as const;

export const trials: readonly Trial<Contender>[] = [
  lookups(
    'status polls of 1,000 who wait',
    waiting.map(({ userId, tokenId }) => ({ path: `/v1/queue-status/users/${userId}`, tokenId })),
  ),
  lookups(
    `seat maps of ${SMALL_HALL.seats} seats`,
    active.map(({ tokenId }) => ({
      path: `/v1/concerts/${SMALL_HALL.concertId}/schedules/${SMALL_HALL.scheduleId}/seats`,
      tokenId,
    })),
  ),
  {
    ...reservations,
    connections: 64,
    references: [{ contender: 'bare route' }, { contender: 'transaction per request' }],
  },
  {
    ...reservations,
    connections: ACTIVE,
    references: [
      { contender: 'bare route', ratioMin: 0.5 },
      { contender: 'transaction per request', ratioMin: 10 },
    ],
  },
];

function lookups(name: string, requests: readonly { path: string; tokenId: number }[]): Trial<Contender> {
  return {
    name,
    subject: 'seatline',
    connections: ACTIVE,
    references: [{ contender: 'bare route', ratioMin: 0.7 }],
    sample: { method: 'GET', path: '/', ...requests[0] },
    load: () => ({ kind: 'get', requests }),
  };
}
