import { expect, test } from 'bun:test';
import type { QueueId, TokenId, UserId } from '../../src/ids.ts';
import { Line } from '../../src/queue/line.ts';
import { ended, type Token } from '../../src/queue/token.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const STEPS = 100_000;
const USERS = 20_000;
const WAITING_MS = 500;

/** How often each operation comes, beside the others; a run that leaves one out reaches states that others never see. */
interface Weights {
  readonly join: number;
  readonly leave: number;
  readonly renew: number;
  readonly admit: number;
  readonly move: number;
  readonly pass: number;
  readonly sweep: number;
}

/** What the line is to be: a plain list of who waits, and every token by its user. */
class Lists {
  /** The numbers in line of those who wait. */
  readonly waiting: number[] = [];
  /** Those who are active. */
  active: UserId[] = [];
  readonly live = new Map<UserId, Token>();
  readonly lapsed = new Map<UserId, Token>();
  private readonly users = new Map<number, UserId>();

  /** The one who waits with this many ahead. */
  at(rank: number): Token | undefined {
    const userId = this.users.get(this.waiting[rank] ?? 0);
    return userId === undefined ? undefined : this.live.get(userId);
  }

  apply(token: Token): void {
    const { userId, queueId } = token;
    if (this.lapsed.get(userId)?.queueId === queueId) this.lapsed.delete(userId);
    const before = this.live.get(userId);
    if (before?.status !== token.status) {
      if (before?.status === 'WAITING') this.waiting.splice(this.waiting.indexOf(queueId), 1);
      if (before?.status === 'ACTIVE') this.active = this.active.filter((other) => other !== userId);
      if (token.status === 'WAITING') this.waiting.push(queueId);
      if (token.status === 'ACTIVE') this.active.push(userId);
    }
    this.users.set(queueId, userId);
    if (token.endedAt === null) this.live.set(userId, token);
    else this.live.delete(userId);
  }

  renew(userId: UserId, now: number): void {
    const token = this.live.get(userId);
    if (token?.status !== 'WAITING') return;
    this.live.set(userId, { ...token, expiresAt: Math.max(token.expiresAt, now + WAITING_MS) });
  }

  pass(now: number): void {
    for (const token of [...this.live.values()]) {
      if (token.expiresAt > now) continue;
      const over = ended(token, 'EXPIRED', token.expiresAt);
      this.apply(over);
      this.lapsed.set(token.userId, over);
    }
  }
}

