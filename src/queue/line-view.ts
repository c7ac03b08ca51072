import type { World } from '../coordinator/world.ts';

/** What an operator sees of the line. None of it is found by walking the line. */
export interface LineView {
  readonly waiting: number;
  readonly active: number;
  /** How many users have been admitted since the database was made. */
  readonly admitted: number;
  /** How many tokens have run out since the database was made, of people who waited or were active. */
  readonly lapsed: number;
  readonly admittedLastMinute: number;
  /** How long the one who is next has waited; 0 when nobody waits. */
  readonly headWaitingSeconds: number;
}

export function viewLine({ line, counters, admissions }: World, now: number): LineView {
  const head = line.nextWaitingAfter(0);
  return {
    waiting: line.waitingCount,
    active: line.activeCount,
    admitted: counters.admittedTotal,
    lapsed: counters.lapsedTotal + line.lapsedCount,
    admittedLastMinute: admissions.lastMinute(now),
    headWaitingSeconds: head === undefined ? 0 : Math.max(0, Math.floor((now - head.joinedAt) / 1000)),
  };
}
