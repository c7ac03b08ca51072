import { afterEach, describe, expect, test } from 'bun:test';
import type { TokenId } from '../../src/ids.ts';
import { MINUTE_MS } from '../support/fixture.ts';
import { user } from '../support/rules.ts';
import { TestService } from '../support/service.ts';

const NOT_FOUND = { code: 404, message: 'user not found' };
const INVALID_TOKEN = { code: 401, message: 'invalid token' };

let service: TestService;
afterEach(async () => {
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

const statusOf = async (userId: number, token: number) =>
  (await service.get(`/v1/queue-status/users/${userId}`, { token })).body;

describe('issuing a token', () => {
  test('asking twice gives the same token and the same place', async () => {
    service = await TestService.start();
    const first = await service.post('/v1/queue-tokens/users/7');
    expect(Object.keys(first.body).sort()).toEqual(['createdAt', 'expiredAt', 'tokenId']);
    const second = await service.post('/v1/queue-tokens/users/7');
    expect(second.body).toEqual(first.body);
    expect((await statusOf(7, first.body.tokenId)).queueId).toBe(1);
  });

  test('two requests of one user at once give one token', async () => {
    service = await TestService.start();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.post('/v1/queue-tokens/users/7')),
    );
    expect(new Set(answers.map(({ body }) => body.tokenId)).size).toBe(1);
    expect((await statusOf(7, answers[0]?.body.tokenId)).queueId).toBe(1);
  });

  test('an unknown user is refused', async () => {
    service = await TestService.start();
    expect((await service.post('/v1/queue-tokens/users/101')).body).toEqual(NOT_FOUND);
    expect((await service.post('/v1/queue-tokens/users/9007199254740991')).status).toBe(404);
  });

  test('token ids are not in sequence, and queue ids are', async () => {
    service = await TestService.start();
    const tokens = [await service.join(1), await service.join(2), await service.join(3)];
    expect(new Set(tokens.map((token) => Math.floor(token / 1e9))).size).toBe(3);
    const places = [];
    for (const [index, token] of tokens.entries()) places.push((await statusOf(index + 1, token)).queueId);
    expect(places).toEqual([1, 2, 3]);
  });
});

describe('looking the token up', () => {
  test('it shows the live token, and refuses a user without one', async () => {
    service = await TestService.start();
    const issued = await service.post('/v1/queue-tokens/users/1');
    expect((await service.get('/v1/queue-tokens/users/1')).body).toEqual(issued.body);
    expect((await service.get('/v1/queue-tokens/users/2')).body).toEqual({
      code: 404,
      message: 'token not found',
    });
    expect((await service.get('/v1/queue-tokens/users/101')).body).toEqual(NOT_FOUND);
  });
});

