import { insider, LONG_LINE, waiters } from '../line/seed.ts';
import { STANDSTILL } from '../line/start.ts';
import type { Users } from '../plan.ts';
import type { Tally } from './tally.ts';

/** A time in which much happens to the line, and the service must go on answering. */
export interface Scenario {
  readonly name: string;
  /** How many wait at the start. */
  readonly waiting: number;
  readonly settings: Readonly<Record<string, string>>;
  /** Who polls meanwhile. */
  readonly pollers: Users;
  /** How long the service rests after its start before it is watched. */
  readonly restMs: number;
  isOver(tally: Tally, watchedMs: number): boolean;
}

const SHORT_LINE = 100_000;
const ADMISSION_MS = 5_000;
const NO_LIMIT = '1000000';

export const scenarios: readonly Scenario[] = [
  {
    name: '100,000 places lapse at one millisecond, until all are written down',
    waiting: SHORT_LINE,
    // Each place is renewed at the start, and has this long from there.
    settings: { ...STANDSTILL, TOKEN_WAITING_SECONDS: '3' },
    // Whoever waits and polls would keep the place.
    pollers: insider,
    restMs: 1_000,
    isOver: ({ lapsed }) => lapsed === SHORT_LINE,
  },
  {
    name: '1,000 users a second are admitted out of 1,000,000',
    waiting: LONG_LINE,
    settings: { QUEUE_ADMIT_BATCH: '1000', QUEUE_MAX_ACTIVE: NO_LIMIT },
    pollers: waiters(LONG_LINE),
    restMs: 1_000,
    isOver: (_, watchedMs) => watchedMs >= ADMISSION_MS,
  },
  {
    name: 'a line of 100,000 drains as fast as admission lets it',
    waiting: SHORT_LINE,
    settings: { QUEUE_ADMIT_BATCH: NO_LIMIT, QUEUE_MAX_ACTIVE: NO_LIMIT },
    pollers: waiters(SHORT_LINE),
    // It begins at the start already.
    restMs: 0,
    isOver: ({ admitted }) => admitted === SHORT_LINE,
  },
];
