import { expect, test } from 'bun:test';
import type { QueueId, TokenId, UserId } from '../../src/ids.ts';
import { WaitingLine } from '../../src/queue/waiting-line.ts';
import { SeededRandom } from '../support/service.ts';

interface Place {
  userId: UserId;
  queueId: QueueId;
  expiresAt: number;
}

/** What each operation's share of the steps is; a run that leaves one out reaches states that others never see. */
interface Weights {
  readonly join: number;
  readonly leave: number;
  readonly renew: number;
  readonly admit: number;
  readonly pass: number;
}

/** Runs the line beside a plain list, and compares them after every step. Returns which operations took effect. */
function compareWithList(seed: number, steps: number, weights: Weights): Record<keyof Weights, number> {
  const random = new SeededRandom(seed);
  const below = (n: number): number => Math.floor(random.next() * n);
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const line = new WaitingLine();
  let list: Place[] = [];
  let now = 0;
  let lastQueueId = 0;
  const done = { join: 0, leave: 0, renew: 0, admit: 0, pass: 0 };

  const someone = (): UserId => (list[below(list.length)]?.userId ?? 1 + below(5_000)) as UserId;
  const operations: Record<keyof Weights, () => void> = {
    join() {
      const userId = (1 + below(5_000) * (2 ** 40 + 1)) as UserId;
      if (list.some((place) => place.userId === userId)) return;
      lastQueueId += 1 + (below(10) === 0 ? below(3) : 0);
      const place = { userId, queueId: lastQueueId as QueueId, expiresAt: now + 1 + below(500) };
      line.join({ ...place, tokenId: (userId + 7) as TokenId, joinedAt: now });
      list.push(place);
      done.join++;
    },
    leave() {
      const userId = someone();
      line.leave(userId);
      if (list.some((place) => place.userId === userId)) done.leave++;
      list = list.filter((place) => place.userId !== userId);
    },
    renew() {
      const userId = someone();
      const expiresAt = now + 1 + below(800);
      line.renew(userId, expiresAt);
      const place = list.find((p) => p.userId === userId);
      if (place === undefined) return;
      place.expiresAt = Math.max(place.expiresAt, expiresAt);
      done.renew++;
    },
    admit() {
      const head = line.nextAfter(0);
      expect(head?.queueId).toBe(list[0]?.queueId);
      if (head === undefined) return;
      line.leave(head.userId);
      list.shift();
      done.admit++;
    },
    pass() {
      now += below(100);
      const lapsed: number[] = [];
      line.lapse(now, ({ queueId }) => lapsed.push(queueId));
      const expected = list.filter(({ expiresAt }) => expiresAt <= now).map(({ queueId }) => Number(queueId));
      expect(lapsed.sort((a, b) => a - b)).toEqual(expected);
      list = list.filter(({ expiresAt }) => expiresAt > now);
      done.pass += lapsed.length;
    },
  };

  for (let step = 0; step < steps; step++) {
    let pick = random.next() * total;
    for (const [name, weight] of Object.entries(weights)) {
      pick -= weight;
      if (pick >= 0) continue;
      operations[name as keyof Weights]();
      break;
    }
    expect(line.size).toBe(list.length);
    const index = below(list.length);
    const place = list[index];
    if (place === undefined) continue;
    expect(line.ahead(place.userId)).toBe(index);
    expect(line.get(place.userId)).toMatchObject({ ...place, tokenId: place.userId + 7, status: 'WAITING' });
    expect(line.nextAfter(place.queueId)?.queueId).toBe(list[index + 1]?.queueId);
    expect(line.nextAfter(place.queueId - 1)?.queueId).toBe(place.queueId);
  }
  return done;
}

const runs: [name: string, weights: Weights][] = [
  ['everything', { join: 6, leave: 1, renew: 3, admit: 1, pass: 1 }],
  ['a line that only grows', { join: 1, leave: 0, renew: 1, admit: 0, pass: 0 }],
  ['a line that only drains at the head', { join: 3, leave: 0, renew: 0, admit: 3, pass: 0 }],
  ['people leave in the middle', { join: 5, leave: 4, renew: 0, admit: 0, pass: 0 }],
  ['silence', { join: 8, leave: 0, renew: 0, admit: 0, pass: 1 }],
];

for (const [name, weights] of runs) {
  for (const seed of [1, 2, 3]) {
    test(`the line is what a plain list is: ${name}, seed ${seed}`, () => {
      const done = compareWithList(seed, 4_000, weights);
      for (const [operation, weight] of Object.entries(weights)) {
        if (weight > 0) expect(done[operation as keyof Weights]).toBeGreaterThan(20);
      }
    });
  }
}

test('a user cannot wait twice, and nobody joins ahead of others', () => {
  const line = new WaitingLine();
  const at = (userId: number, queueId: number) =>
    line.join({
      userId: userId as UserId,
      tokenId: userId as TokenId,
      queueId: queueId as QueueId,
      joinedAt: 0,
      expiresAt: 10,
    });
  at(1, 5);
  expect(() => at(1, 6)).toThrow('already waits');
  expect(() => at(2, 5)).toThrow('not behind the line');
  at(2, 6);
  expect(line.size).toBe(2);
});

test('a place lapses at its millisecond, not one before', () => {
  const line = new WaitingLine();
  line.join({
    userId: 1 as UserId,
    tokenId: 1 as TokenId,
    queueId: 1 as QueueId,
    joinedAt: 0,
    expiresAt: 1000,
  });
  const lapsed: number[] = [];
  line.lapse(999, ({ userId }) => lapsed.push(userId));
  expect(lapsed).toEqual([]);
  line.lapse(1000, ({ userId }) => lapsed.push(userId));
  expect(lapsed).toEqual([1]);
});
