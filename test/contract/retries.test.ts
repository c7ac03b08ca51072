import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { type Answer, type CallOptions, TestService } from '../support/service.ts';

const DAY_MS = 24 * 3600 * 1000;
const FAILURES = [
  ['7 characters', 'a'.repeat(7)],
  ['256 characters', 'a'.repeat(256)],
  ['a space', 'two words'],
  ['a letter that is not ASCII', 'clé-de-retry'],
  ['nothing', ''],
] as const;

let service: TestService;
beforeAll(async () => {
  service = await TestService.start({ fixture: { users: 1_000 } });
});
afterAll(() => service.stop());

/** Each test has users and seats of its own. */
let lastUser = 0;
let lastSeat = 0;
const newUser = () => ++lastUser;
const newSeats = (count: number) => Array.from({ length: count }, () => ++lastSeat);

const withKey = (key: string, options: CallOptions = {}): CallOptions => ({
  ...options,
  headers: { 'Idempotency-Key': key },
});
const isReplay = ({ headers }: Answer) => headers.get('idempotency-replayed');
const recharge = (userId: number, amount: number, key: string) =>
  service.post(`/v1/balance/users/${userId}/recharge`, withKey(key, { body: { amount } }));
const balance = async (userId: number) =>
  (await service.get(`/v1/balance/users/${userId}`)).body.currentAmount;
const reserve = (userId: number, token: number, seatIds: number[], key: string) =>
  service.post(
    '/v1/reservations',
    withKey(key, { token, body: { userId, concertId: 1, scheduleId: 1, seatIds } }),
  );
const pay = (userId: number, token: number, reservationId: number, key: string) =>
  service.post(`/v1/payments/users/${userId}`, withKey(key, { token, body: { reservationId } }));

describe('a request that comes again with its key', () => {
  test('does nothing, and is answered as it was, with a header that says so', async () => {
    const userId = newUser();
    const first = await recharge(userId, 500, 'recharge-1');
    const again = await recharge(userId, 500, 'recharge-1');
    expect(first).toMatchObject({ status: 200, body: { userId, currentAmount: 500 } });
    expect(isReplay(first)).toBeNull();
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(isReplay(again)).toBe('true');
    await recharge(userId, 500, 'recharge-2');
    // What was answered then, and not what is now.
    expect((await recharge(userId, 500, 'recharge-1')).body.currentAmount).toBe(500);
    expect(await balance(userId)).toBe(1_000);
  });

  test('has one effect and one answer when both come at once', async () => {
    const userId = newUser();
    const both = await Promise.all([1, 2].map(() => recharge(userId, 700, 'both-at-once')));
    expect(both.map(({ status, body }) => [status, body.currentAmount])).toEqual([
      [200, 700],
      [200, 700],
    ]);
    expect(both.map(isReplay).sort()).toEqual([null, 'true']);
    expect(await balance(userId)).toBe(700);
  });

  test('gives the same place in line', async () => {
    const userId = newUser();
    const path = `/v1/queue-tokens/users/${userId}`;
    const first = await service.post(path, withKey('join-the-line'));
    expect(isReplay(first)).toBeNull();
    const again = await service.post(path, withKey('join-the-line'));
    expect(again.body).toEqual(first.body);
    expect(isReplay(again)).toBe('true');
  });

  test('holds the seats once, and a later token of the user does as well as the first', async () => {
    const userId = newUser();
    const token = await service.join(userId);
    const seats = newSeats(2);
    const first = await reserve(userId, token, seats, 'hold-two-seats');
    expect(first.status).toBe(200);
    const again = await reserve(userId, token, seats, 'hold-two-seats');
    expect(again.body).toEqual(first.body);
    expect(isReplay(again)).toBe('true');
    await service.delete(`/v1/queue-tokens/users/${userId}`, { token });
    const later = await service.join(userId);
    for (const tokenId of [token, later]) {
      expect((await reserve(userId, tokenId, seats, 'hold-two-seats')).body).toEqual(first.body);
    }
  });

  test('is answered after the payment has ended the token', async () => {
    const userId = newUser();
    const token = await service.join(userId);
    await recharge(userId, 100_000, 'recharge-for-it');
    const { body: held } = await reserve(userId, token, newSeats(1), 'hold-one-seat');
    const first = await pay(userId, token, held.reservationId, 'pay-for-it');
    expect(first.body.paymentStatus).toBe('COMPLETED');
    const again = await pay(userId, token, held.reservationId, 'pay-for-it');
    expect(again.body).toEqual(first.body);
    expect(isReplay(again)).toBe('true');
    expect(await balance(userId)).toBe(100_000 - first.body.amount);
  });

  test('is refused without a token that was this user’s, so that nobody else is answered', async () => {
    const [userId, stranger] = [newUser(), newUser()];
    const token = await service.join(userId);
    const foreign = await service.join(stranger);
    const seats = newSeats(1);
    expect((await reserve(userId, token, seats, 'hold-my-seat')).status).toBe(200);
    for (const tokenId of [foreign, 123_456_789]) {
      const answer = await reserve(userId, tokenId, seats, 'hold-my-seat');
      expect(answer.body).toEqual({ code: 401, message: 'invalid token' });
    }
    const body = { userId, concertId: 1, scheduleId: 1, seatIds: seats };
    const without = await service.post('/v1/reservations', withKey('hold-my-seat', { body }));
    expect(without.status).toBe(401);
  });
});

