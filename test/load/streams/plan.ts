import type { Users } from '../plan.ts';

/** What the bench tells the listeners to do. */
export interface ListenersPlan {
  readonly port: number;
  readonly users: Users;
  /** How many streams they open, each for another user. */
  readonly streams: number;
}

/** What the listeners heard. */
export interface Heard {
  /** How many streams are open, and have brought an event. */
  readonly open: number;
  /** Since they were last asked. */
  readonly events: number;
  /** By what happened, from the beginning. */
  readonly failures: Readonly<Record<string, number>>;
}