describe('admission', () => {
  const environment = { QUEUE_ADMIT_BATCH: '2', QUEUE_ADMIT_INTERVAL_MS: '1000', QUEUE_MAX_ACTIVE: '5' };

  test('newcomers enter at once while the batch allows it, the others wait in order', async () => {
    service = await TestService.start({ environment });
    const tokens: number[] = [];
    for (let userId = 1; userId <= 7; userId++) tokens.push(await service.join(userId));
    const look = async () => {
      const seen = [];
      for (const [index, token] of tokens.entries()) {
        const { status, remainingWaitListCount } = await statusOf(index + 1, token);
        seen.push(status === 'WAITING' ? remainingWaitListCount : status);
      }
      return seen;
    };
    expect(await look()).toEqual(['ACTIVE', 'ACTIVE', 0, 1, 2, 3, 4]);
    await service.pass(999);
    expect(await look()).toEqual(['ACTIVE', 'ACTIVE', 0, 1, 2, 3, 4]);
    await service.pass(1);
    expect(await look()).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 0, 1, 2]);
    await service.pass(1000);
    expect(await look()).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 0, 1]);
    await service.pass(30_000);
    expect(await look()).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 0, 1]);
  });

  test('intervals that were missed do not pile up into one flood', async () => {
    service = await TestService.start({ environment: { ...environment, QUEUE_MAX_ACTIVE: '50' } });
    const tokens: number[] = [];
    for (let userId = 1; userId <= 10; userId++) tokens.push(await service.join(userId));
    await service.pass(5_500);
    const active = [];
    for (const [index, token] of tokens.entries()) active.push((await statusOf(index + 1, token)).status);
    expect(active.filter((status) => status === 'ACTIVE')).toHaveLength(4);
  });

  test('a slot freed by a leave goes to the next in line at once, also when the limit was what held it back', async () => {
    service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '1' } });
    const [first, second, third] = [await service.join(1), await service.join(2), await service.join(3)];
    expect((await statusOf(2, second)).status).toBe('WAITING');
    const left = await service.delete('/v1/queue-tokens/users/1', { token: first });
    expect(left.body).toEqual({ tokenId: first, status: 'EXPIRED' });
    expect((await statusOf(2, second)).status).toBe('ACTIVE');
    expect(await statusOf(3, third)).toMatchObject({ status: 'WAITING', remainingWaitListCount: 0 });
  });

  test('a slot freed by a lapse goes to the next in line at that millisecond', async () => {
    service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '1' } });
    await service.join(1);
    const second = await service.join(2);
    await service.pass(5 * MINUTE_MS);
    await statusOf(2, second);
    await service.pass(5 * MINUTE_MS - 1);
    expect((await statusOf(2, second)).status).toBe('WAITING');
    await service.pass(1);
    expect((await statusOf(2, second)).status).toBe('ACTIVE');
  });

  test('what one commit leaves over of a batch is admitted at once, without waiting for the next interval', async () => {
    service = await TestService.start({
      fixture: { users: 1_300 },
      environment: { QUEUE_ADMIT_BATCH: '1200', QUEUE_MAX_ACTIVE: '2000' },
    });
    const joining = Array.from({ length: 1_300 }, (_, index) =>
      service.desk.submit({ kind: 'issue-token', userId: user(index + 1) }),
    );
    await Promise.all(joining);
    expect((await service.line()).active).toBe(500);
    await service.pass(0);
    await service.pass(0);
    expect(await service.line()).toMatchObject({ active: 1_200, waiting: 100 });
    await service.pass(999);
    expect((await service.line()).waiting).toBe(100);
    await service.pass(1);
    expect((await service.line()).waiting).toBe(0);
  });

  test('a slot freed by a lapse is given on although the sweep has just come by and nobody asks', async () => {
    service = await TestService.start({
      environment: { QUEUE_MAX_ACTIVE: '1', TOKEN_WAITING_SECONDS: '60', TOKEN_ACTIVE_SECONDS: '61' },
    });
    await service.join(1);
    await service.pass(500);
    await service.join(2);
    await service.pass(MINUTE_MS / 2);
    await service.join(3);
    // User 2 lapses, and is swept, half a second before user 1 lapses.
    await service.pass(MINUTE_MS / 2);
    expect(await service.line()).toMatchObject({ waiting: 1, active: 1, lapsed: 1, admitted: 1 });
    await service.pass(499);
    expect((await service.line()).admitted).toBe(1);
    await service.pass(1);
    expect(await service.line()).toMatchObject({ waiting: 0, active: 1, admitted: 2 });
  });

  test('a slot freed by a payment goes to the next in line at once', async () => {
    service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '1' } });
    const [first, second] = [await service.join(1), await service.join(2)];
    await service.post('/v1/balance/users/1/recharge', { body: { amount: 100_000 } });
    const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
    const { reservationId } = (await service.post('/v1/reservations', { token: first, body })).body;
    const paid = await service.post('/v1/payments/users/1', { token: first, body: { reservationId } });
    expect(paid.status).toBe(200);
    expect((await statusOf(2, second)).status).toBe('ACTIVE');
  });
});

