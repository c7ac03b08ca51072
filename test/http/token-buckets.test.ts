import { expect, setDefaultTimeout, test } from 'bun:test';
import { TokenBuckets } from '../../src/http/token-buckets.ts';
import { SeededRandom } from '../support/seeded-random.ts';

// A million steps take a while where the machine is busy.
setDefaultTimeout(30_000);

const NOW = Date.parse('2026-07-04T01:00:00Z');

/** Takes what there is, and tells how many that were. */
function drain(buckets: TokenBuckets, key: string, now: number): number {
  let taken = 0;
  for (; buckets.look(key, now).tokens > 0; taken++) buckets.take(key, now);
  return taken;
}

test('a bucket that nobody has touched holds ten seconds of its rate', () => {
  for (const perSecond of [1, 3, 7, 100, 1_000]) {
    const buckets = new TokenBuckets(perSecond);
    expect(buckets.look('a', NOW)).toEqual({ tokens: 10 * perSecond, nextMs: 0 });
    expect(drain(buckets, 'a', NOW)).toBe(10 * perSecond);
    expect(drain(buckets, 'b', NOW)).toBe(10 * perSecond);
  }
});

for (const [perSecond, ms] of [
  [1, 1_000],
  [3, 334],
  [1_000, 1],
] as const) {
  test(`at ${perSecond} a second, the next token is there after ${ms} ms, and not 1 ms before`, () => {
    const buckets = new TokenBuckets(perSecond);
    drain(buckets, 'a', NOW);
    expect(buckets.look('a', NOW)).toEqual({ tokens: 0, nextMs: ms });
    expect(buckets.look('a', NOW + ms - 1).tokens).toBe(0);
    expect(buckets.look('a', NOW + ms).tokens).toBe(1);
    expect(buckets.look('a', NOW + ms + 1).tokens).toBe(ms === 1 ? 2 : 1);
  });
}

test('an empty bucket is full after ten seconds, and not 1 ms before, and holds no more however long it rests', () => {
  const buckets = new TokenBuckets(3);
  drain(buckets, 'a', NOW);
  expect(buckets.look('a', NOW + 9_999)).toEqual({ tokens: 29, nextMs: 1 });
  expect(buckets.look('a', NOW + 10_000)).toEqual({ tokens: 30, nextMs: 0 });
  expect(drain(buckets, 'a', NOW + 3_600_000)).toBe(30);
});

test('buckets hold what a plain count says, after any steps', () => {
  const random = new SeededRandom(7);
  for (const perSecond of [1, 3, 7, 60, 999]) {
    const buckets = new TokenBuckets(perSecond);
    const full = perSecond * 10_000;
    const plain = new Map<string, { ticks: number; at: number }>();
    let now = NOW;
    for (let step = 0; step < 20_000; step++) {
      now += Math.floor(random.next() ** 4 * 500);
      const key = String(Math.floor(random.next() * 4));
      const { ticks, at } = plain.get(key) ?? { ticks: full, at: now };
      const level = Math.min(full, ticks + (now - at) * perSecond);
      const { tokens, nextMs } = buckets.look(key, now);
      expect(tokens).toBe(Math.floor(level / 1_000));
      const later = (ms: number) => Math.floor(Math.min(full, level + ms * perSecond) / 1_000);
      if (level < full) expect([later(nextMs - 1), later(nextMs) > tokens]).toEqual([tokens, true]);
      else expect(nextMs).toBe(0);
      if (tokens > 0 && random.next() < 0.7) {
        buckets.take(key, now);
        plain.set(key, { ticks: level - 1_000, at: now });
      }
    }
  }
});

test('it is known whether some bucket is empty, until it holds a token again', () => {
  const buckets = new TokenBuckets(2);
  for (let left = 20; left > 0; left--) {
    expect(buckets.isAnyDry(NOW)).toBe(false);
    buckets.take('a', NOW);
  }
  buckets.take('b', NOW);
  expect(buckets.isAnyDry(NOW)).toBe(true);
  expect(buckets.isAnyDry(NOW + 499)).toBe(true);
  expect(buckets.isAnyDry(NOW + 500)).toBe(false);
});

test('a million strangers take no more than their share of memory, find full buckets, and help nobody who goes on', () => {
  const buckets = new TokenBuckets(1);
  let largest = 0;
  let taken = drain(buckets, 'greedy', NOW);
  for (let stranger = 0; stranger < 1_000_000; stranger++) {
    const key = `10.${stranger >> 16}.${(stranger >> 8) & 255}.${stranger & 255}`;
    if (buckets.look(key, NOW).tokens !== 10) throw new Error(`${key} is limited by others`);
    buckets.take(key, NOW);
    largest = Math.max(largest, buckets.size);
    // It comes back once in a second, and takes what there is.
    if (stranger % 10_000 === 0) taken += drain(buckets, 'greedy', NOW + stranger / 10);
  }
  expect(largest).toBe(65_536);
  expect(taken).toBe(10 + 99);
});
