import type { Seen } from '../plan.ts';

/** What the bench tells the crowd to do, as JSON on its standard input. */
export interface CrowdPlan {
  readonly port: number;
  readonly connections: number;
  /** Decides who does what, when, and where everyone wants to sit. */
  readonly seed: number;
  /** Users 1 to this come, at any time within `arrivalMs`. */
  readonly users: number;
  readonly arrivalMs: number;
  readonly concertId: number;
  /** Seats 1 to this are for sale. */
  readonly seats: number;
  readonly holdMs: number;
  /** How long a token lasts at least, once it was asked for or its place was. */
  readonly tokenMs: number;
  /** When whoever is still there is sent home. */
  readonly msMax: number;
}

/** What a user asks of the service. */
export const OPERATIONS = [
  'join',
  'poll',
  'schedules',
  'seats',
  'reserve',
  'recharge',
  'pay',
  'leave',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * How the visit of a user ended. `left`: there were no seats. `late`: the token had run out, as answers were slow or the
 * user was told too late to come. `lost`: by a failure.
 */
export type Ending = 'bought' | 'left' | 'abandoned' | 'lapsed' | 'late' | 'lost';

/** How far the crowd is, which it tells once a second. */
export interface CrowdCount {
  /** Since the first user came. */
  readonly seconds: number;
  /** From the beginning. */
  readonly replies: number;
  readonly seatsSold: number;
  readonly ended: number;
  /** How much of one core the crowd used since the last count. */
  readonly busy: number;
}

/** What the crowd saw, as JSON on its standard output. */
export interface CrowdOutcome extends Seen {
  readonly driverBusy: number;
  readonly seconds: number;
  readonly replies: number;
  /** From the first arrival until the last seat was paid for; null when some were left. */
  readonly soldOutSeconds: number | null;
  readonly endings: Readonly<Record<Ending, number>>;
  readonly operations: Readonly<Record<Operation, OperationSeen>>;
  /** Answers that a user has to live with, by operation and what they say. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Who paid for the seat with the id that is one more than the index; 0 for nobody. */
  readonly owners: readonly number[];
  readonly revenue: number;
}

export interface OperationSeen {
  readonly replies: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}
