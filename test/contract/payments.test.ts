import { afterEach, describe, expect, test } from 'bun:test';
import { DAY_MS, MINUTE_MS } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';

const INVALID_TOKEN = { code: 401, message: 'invalid token' };
const NOT_FOUND = { code: 404, message: 'reservation not found' };
const EXPIRED = { code: 400, message: 'reservation expired' };

let service: TestService;
afterEach(async () => {
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

const balance = async (userId: number) =>
  (await service.get(`/v1/balance/users/${userId}`)).body.currentAmount;
const recharge = (userId: number, amount: unknown) =>
  service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount } });
const hold = async (token: number, userId: number, seatIds: number[]): Promise<number> => {
  const body = { userId, concertId: 1, scheduleId: 1, seatIds };
  return (await service.post('/v1/reservations', { token, body })).body.reservationId;
};
const pay = async (userId: number, reservationId: number, token?: number) =>
  (
    await service.post(`/v1/payments/users/${userId}`, {
      ...(token === undefined ? {} : { token }),
      body: { reservationId },
    })
  ).body;

/** A user with an active token, 10,000 to spend, and a hold of seat 1 for 1,000. */
const buyer = async (userId = 1, seatIds = [1]) => {
  const token = await service.join(userId);
  await recharge(userId, 10_000);
  return { token, reservationId: await hold(token, userId, seatIds) };
};

describe('paying', () => {
  test('takes the price once, sells the seats and completes the token', async () => {
    service = await TestService.start();
    const { token, reservationId } = await buyer();
    expect(await pay(1, reservationId, token)).toEqual({
      paymentId: 1,
      amount: 1000,
      paymentStatus: 'COMPLETED',
    });
    expect(await balance(1)).toBe(9000);
    expect((await service.get('/v1/queue-status/users/1', { token })).body.status).toBe('COMPLETED');
    const { reservations } = (await service.get('/v1/reservations/users/1')).body;
    expect(reservations[0].reservationStatus).toBe('PAID');
    await service.pass(DAY_MS);
    const other = await service.join(2);
    const { seats } = (await service.get('/v1/concerts/1/schedules/1/seats', { token: other })).body;
    expect(seats[0].seatStatus).toBe('UNAVAILABLE');
  });

  test('a retry after the token completed, and much later, returns the same payment and takes nothing', async () => {
    service = await TestService.start();
    const { token, reservationId } = await buyer();
    const paid = await pay(1, reservationId, token);
    expect(await pay(1, reservationId, token)).toEqual(paid);
    await service.pass(DAY_MS);
    expect(await pay(1, reservationId, token)).toEqual(paid);
    await service.restart();
    expect(await pay(1, reservationId, token)).toEqual(paid);
    const again = await service.join(1);
    expect(await pay(1, reservationId, again)).toEqual(paid);
    expect(await balance(1)).toBe(9000);
  });

  test('two payments of one reservation at once take the money once', async () => {
    service = await TestService.start();
    const { token, reservationId } = await buyer();
    const answers = await Promise.all(Array.from({ length: 20 }, () => pay(1, reservationId, token)));
    for (const answer of answers)
      expect(answer).toEqual({ paymentId: 1, amount: 1000, paymentStatus: 'COMPLETED' });
    expect(await balance(1)).toBe(9000);
  });

  test('the token completes with the last unpaid hold, not before', async () => {
    service = await TestService.start();
    const { token, reservationId } = await buyer();
    const second = await hold(token, 1, [2]);
    await pay(1, reservationId, token);
    expect((await service.get('/v1/queue-status/users/1', { token })).body.status).toBe('ACTIVE');
    await pay(1, second, token);
    expect((await service.get('/v1/queue-status/users/1', { token })).body.status).toBe('COMPLETED');
  });

  test('a payment that leaves another hold sets the end of the token to that hold', async () => {
    service = await TestService.start();
    const { token, reservationId } = await buyer();
    await service.pass(8 * MINUTE_MS);
    const second = await hold(token, 1, [2]);
    await service.pass(MINUTE_MS);
    const third = await hold(token, 1, [3]);
    expect(reservationId).toBe(1);
    expect((await service.get('/v1/queue-tokens/users/1')).body.expiredAt).toBe('2026-07-04T01:14:00');
    await pay(1, third, token);
    expect((await service.get('/v1/queue-tokens/users/1')).body.expiredAt).toBe('2026-07-04T01:13:00');
    await pay(1, second, token);
    expect((await service.get('/v1/queue-tokens/users/1')).status).toBe(404);
  });

  test('the hold ends at its millisecond, swept or not', async () => {
    service = await TestService.start();
    const { token, reservationId } = await buyer();
    const second = await hold(token, 1, [2]);
    service.clock.jump(5 * MINUTE_MS - 1);
    expect((await pay(1, reservationId, token)).paymentStatus).toBe('COMPLETED');
    service.clock.jump(1);
    expect(await pay(1, second, token)).toEqual(EXPIRED);
    await service.pass(MINUTE_MS);
    expect(await pay(1, second, token)).toEqual(EXPIRED);
    expect(await balance(1)).toBe(9000);
  });

  test('a hold that was let go cannot be paid', async () => {
    service = await TestService.start();
    const { token, reservationId } = await buyer();
    await service.delete(`/v1/reservations/${reservationId}/users/1`);
    expect(await pay(1, reservationId, token)).toEqual(EXPIRED);
    expect(await balance(1)).toBe(10_000);
  });

  test('exactly enough is enough, one less is not', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const reservationId = await hold(token, 1, [1]);
    await recharge(1, 999);
    expect(await pay(1, reservationId, token)).toEqual({ code: 400, message: 'not enough balance' });
    expect(await balance(1)).toBe(999);
    await recharge(1, 1);
    expect((await pay(1, reservationId, token)).amount).toBe(1000);
    expect(await balance(1)).toBe(0);
  });

  test("another user's reservation is not found, and another user's token is no token", async () => {
    service = await TestService.start();
    const first = await buyer(1);
    const second = await buyer(2, [2]);
    expect(await pay(2, first.reservationId, second.token)).toEqual(NOT_FOUND);
    expect(await pay(1, 99, first.token)).toEqual(NOT_FOUND);
    expect(await pay(1, first.reservationId, second.token)).toEqual(INVALID_TOKEN);
    expect(await pay(1, first.reservationId)).toEqual(INVALID_TOKEN);
    expect(await pay(101, first.reservationId, first.token)).toEqual(INVALID_TOKEN);
    await pay(1, first.reservationId, first.token);
    expect(await pay(1, first.reservationId, second.token)).toEqual(INVALID_TOKEN);
    expect(await pay(1, first.reservationId)).toEqual(INVALID_TOKEN);
    expect(await pay(2, first.reservationId, second.token)).toEqual(NOT_FOUND);
    expect(await balance(1)).toBe(9000);
    expect(await balance(2)).toBe(10_000);
  });
});

