import { expect, test } from 'bun:test';
import type { QueueId, TokenId } from '../../src/ids.ts';
import { Line } from '../../src/queue/line.ts';
import { LineCopy } from '../../src/queue/line-snapshot.ts';
import type { Token, TokenStatus } from '../../src/queue/token.ts';
import { POLICY, user } from '../support/rules.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const FIRST = 5_001;
const COUNT = 3_500;
const END = 1_000_000;

function token(queueId: number, status: TokenStatus): Token {
  return {
    tokenId: queueId as TokenId,
    userId: user(queueId),
    queueId: queueId as QueueId,
    status,
    joinedAt: 0,
    activeUntil: status === 'ACTIVE' ? END : 0,
    expiresAt: END,
    endedAt: status === 'EXPIRED' ? 0 : null,
  };
}

test('a copy of the line tells of every place what the line tells, wherever people left or entered', () => {
  const line = new Line(END);
  const random = new SeededRandom(7);
  for (let queueId = FIRST; queueId < FIRST + COUNT; queueId++) line.apply(token(queueId, 'WAITING'));
  const waits = new Map<number, boolean>();
  for (let queueId = FIRST; queueId < FIRST + COUNT; queueId++) {
    // A block of which all have left, and elsewhere every third.
    const leaves = (queueId >= FIRST + 1024 && queueId < FIRST + 2048) || random.next() < 1 / 3;
    waits.set(queueId, !leaves);
    if (leaves) line.apply(token(queueId, random.next() < 0.5 ? 'ACTIVE' : 'EXPIRED'));
  }
  const pace = { now: 0, free: 0, admittedLastMinute: 0 };
  // As it comes out of a cache.
  const json = JSON.stringify({ ...line.waitingPlaces(), policy: POLICY, pace });
  const copy = new LineCopy(JSON.parse(json));
  for (const [queueId, isWaiting] of waits) {
    expect(copy.ahead(queueId as QueueId)).toBe(isWaiting ? line.ahead(queueId as QueueId) : null);
  }
  for (const nobody of [1, FIRST - 1, FIRST + COUNT, END]) {
    expect(copy.ahead(nobody as QueueId)).toBeNull();
  }
});

test('a copy of an empty line has no place in it', () => {
  const pace = { now: 0, free: 0, admittedLastMinute: 0 };
  const copy = new LineCopy({ ...new Line(END).waitingPlaces(), policy: POLICY, pace });
  expect(copy.ahead(1 as QueueId)).toBeNull();
});
