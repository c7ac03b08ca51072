import { expect, test } from 'bun:test';
import type { Outcome } from './plan.ts';
import { ratioOf } from './rates.ts';

const outcome = (replies: number, failures = {}): Outcome => ({
  replies,
  seconds: 2,
  failures,
  p50Ms: 1,
  p99Ms: 1,
  maxMs: 1,
  asked: replies,
  driverBusy: 0.5,
});

test('rates are compared round by round, and not at all when a request failed', () => {
  const references = [outcome(10), outcome(20), outcome(40)];
  const subject = [outcome(10), outcome(10), outcome(10)];
  expect(ratioOf(subject, references)).toEqual({ median: 0.5, min: 0.25, max: 1 });
  expect(ratioOf([outcome(10, { 500: 1 })], [outcome(10)]).median).toBeNaN();
  expect(ratioOf([outcome(10)], [outcome(10, { closed: 1 })]).median).toBeNaN();
});
