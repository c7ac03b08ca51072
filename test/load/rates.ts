import type { Outcome, Seen } from './plan.ts';
import { isSound } from './report.ts';
import { type Spread, spreadOf } from './spread.ts';

/** Replies a second. */
export function rateOf(outcome: Outcome | undefined): number {
  return outcome === undefined ? Number.NaN : outcome.replies / outcome.seconds;
}

/** How much of one core the load used at most. */
export function busiest(outcomes: readonly Pick<Seen, 'driverBusy'>[]): number {
  return Math.max(0, ...outcomes.map(({ driverBusy }) => driverBusy ?? 0));
}

/**
 * One rate ÷ another, round by round, for the two sides of a round have seen the same machine. It is no number when a
 * request failed.
 */
export function ratioOf(subject: readonly Outcome[], reference: readonly Outcome[]): Spread {
  if (![...subject, ...reference].every(isSound)) return spreadOf([]);
  return spreadOf(subject.map((outcome, round) => rateOf(outcome) / rateOf(reference[round])));
}
