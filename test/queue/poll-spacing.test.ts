import { expect, test } from 'bun:test';
import type { TokenId } from '../../src/ids.ts';
import { retryAfterSeconds } from '../../src/queue/poll-spacing.ts';
import { POLICY } from '../support/rules.ts';

/** Whose turn is at the second 0 of each round. */
const someone = (30 * 4 * 3 * 7 * 11 * 13) as TokenId;
const policy = { ...POLICY, admitBatch: 100, admitIntervalMs: 1_000, activeMax: 1_000, activeMs: 600_000 };

test('as long as there are slots, the batches set the pace: half of the wait, from 1 to 30 seconds', () => {
  const pace = { now: 0, free: 100_000, admittedLastMinute: 0 };
  const after = (ahead: number) => retryAfterSeconds(someone, ahead, policy, pace);
  expect([0, 99, 199, 200, 1_000, 5_899, 5_900, 90_000].map(after)).toEqual([1, 1, 1, 2, 6, 30, 30, 30]);
});

test('without a slot, the last minute does; whoever is next asks every second', () => {
  const pace = { now: 0, free: 0, admittedLastMinute: 600 };
  const after = (ahead: number) => retryAfterSeconds(someone, ahead, policy, pace);
  expect([0, 10, 20, 100, 590, 600, 1_000].map(after)).toEqual([1, 1, 1, 5, 30, 30, 30]);
});

test('in a minute in which nobody was admitted, the windows that run out do', () => {
  const pace = { now: 0, free: 0, admittedLastMinute: 0 };
  expect([1, 20, 60].map((ahead) => retryAfterSeconds(someone, ahead, policy, pace))).toEqual([1, 6, 18]);
});

test('who comes behind the last free slot waits for the slots that come free', () => {
  const pace = { now: 0, free: 50, admittedLastMinute: 60 };
  expect([49, 50, 60, 70].map((ahead) => retryAfterSeconds(someone, ahead, policy, pace))).toEqual([
    1, 1, 3, 6,
  ]);
});

test('never so late that the place has lapsed by then', () => {
  const pace = { now: 0, free: 0, admittedLastMinute: 0 };
  const after = (waitingMs: number) => retryAfterSeconds(someone, 10_000, { ...policy, waitingMs }, pace);
  expect([2_000, 3_000, 4_000, 20_000, 60_000, 62_000].map(after)).toEqual([1, 1, 2, 10, 30, 30]);
});

test('when the limit has become lower, those slots must come free first', () => {
  const pace = { now: 0, free: -60, admittedLastMinute: 600 };
  expect([0, 60].map((ahead) => retryAfterSeconds(someone, ahead, policy, pace))).toEqual([3, 6]);
});

test('whoever asks when told to, and moves up at the present rate, asks a handful of times', () => {
  const pace = { now: 0, free: 0, admittedLastMinute: 600 };
  let asked = 0;
  for (let seconds = 0; seconds < 60; asked++) {
    seconds += retryAfterSeconds(someone, Math.max(0, (60 - seconds) * 10), policy, pace);
  }
  expect(asked).toBeGreaterThan(3);
  expect(asked).toBeLessThan(10);
});

test('those who are far off have their turns, spread over the round, and come to them by what they are told', () => {
  const pace = { free: 0, admittedLastMinute: 600 };
  const turns = new Set<number>();
  for (let index = 0; index < 300; index++) {
    const tokenId = (Number.MAX_SAFE_INTEGER - index) as TokenId;
    let now = 1_000_000_000 + index * 137;
    const told: number[] = [];
    for (let asked = 0; asked < 4; asked++) {
      const seconds = retryAfterSeconds(tokenId, 50_000, policy, { ...pace, now });
      told.push(seconds);
      now += seconds * 1000;
    }
    expect(Math.min(...told)).toBeGreaterThanOrEqual(10);
    expect(told.slice(2)).toEqual([30, 30]);
    turns.add(Math.floor(now / 1000) % 30);
    expect(retryAfterSeconds(tokenId, 100, policy, { ...pace, now })).toBe(5);
  }
  expect(turns.size).toBe(30);
});
