import { afterEach, describe, expect, test } from 'bun:test';
import { DAY_MS, MINUTE_MS } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';

const FAILED = { code: 400, message: 'reservation failed' };
const INVALID_TOKEN = { code: 401, message: 'invalid token' };

let service: TestService;
afterEach(async () => {
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

const hold = async (
  token: number | undefined,
  userId: number,
  seatIds: number[],
  { concertId = 1, scheduleId = 1 } = {},
) =>
  (
    await service.post('/v1/reservations', {
      ...(token === undefined ? {} : { token }),
      body: { userId, concertId, scheduleId, seatIds },
    })
  ).body;

describe('reserving', () => {
  test('seats come back in the order asked for, with exactly the keys of the contract', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const body = await hold(token, 1, [3, 1, 2]);
    expect(Object.keys(body).sort()).toEqual([
      'concertAt',
      'concertId',
      'concertName',
      'reservationId',
      'reservationStatus',
      'seats',
      'totalPrice',
    ]);
    expect(body.seats).toEqual([
      { seatNumber: 3, price: 3000 },
      { seatNumber: 1, price: 1000 },
      { seatNumber: 2, price: 2000 },
    ]);
    expect(body.totalPrice).toBe(6000);
  });

  test('one taken seat among free ones: all of it fails, and the free ones stay free', async () => {
    service = await TestService.start();
    const [first, second] = [await service.join(1), await service.join(2)];
    await hold(first, 1, [5]);
    expect(await hold(second, 2, [4, 5, 6])).toEqual(FAILED);
    expect((await hold(second, 2, [4, 6])).reservationStatus).toBe('PAYMENT_PENDING');
  });

  test('a seat named twice, or one too many, fails', async () => {
    service = await TestService.start({ environment: { MAX_SEATS_PER_RESERVATION: '3' } });
    const token = await service.join(1);
    expect(await hold(token, 1, [1, 1])).toEqual(FAILED);
    expect(await hold(token, 1, [1, 2, 3, 4])).toEqual(FAILED);
    expect((await hold(token, 1, [1, 2, 3])).totalPrice).toBe(6000);
  });

  test('checks come in the order of the contract: token, concert, schedule, seat, state', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const other = await service.join(2);
    const nothing = { concertId: 99, scheduleId: 99 };
    expect(await hold(undefined, 1, [99], nothing)).toEqual(INVALID_TOKEN);
    expect(await hold(other, 1, [99], nothing)).toEqual(INVALID_TOKEN);
    expect(await hold(token, 2, [99], nothing)).toEqual(INVALID_TOKEN);
    expect(await hold(token, 999, [99], nothing)).toEqual(INVALID_TOKEN);
    expect(await hold(token, 1, [999, 999], nothing)).toEqual({ code: 404, message: 'concert not found' });
    expect(await hold(token, 1, [999, 999], { concertId: 1, scheduleId: 3 })).toEqual({
      code: 404,
      message: 'schedule not found',
    });
    expect(await hold(token, 1, [1, 1, 51])).toEqual({ code: 404, message: 'seat not found' });
    expect(await hold(token, 1, [1, 1])).toEqual(FAILED);
  });

  test('a waiting, a left and a completed token do not open the gate', async () => {
    service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '1' } });
    const first = await service.join(1);
    const second = await service.join(2);
    expect(await hold(second, 2, [1])).toEqual(INVALID_TOKEN);
    await service.delete('/v1/queue-tokens/users/1', { token: first });
    expect(await hold(first, 1, [1])).toEqual(INVALID_TOKEN);
    await service.post('/v1/balance/users/2/recharge', { body: { amount: 1000 } });
    const { reservationId } = await hold(second, 2, [1]);
    await service.post('/v1/payments/users/2', { token: second, body: { reservationId } });
    expect(await hold(second, 2, [2])).toEqual(INVALID_TOKEN);
  });

  test('the sale opens at its millisecond, and closes when the concert begins', async () => {
    service = await TestService.start({
      fixture: { concerts: [{ name: 'A', schedules: [{ saleIn: 60_000, concertIn: 120_000 }] }] },
    });
    const token = await service.join(1);
    service.clock.jump(59_999);
    expect(await hold(token, 1, [1])).toEqual(FAILED);
    service.clock.jump(1);
    expect((await hold(token, 1, [1])).reservationId).toBe(1);
    service.clock.jump(59_999);
    expect((await hold(token, 1, [2])).reservationId).toBe(2);
    service.clock.jump(1);
    expect(await hold(token, 1, [3])).toEqual(FAILED);
  });

  test('a held seat can be taken by another at the millisecond the hold ends, before any sweep', async () => {
    service = await TestService.start();
    const first = await service.join(1);
    await hold(first, 1, [1, 2]);
    const second = await service.join(2);
    service.clock.jump(5 * MINUTE_MS - 1);
    expect(await hold(second, 2, [2, 3])).toEqual(FAILED);
    service.clock.jump(1);
    expect((await hold(second, 2, [2, 3])).reservationStatus).toBe('PAYMENT_PENDING');
    const list = (await service.get('/v1/reservations/users/1')).body.reservations;
    expect(list[0].reservationStatus).toBe('EXPIRED');
    expect((await hold(first, 1, [1])).reservationStatus).toBe('PAYMENT_PENDING');
  });

  test('a hold of the last second keeps the token alive to pay, and does not reopen the window', async () => {
    service = await TestService.start({ environment: { TOKEN_ACTIVE_SECONDS: '600', HOLD_SECONDS: '300' } });
    const token = await service.join(1);
    await service.post('/v1/balance/users/1/recharge', { body: { amount: 10_000 } });
    await service.pass(10 * MINUTE_MS - 1);
    const { reservationId } = await hold(token, 1, [1]);
    expect((await service.get('/v1/queue-tokens/users/1')).body.expiredAt).toBe('2026-07-04T01:14:59');
    await service.pass(1);
    expect(await hold(token, 1, [2])).toEqual(FAILED);
    await service.pass(5 * MINUTE_MS - 2);
    expect((await service.get('/v1/queue-status/users/1', { token })).body.status).toBe('ACTIVE');
    const paid = await service.post('/v1/payments/users/1', { token, body: { reservationId } });
    expect(paid.body).toEqual({ paymentId: 1, amount: 1000, paymentStatus: 'COMPLETED' });
  });

  test('without a payment, that token ends with its hold', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    await service.pass(10 * MINUTE_MS - 1);
    await hold(token, 1, [1]);
    await service.pass(5 * MINUTE_MS - 1);
    expect((await service.get('/v1/queue-status/users/1', { token })).body.status).toBe('ACTIVE');
    await service.pass(1);
    expect((await service.get('/v1/queue-status/users/1', { token })).body.status).toBe('EXPIRED');
  });

  test('letting go of the hold that kept it alive ends a token whose window is over', async () => {
    service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '1' } });
    const token = await service.join(1);
    await service.pass(10 * MINUTE_MS - 1);
    const { reservationId } = await hold(token, 1, [1]);
    const next = await service.join(2);
    await service.pass(MINUTE_MS);
    await service.delete(`/v1/reservations/${reservationId}/users/1`);
    expect((await service.get('/v1/queue-status/users/2', { token: next })).body.status).toBe('ACTIVE');
    expect((await service.get('/v1/queue-status/users/1', { token })).body.status).toBe('EXPIRED');
  });
});

