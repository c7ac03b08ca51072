import { heapStats } from 'bun:jsc';
import { expect, test } from 'bun:test';
import type { QueueId, TokenId, UserId } from '../../src/ids.ts';
import { Line } from '../../src/queue/line.ts';
import { ended, type Token } from '../../src/queue/token.ts';

const USER = 1 as UserId;
const waiting: Token = {
  tokenId: 7 as TokenId,
  userId: USER,
  queueId: 1 as QueueId,
  status: 'WAITING',
  joinedAt: 0,
  activeUntil: 0,
  expiresAt: 100,
  endedAt: null,
};
const active: Token = { ...waiting, status: 'ACTIVE', activeUntil: 200, expiresAt: 200 };

test('a token that lapsed while its batch was under way is what the batch made of it', () => {
  const line = new Line(600_000);
  line.apply(waiting);
  line.pass(100);
  expect(line.get(USER)).toBeUndefined();
  expect(line.lapsedOf(USER)).toMatchObject({ status: 'EXPIRED', endedAt: 100 });
  line.apply(active);
  expect(line.get(USER)).toEqual(active);
  expect(line.lapsedCount).toBe(0);
  expect([line.waitingCount, line.activeCount]).toEqual([0, 1]);
});

test('an active token whose end moved lapses at the new end, not at the old one', () => {
  const line = new Line(600_000);
  line.apply(active);
  line.apply({ ...active, expiresAt: 500 });
  line.pass(499);
  expect(line.activeCount).toBe(1);
  expect(line.isActive(active.tokenId)).toBe(true);
  line.pass(500);
  expect(line.activeCount).toBe(0);
  expect(line.isActive(active.tokenId)).toBe(false);
});

test('an end that moved to an earlier time counts too', () => {
  const line = new Line(600_000);
  line.apply({ ...active, expiresAt: 500 });
  line.apply({ ...active, expiresAt: 300 });
  line.pass(299);
  expect(line.activeCount).toBe(1);
  line.pass(300);
  expect(line.activeCount).toBe(0);
});

test('an ended token is written down once, and then forgotten', () => {
  const line = new Line(600_000);
  line.apply(active);
  line.pass(200);
  const [lapsed] = line.lapsedTokens(1);
  if (lapsed === undefined) throw new Error('nothing lapsed');
  line.apply(lapsed);
  expect(line.lapsedCount).toBe(0);
  expect(line.nextLapse).toBe(Number.POSITIVE_INFINITY);
});

test('a user who completed can wait again, behind everyone', () => {
  const line = new Line(600_000);
  line.apply(active);
  line.apply({ ...waiting, userId: 2 as UserId, tokenId: 8 as TokenId, queueId: 2 as QueueId });
  line.apply(ended(active, 'COMPLETED', 50));
  line.apply({ ...waiting, tokenId: 9 as TokenId, queueId: 3 as QueueId });
  expect(line.ahead(3 as QueueId)).toBe(1);
  expect(line.nextWaitingAfter(0)?.userId).toBe(2 as UserId);
});

test('those who have gone cost no memory, however many they were', () => {
  const line = new Line(600_000);
  Bun.gc(true);
  const before = heapStats().extraMemorySize;
  for (let number = 1; number <= 200_000; number++) {
    const userId = (1 + (number % 150_000)) as UserId;
    line.apply({ ...waiting, userId, tokenId: number as TokenId, queueId: number as QueueId });
    const head = number > 100 ? line.nextWaitingAfter(0) : undefined;
    if (head !== undefined) line.apply(ended(head, 'EXPIRED', 1));
  }
  Bun.gc(true);
  expect(line.waitingCount).toBe(100);
  // Blocks that stayed would be 8 MB, and entries of the index 5 MB.
  expect(heapStats().extraMemorySize - before).toBeLessThan(3_000_000);
});

test('a full renewal counts from now, also for a place that would have lasted longer', () => {
  const line = new Line(1_000);
  line.apply({ ...waiting, expiresAt: 90_000 });
  line.apply({
    ...active,
    userId: 2 as UserId,
    tokenId: 8 as TokenId,
    queueId: 2 as QueueId,
    expiresAt: 5_000,
  });
  line.renewAll(100);
  expect(line.get(USER)?.expiresAt).toBe(1_100);
  line.pass(1_099);
  expect(line.waitingCount).toBe(1);
  line.pass(1_100);
  expect([line.waitingCount, line.activeCount]).toEqual([0, 1]);
});
