import { scatteredUser, tokenIdOf } from '../scatter.ts';
import type { Trial } from '../trial.ts';
import { joiners, LONG_LINE, SPARE_USER_ID, waiters } from './seed.ts';

const SHORT_LINE = 1_000;

/** The same service with a long line and with a short one, and what its framework alone can do. */
export type Contender = 'line of 1,000,000' | 'line of 1,000' | 'bare route';

export const waiting: Readonly<Record<Contender, number>> = {
  'line of 1,000,000': LONG_LINE,
  'line of 1,000': SHORT_LINE,
  'bare route': LONG_LINE,
};

const someone = scatteredUser(0, waiters(SHORT_LINE));

export const trials: readonly Trial<Contender>[] = [
  {
    name: 'status polls from all over the line',
    connections: 256,
    subject: 'line of 1,000,000',
    references: [
      { contender: 'line of 1,000', ratioMin: 0.9 },
      { contender: 'bare route', ratioMin: 0.7 },
    ],
    sample: { method: 'GET', path: `/v1/queue-status/users/${someone}`, tokenId: tokenIdOf(someone) },
    load: (contender) => ({ kind: 'poll', users: waiters(waiting[contender]) }),
  },
  {
    name: 'durable tokens for users who join',
    connections: 256,
    subject: 'line of 1,000,000',
    references: [{ contender: 'bare route', ratioMin: 0.5, rateEnough: 20_000 }],
    sample: { method: 'POST', path: `/v1/queue-tokens/users/${SPARE_USER_ID}` },
    load: () => ({ kind: 'join', users: joiners }),
  },
];