/** Does the same to the line and to the lists, and compares them after each step. Tells how often each operation took effect. */
function compareWithLists(seed: number, weights: Weights): Record<keyof Weights | 'emptied', number> {
  const random = new SeededRandom(seed);
  const below = (n: number): number => Math.floor(random.next() * n);
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const line = new Line(WAITING_MS);
  const lists = new Lists();
  const done = { join: 0, leave: 0, renew: 0, admit: 0, move: 0, pass: 0, sweep: 0, emptied: 0 };
  let wasEmpty = true;
  let now = 0;
  let lastQueueId = 4_000_000_000;

  const apply = (token: Token): void => {
    line.apply(token);
    lists.apply(token);
  };
  const someone = (): UserId => {
    const userId =
      below(2) === 0
        ? lists.at(below(lists.waiting.length))?.userId
        : lists.active[below(lists.active.length)];
    return userId ?? (below(USERS) as UserId);
  };
  const operations: Record<keyof Weights, () => boolean> = {
    join() {
      const userId = ((1 + below(USERS)) * (2 ** 36 + 1)) as UserId;
      if (lists.live.has(userId)) return false;
      const lapsed = lists.lapsed.get(userId);
      if (lapsed !== undefined) apply(lapsed);
      // Numbers are left out where somebody joined and left within one batch.
      lastQueueId += 1 + (below(50) === 0 ? below(3_000) : 0);
      const isActive = lists.waiting.length === 0 && below(10) === 0;
      const end = now + 1 + below(2 * WAITING_MS);
      apply({
        tokenId: (userId + 7) as TokenId,
        userId,
        queueId: lastQueueId as QueueId,
        status: isActive ? 'ACTIVE' : 'WAITING',
        joinedAt: now,
        activeUntil: isActive ? end : 0,
        expiresAt: end,
        endedAt: null,
      });
      return true;
    },
    leave() {
      const token = lists.live.get(someone());
      if (token !== undefined) apply(ended(token, 'EXPIRED', now));
      return token !== undefined;
    },
    renew() {
      const userId = someone();
      const renewed = line.renew(userId, now);
      lists.renew(userId, now);
      expect(renewed).toEqual(lists.live.get(userId));
      return lists.live.get(userId)?.status === 'WAITING';
    },
    admit() {
      const head = line.nextWaitingAfter(0);
      expect(head).toEqual(lists.at(0));
      const next = lists.waiting.slice(0, 1 + below(20));
      const end = now + 1 + below(2 * WAITING_MS);
      for (const queueId of next) {
        const token = lists.at(0);
        expect(token?.queueId).toBe(queueId as QueueId);
        if (token !== undefined) apply({ ...token, status: 'ACTIVE', activeUntil: end, expiresAt: end });
      }
      return next.length > 1;
    },
    move() {
      const userId = lists.active[below(lists.active.length)];
      const token = userId === undefined ? undefined : lists.live.get(userId);
      if (token !== undefined) apply({ ...token, expiresAt: now + 1 + below(3 * WAITING_MS) });
      return token !== undefined;
    },
    pass() {
      const lapsedBefore = lists.lapsed.size;
      now += below(30);
      line.pass(now);
      lists.pass(now);
      return lists.lapsed.size > lapsedBefore;
    },
    sweep() {
      const max = 1 + below(50);
      const swept = line.lapsedTokens(max);
      expect(swept.length).toBe(Math.min(max, lists.lapsed.size));
      for (const token of swept) {
        expect(token).toEqual(lists.lapsed.get(token.userId) as Token);
        apply(token);
      }
      return swept.length > 0;
    },
  };
  const compareOne = (): void => {
    const at = below(lists.waiting.length);
    const token = lists.at(at);
    if (token !== undefined) {
      expect(line.ahead(token.queueId)).toBe(at);
      expect(line.get(token.userId)).toEqual(token);
      expect(line.isActive(token.tokenId)).toBe(false);
      expect(line.nextWaitingAfter(token.queueId)).toEqual(lists.at(at + 1));
      expect(line.nextWaitingAfter(token.queueId - 1)).toEqual(token);
    }
    const inside = lists.live.get(lists.active[below(lists.active.length)] as UserId);
    if (inside !== undefined) {
      expect(line.get(inside.userId)).toEqual(inside);
      expect(line.isActive(inside.tokenId)).toBe(true);
    }
    for (const over of lists.lapsed.values()) {
      expect(line.get(over.userId)).toBeUndefined();
      expect(line.lapsedOf(over.userId)).toEqual(over);
      expect(line.isActive(over.tokenId)).toBe(false);
      break;
    }
  };

  for (let step = 0; step < STEPS; step++) {
    let pick = random.next() * total;
    for (const [name, weight] of Object.entries(weights) as [keyof Weights, number][]) {
      pick -= weight;
      if (pick >= 0) continue;
      if (operations[name]()) done[name]++;
      break;
    }
    const counts = [lists.waiting.length, lists.active.length, lists.lapsed.size];
    expect([line.waitingCount, line.activeCount, line.lapsedCount]).toEqual(counts);
    compareOne();
    const isEmpty = counts.every((count) => count === 0);
    if (isEmpty && !wasEmpty) done.emptied++;
    wasEmpty = isEmpty;
    expect(line.nextLapse).toBeGreaterThan(now - 1);
  }
  return done;
}

const everything: Weights = {
  join: 12,
  leave: 1,
  renew: 6,
  admit: 1,
  move: 1,
  pass: 0.5,
  sweep: 0.5,
};

const runs: [name: string, seed: number, weights: Weights][] = [
  ['everything', 1, everything],
  ['nobody leaves or lapses', 2, { ...everything, leave: 0, pass: 0, sweep: 0, renew: 0 }],
  ['nobody is admitted', 3, { ...everything, admit: 0, move: 0 }],
  ['nobody joins behind the first few', 4, { ...everything, join: 2, admit: 2, leave: 2 }],
  ['nothing that ran out is written down', 5, { ...everything, sweep: 0, pass: 0.05 }],
  ['silence', 6, { ...everything, renew: 0, leave: 0, admit: 0.2, move: 0 }],
  // Another one at each run: whichever fails is to be added to those above.
  ['everything, once more', Math.floor(Math.random() * 2 ** 31), everything],
];

test('the line is what plain lists are: it empties again and again, seed 7', () => {
  const weights = { join: 1, leave: 3, renew: 1, admit: 1, move: 0, pass: 60, sweep: 10 };
  expect(compareWithLists(7, weights).emptied).toBeGreaterThan(500);
});

for (const [name, seed, weights] of runs) {
  test(`the line is what plain lists are: ${name}, seed ${seed}`, () => {
    const done = compareWithLists(seed, weights);
    for (const [operation, weight] of Object.entries(weights)) {
      if (weight > 0) expect(done[operation as keyof Weights]).toBeGreaterThan(100);
    }
  }, 120_000);
}