describe('the status', () => {
  test('a token of somebody else, a missing and a malformed one are refused alike', async () => {
    service = await TestService.start();
    const [mine, theirs] = [await service.join(1), await service.join(2)];
    for (const token of [theirs, mine + 1, 'abc', '', '0', '-1', '1.5', '12345678901234567890']) {
      expect((await service.get('/v1/queue-status/users/1', { token })).body).toEqual(INVALID_TOKEN);
    }
    expect((await service.get('/v1/queue-status/users/1')).body).toEqual(INVALID_TOKEN);
    expect((await service.get('/v1/queue-status/users/101', { token: mine })).body).toEqual(NOT_FOUND);
  });

  test('while waiting it says when to ask again: the head soon, a long line seldom', async () => {
    service = await TestService.start({
      fixture: { users: 1000 },
      environment: { QUEUE_MAX_ACTIVE: '1', QUEUE_ADMIT_BATCH: '1' },
    });
    const active = await service.join(1);
    const head = await service.join(2);
    for (let userId = 3; userId < 400; userId++) await service.join(userId);
    const last = await service.join(400);
    const retryAfter = async (userId: number, token: number) =>
      (await service.get(`/v1/queue-status/users/${userId}`, { token })).headers.get('retry-after');
    expect(await retryAfter(1, active)).toBeNull();
    expect(await retryAfter(2, head)).toBe('1');
    const toTheTurn = Number(await retryAfter(400, last));
    expect(toTheTurn).toBeGreaterThanOrEqual(10);
    expect(toTheTurn).toBeLessThanOrEqual(30);
  });

  test('without a free slot, it says so by how many were admitted in the last minute', async () => {
    service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '10' } });
    const tokens: number[] = [];
    for (let userId = 1; userId <= 13; userId++) tokens.push(await service.join(userId));
    const retryAfter = async (userId: number) => {
      const token = tokens[userId - 1] ?? 0;
      return (await service.get(`/v1/queue-status/users/${userId}`, { token })).headers.get('retry-after');
    };
    // Ten a minute: one slot every six seconds, and whoever is next could have one any time.
    expect([await retryAfter(11), await retryAfter(12), await retryAfter(13)]).toEqual(['1', '3', '6']);
    await service.pass(MINUTE_MS);
    // None: now it is a minute until a window runs out.
    expect(await retryAfter(11)).toBe('1');
    expect(Number(await retryAfter(12))).toBeGreaterThanOrEqual(10);
  });

  test('two users with one token in one batch: its owner is answered, the other is not', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    await service.join(2);
    await service.delete('/v1/queue-tokens/users/1', { token });
    const poll = (userId: number) =>
      service.desk.submit({ kind: 'poll', userId: user(userId), tokenId: token as TokenId });
    const [owner, other] = await Promise.all([poll(1), poll(2)]);
    expect(owner).toMatchObject({ ok: true, value: { status: 'EXPIRED' } });
    expect(other).toEqual({ ok: false, reason: 'invalid token' });
  });

  test('the final status of a token that ended is shown for ten minutes', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    await service.delete('/v1/queue-tokens/users/1', { token });
    await service.pass(10 * MINUTE_MS - 1);
    expect(await statusOf(1, token)).toEqual({
      queueId: 1,
      joinAt: '2026-07-04T01:00:00',
      status: 'EXPIRED',
      remainingWaitListCount: 0,
    });
    expect((await service.get('/v1/queue-tokens/users/1')).body).toEqual({
      code: 404,
      message: 'token not found',
    });
    await service.pass(1);
    expect(await statusOf(1, token)).toEqual(INVALID_TOKEN);
  });

  test('an old token shows its final status while the user already has a new one', async () => {
    service = await TestService.start();
    const old = await service.join(1);
    await service.delete('/v1/queue-tokens/users/1', { token: old });
    const live = await service.join(1);
    expect(live).not.toBe(old);
    expect((await statusOf(1, old)).status).toBe('EXPIRED');
    expect(await statusOf(1, live)).toMatchObject({ status: 'ACTIVE', queueId: 2 });
  });
});