describe('a key', () => {
  test('with another body is refused, and with the same body written otherwise is not', async () => {
    const userId = newUser();
    await recharge(userId, 5, 'one-key-only');
    const other = await recharge(userId, 6, 'one-key-only');
    expect(other.body).toEqual({ code: 422, message: 'idempotency key reused' });
    const options = withKey('one-key-only', { body: '{ "note": "again", "amount": 5.0 }' });
    const same = await service.post(`/v1/balance/users/${userId}/recharge`, {
      ...options,
      headers: { ...options.headers, 'content-type': 'application/json' },
    });
    expect(isReplay(same)).toBe('true');
    expect(await balance(userId)).toBe(5);
  });

  test('is one of a user and of an operation', async () => {
    const [one, two] = [newUser(), newUser()];
    const key = 'shared-by-all';
    const token = (await service.post(`/v1/queue-tokens/users/${one}`, withKey(key))).body.tokenId;
    const answers = [
      await recharge(one, 100, key),
      await recharge(two, 200, key),
      await reserve(one, token, newSeats(1), key),
    ];
    expect(answers.map(isReplay)).toEqual([null, null, null]);
    expect([await balance(one), await balance(two)]).toEqual([100, 200]);
  });

  test('of a request that was refused is free: it changed nothing', async () => {
    const userId = newUser();
    const token = await service.join(userId);
    const { body: held } = await reserve(userId, token, newSeats(1), 'hold-before-money');
    expect((await pay(userId, token, held.reservationId, 'pay-when-rich')).body.message).toBe(
      'not enough balance',
    );
    await recharge(userId, 100_000, 'money-at-last');
    const paid = await pay(userId, token, held.reservationId, 'pay-when-rich');
    expect(paid.status).toBe(200);
    expect(isReplay(paid)).toBeNull();
  });

  for (const [what, key] of FAILURES) {
    test(`of ${what} is refused before anything else`, async () => {
      const userId = newUser();
      const message = 'invalid Idempotency-Key';
      const body = { userId, concertId: 1, scheduleId: 1, seatIds: [1] };
      for (const [path, options] of [
        [`/v1/queue-tokens/users/${userId}`, {}],
        [`/v1/balance/users/${userId}/recharge`, { body: { amount: 1 } }],
        [`/v1/payments/users/${userId}`, { body: { reservationId: 1 } }],
        ['/v1/reservations', { body }],
      ] as const) {
        expect((await service.post(path, withKey(key, options))).body).toEqual({ code: 400, message });
      }
      expect((await service.get(`/v1/queue-tokens/users/${userId}`)).status).toBe(404);
    });
  }

  test('of 8 and of 255 characters, the first and the last of visible ASCII among them, is taken', async () => {
    for (const key of ['!~345678', '~'.repeat(255)]) {
      const userId = newUser();
      await recharge(userId, 1, key);
      expect(isReplay(await recharge(userId, 1, key))).toBe('true');
    }
  });
});

describe('an answer', () => {
  test('is kept over a restart', async () => {
    const userId = newUser();
    const first = await recharge(userId, 900, 'before-the-stop');
    await service.restart();
    const again = await recharge(userId, 900, 'before-the-stop');
    expect(again.body).toEqual(first.body);
    expect(isReplay(again)).toBe('true');
  });

  test('is kept for 24 hours to the millisecond, and then its key is free', async () => {
    const userId = newUser();
    await recharge(userId, 1, 'for-a-day-only');
    service.clock.jump(DAY_MS - 1);
    expect(isReplay(await recharge(userId, 1, 'for-a-day-only'))).toBe('true');
    service.clock.jump(1);
    // No sweep has come by: the alarm has not rung.
    const anew = await recharge(userId, 1, 'for-a-day-only');
    expect(isReplay(anew)).toBeNull();
    expect(anew.body.currentAmount).toBe(2);
    expect(isReplay(await recharge(userId, 1, 'for-a-day-only'))).toBe('true');
  });

  test('is swept when it is kept no longer, a bounded part at a time, and younger ones stay', async () => {
    const own = await TestService.start({ fixture: { users: 1_200 } });
    const client = createClient({ url: own.databaseUrl });
    const kept = async () =>
      (await client.execute('select count(*) from idempotency_keys')).rows.map((row) => row[0]);
    const rechargeAll = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, index) =>
          own.post(
            `/v1/balance/users/${from + index}/recharge`,
            withKey('swept-one-day', { body: { amount: 1 } }),
          ),
        ),
      );
    try {
      await rechargeAll(1, 1_101);
      await own.pass(1_000);
      await rechargeAll(1_101, 1_201);
      await own.pass(DAY_MS - 1_001);
      expect(await kept()).toEqual([1_200]);
      await own.pass(1);
      expect(await kept()).toEqual([700]);
      await own.pass(1);
      await own.pass(1);
      expect(await kept()).toEqual([100]);
      await own.restart();
      await own.pass(999);
      expect(await kept()).toEqual([0]);
    } finally {
      client.close();
      await own.stop();
    }
  });

  test('asking for the token again shows a sign of life, under a key as well', async () => {
    const busy = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '1' } });
    try {
      await busy.join(1);
      const path = '/v1/queue-tokens/users/2';
      const { body } = await busy.post(path, withKey('still-there'));
      for (let times = 0; times < 3; times++) {
        await busy.pass(599_000);
        expect((await busy.post(path, withKey('still-there'))).body).toEqual(body);
      }
      const { body: now } = await busy.get(path);
      expect(now.tokenId).toBe(body.tokenId);
    } finally {
      await busy.stop();
    }
  });
});