describe('listing', () => {
  test('newest first, by pages', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    for (const seatId of [1, 2, 3]) await hold(token, 1, [seatId]);
    const ids = async (query: string) =>
      (await service.get(`/v1/reservations/users/1${query}`)).body.reservations.map(
        ({ reservationId }: { reservationId: number }) => reservationId,
      );
    expect(await ids('')).toEqual([3, 2, 1]);
    expect(await ids('?limit=2')).toEqual([3, 2]);
    expect(await ids('?limit=2&before=2')).toEqual([1]);
    expect(await ids('?before=1')).toEqual([]);
    expect((await service.get('/v1/reservations/users/2')).body).toEqual({ reservations: [] });
    expect((await service.get('/v1/reservations/users/101')).body).toEqual({
      code: 404,
      message: 'user not found',
    });
  });

  test('a hold that ended reads EXPIRED at its millisecond, before any sweep', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    await hold(token, 1, [2, 1]);
    const first = async () => (await service.get('/v1/reservations/users/1')).body.reservations[0];
    service.clock.jump(5 * MINUTE_MS - 1);
    expect((await first()).reservationStatus).toBe('PAYMENT_PENDING');
    service.clock.jump(1);
    expect(await first()).toEqual({
      reservationId: 1,
      concertId: 1,
      concertName: 'First',
      concertAt: '2026-08-03T01:00:00',
      seats: [
        { seatNumber: 2, price: 2000 },
        { seatNumber: 1, price: 1000 },
      ],
      totalPrice: 3000,
      reservationStatus: 'EXPIRED',
    });
  });
});

describe('cancelling', () => {
  const cancel = async (reservationId: number, userId: number) =>
    (await service.delete(`/v1/reservations/${reservationId}/users/${userId}`)).body;

  test('frees the seats at once, and doing it twice is doing it once', async () => {
    service = await TestService.start();
    const [token, other] = [await service.join(1), await service.join(2)];
    await hold(token, 1, [1, 2]);
    const cancelled = { reservationId: 1, reservationStatus: 'CANCELLED' };
    expect(await cancel(1, 1)).toEqual(cancelled);
    expect((await hold(other, 2, [1, 2])).reservationId).toBe(2);
    expect(await cancel(1, 1)).toEqual(cancelled);
    expect(await hold(token, 1, [1])).toEqual(FAILED);
  });

  test('refuses what is absent, not theirs, ended or paid', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    await service.post('/v1/balance/users/1/recharge', { body: { amount: 10_000 } });
    await hold(token, 1, [1]);
    await hold(token, 1, [2]);
    await service.post('/v1/payments/users/1', { token, body: { reservationId: 1 } });
    const notFound = { code: 404, message: 'reservation not found' };
    expect(await cancel(9, 1)).toEqual(notFound);
    expect(await cancel(2, 2)).toEqual(notFound);
    expect(await cancel(2, 101)).toEqual({ code: 404, message: 'user not found' });
    expect(await cancel(1, 1)).toEqual({ code: 400, message: 'reservation already paid' });
    service.clock.jump(5 * MINUTE_MS);
    expect(await cancel(2, 1)).toEqual({ code: 400, message: 'reservation expired' });
    await service.pass(DAY_MS);
    expect(await cancel(2, 1)).toEqual({ code: 400, message: 'reservation expired' });
  });
});