describe('the balance', () => {
  test('a recharge adds to it, and shows what there is', async () => {
    service = await TestService.start();
    expect((await recharge(1, 1)).body).toEqual({ userId: 1, currentAmount: 1 });
    expect((await recharge(1, 10_000_000)).body).toEqual({ userId: 1, currentAmount: 10_000_001 });
    expect((await service.get('/v1/balance/users/1')).body).toEqual({ userId: 1, currentAmount: 10_000_001 });
  });

  test('recharges at once all count', async () => {
    service = await TestService.start();
    const answers = await Promise.all(Array.from({ length: 50 }, () => recharge(1, 100)));
    expect(answers.map(({ body }) => body.currentAmount).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, index) => (index + 1) * 100),
    );
  });

  test('anything but an integer from 1 to the limit is an invalid amount', async () => {
    service = await TestService.start({ environment: { MAX_RECHARGE: '500' } });
    const invalid = { code: 400, message: 'invalid recharge amount' };
    for (const amount of [0, -1, 1.5, 501, 2 ** 53, '5', null, true, [], {}, undefined]) {
      expect((await recharge(1, amount)).body).toEqual(invalid);
    }
    expect((await recharge(101, 0)).body).toEqual(invalid);
    expect((await recharge(101, 1)).body).toEqual({ code: 404, message: 'user not found' });
    expect(await balance(1)).toBe(0);
    expect((await recharge(1, 500)).status).toBe(200);
  });

  test('it never passes 2^53−1', async () => {
    service = await TestService.start({ environment: { MAX_RECHARGE: '9007199254740991' } });
    expect((await recharge(1, Number.MAX_SAFE_INTEGER)).body.currentAmount).toBe(Number.MAX_SAFE_INTEGER);
    expect((await recharge(1, 1)).body).toEqual({ code: 400, message: 'invalid recharge amount' });
    expect(await balance(1)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('an unknown user is refused', async () => {
    service = await TestService.start();
    expect((await service.get('/v1/balance/users/101')).body).toEqual({
      code: 404,
      message: 'user not found',
    });
  });
});

describe('the service', () => {
  test('takes nothing more once it is told to stop, and says when to come again', async () => {
    service = await TestService.start();
    await service.drain();
    const refusal = await service.post('/v1/balance/users/1/recharge', { body: { amount: 1 } });
    expect(refusal.body).toEqual({ code: 503, message: 'not ready' });
    expect(refusal.headers.get('retry-after')).toBe('1');
    expect((await service.get('/health')).status).toBe(200);
  });

  test('says that it is up, and that it is ready', async () => {
    service = await TestService.start();
    expect((await service.get('/health')).body).toEqual({ status: 'up' });
    expect((await service.get('/ready')).body).toEqual({ status: 'ready' });
  });
});