describe('lapsing', () => {
  const environment = { QUEUE_MAX_ACTIVE: '1', TOKEN_WAITING_SECONDS: '60', TOKEN_ACTIVE_SECONDS: '3600' };

  test('a waiting place lapses exactly when nobody has asked for it in time', async () => {
    service = await TestService.start({ environment });
    await service.join(1);
    const token = await service.join(2);
    await service.pass(MINUTE_MS - 1);
    const looked = await service.get('/v1/queue-tokens/users/2');
    expect(looked.body.expiredAt).toBe('2026-07-04T01:01:59');
    await service.pass(MINUTE_MS - 1);
    expect((await statusOf(2, token)).status).toBe('WAITING');
    await service.pass(MINUTE_MS);
    expect((await statusOf(2, token)).status).toBe('EXPIRED');
    expect((await service.get('/v1/queue-tokens/users/2')).status).toBe(404);
  });

  test('asking for the token again renews the place as a poll does', async () => {
    service = await TestService.start({ environment });
    await service.join(1);
    const token = await service.join(2);
    for (let minutes = 0; minutes < 3; minutes++) {
      await service.pass(MINUTE_MS - 1);
      expect(await service.join(2)).toBe(token);
    }
    await service.pass(MINUTE_MS - 1);
    expect(await statusOf(2, token)).toMatchObject({ status: 'WAITING', queueId: 2 });
  });

  test('who goes silent holds nobody up: everyone behind moves up at that millisecond', async () => {
    service = await TestService.start({ environment });
    await service.join(1);
    await service.join(2);
    const behind = await service.join(3);
    await service.pass(MINUTE_MS - 1);
    expect((await statusOf(3, behind)).remainingWaitListCount).toBe(1);
    await service.pass(1);
    expect((await statusOf(3, behind)).remainingWaitListCount).toBe(0);
  });

  test('who lapsed since the last sweep is told so', async () => {
    service = await TestService.start({ environment });
    await service.join(1);
    await service.join(2);
    await service.pass(500);
    const token = await service.join(3);
    await service.pass(MINUTE_MS - 500);
    // User 2 has been swept; the next sweep is a second away.
    await service.pass(500);
    expect(await statusOf(3, token)).toMatchObject({ queueId: 3, status: 'EXPIRED' });
    expect(await service.join(3)).not.toBe(token);
    expect(await service.line()).toMatchObject({ waiting: 1, lapsed: 2 });
  });

  test('a client that asks when it is told to keeps its place, however short that lasts', async () => {
    service = await TestService.start({ environment: { ...environment, TOKEN_WAITING_SECONDS: '2' } });
    for (let userId = 1; userId <= 50; userId++) await service.join(userId);
    const { tokenId } = (await service.get('/v1/queue-tokens/users/50')).body;
    for (let polls = 0; polls < 20; polls++) {
      const answer = await service.get('/v1/queue-status/users/50', { token: tokenId });
      expect(answer.body.status).toBe('WAITING');
      await service.pass(Number(answer.headers.get('retry-after')) * 1000);
    }
  });

  test('who lapsed joins again at the end, even before the sweep has come by', async () => {
    service = await TestService.start({ environment });
    await service.join(1);
    const old = await service.join(2);
    const behind = await service.join(3);
    service.clock.jump(MINUTE_MS - 1);
    await statusOf(3, behind);
    service.clock.jump(1);
    const again = await service.join(2);
    expect(again).not.toBe(old);
    expect(await statusOf(2, again)).toMatchObject({ queueId: 4, remainingWaitListCount: 1 });
    expect((await statusOf(2, old)).status).toBe('EXPIRED');
  });

  test('an active token opens the gate until one millisecond before its end', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    await service.pass(10 * MINUTE_MS - 1);
    expect((await service.get('/v1/concerts/1/schedules', { token })).status).toBe(200);
    await service.pass(1);
    expect((await service.get('/v1/concerts/1/schedules', { token })).body).toEqual(INVALID_TOKEN);
    expect((await statusOf(1, token)).status).toBe('EXPIRED');
  });
});

describe('leaving', () => {
  test('the place is gone at once, and so are unpaid holds', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1, 2] };
    await service.post('/v1/reservations', { token, body });
    await service.delete('/v1/queue-tokens/users/1', { token });
    expect((await service.get('/v1/concerts/1/schedules', { token })).body).toEqual(INVALID_TOKEN);
    const other = await service.join(2);
    const taken = await service.post('/v1/reservations', { token: other, body: { ...body, userId: 2 } });
    expect(taken.status).toBe(200);
    const mine = await service.get('/v1/reservations/users/1');
    expect(mine.body.reservations[0].reservationStatus).toBe('CANCELLED');
  });

  test('only with the own, live token', async () => {
    service = await TestService.start();
    const [mine, theirs] = [await service.join(1), await service.join(2)];
    const leave = async (userId: number, token?: number) =>
      (await service.delete(`/v1/queue-tokens/users/${userId}`, token === undefined ? {} : { token })).body;
    expect(await leave(1)).toEqual(INVALID_TOKEN);
    expect(await leave(1, theirs)).toEqual(INVALID_TOKEN);
    expect(await leave(101, theirs)).toEqual(NOT_FOUND);
    expect(await leave(1, mine)).toMatchObject({ status: 'EXPIRED' });
    expect(await leave(1, mine)).toEqual(INVALID_TOKEN);
    expect((await statusOf(2, theirs)).status).toBe('ACTIVE');
  });
});
