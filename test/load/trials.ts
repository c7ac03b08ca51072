import type { Load } from './plan.ts';
import { ACTIVE, active, SMALL_HALL, sale, waiting } from './seed.ts';

/** Who is measured: the service, and what it is measured against. */
export type Contender = 'seatline' | 'bare route' | 'transaction per request';

/** One load, put on each of the contenders in turn. */
export interface Trial {
  readonly name: string;
  readonly connections: number;
  readonly contenders: readonly Contender[];
  readonly required: readonly { readonly reference: Contender; readonly ratio: number }[];
  /** `pairsAsked` counts the pairs of seats that earlier loads have asked the contender for. */
  load(pairsAsked: number): Load;
}

const seatMapPath = `/v1/concerts/${SMALL_HALL.concertId}/schedules/${SMALL_HALL.scheduleId}/seats`;

export const trials: readonly Trial[] = [
  {
    name: 'status polls of 1,000 who wait',
    connections: ACTIVE,
    contenders: ['seatline', 'bare route'],
    required: [{ reference: 'bare route', ratio: 0.7 }],
    load: () => ({
      kind: 'get',
      requests: waiting.map(({ userId, tokenId }) => ({ path: `/v1/queue-status/users/${userId}`, tokenId })),
    }),
  },
  {
    name: `seat maps of ${SMALL_HALL.seats} seats`,
    connections: ACTIVE,
    contenders: ['seatline', 'bare route'],
    required: [{ reference: 'bare route', ratio: 0.7 }],
    load: () => ({ kind: 'get', requests: active.map(({ tokenId }) => ({ path: seatMapPath, tokenId })) }),
  },
  { ...reservations(), connections: 64, required: [] },
  {
    ...reservations(),
    connections: ACTIVE,
    required: [
      { reference: 'bare route', ratio: 0.5 },
      { reference: 'transaction per request', ratio: 10 },
    ],
  },
];

function reservations(): Pick<Trial, 'name' | 'contenders' | 'load'> {
  return {
    name: 'durable reservations of 2 seats',
    contenders: ['seatline', 'bare route', 'transaction per request'],
    load: (pairsAsked) => ({ kind: 'reserve', sale: { ...sale, pairsAsked }, callers: active }),
  };
}
