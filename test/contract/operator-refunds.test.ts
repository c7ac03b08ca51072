import { afterEach, expect, test } from 'bun:test';
import { DAY_MS } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';

const ADMIN_TOKEN = 'for-the-operator';

let service: TestService;
afterEach(() => service.stop());

const start = (environment: Record<string, string> = {}) =>
  TestService.start({ environment: { ADMIN_TOKEN, ...environment } });
const refund = (reservationId: number) => service.operator.post(`/reservations/${reservationId}/refund`);
const recharge = (userId: number, amount: number) =>
  service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount } });
const pay = (userId: number, token: number, reservationId: number) =>
  service.post(`/v1/payments/users/${userId}`, { token, body: { reservationId } });

async function balance(userId: number): Promise<number> {
  return (await service.get(`/v1/balance/users/${userId}`)).body.currentAmount;
}

async function hold(userId: number, seatIds: number[]) {
  const token = await service.join(userId);
  const body = { userId, concertId: 1, scheduleId: 1, seatIds };
  const { reservationId } = (await service.post('/v1/reservations', { token, body })).body;
  return { token, reservationId };
}

/** Seats cost 1,000 × their number. */
async function buy(userId: number, seatIds: number[], amount: number) {
  const held = await hold(userId, seatIds);
  await recharge(userId, amount);
  const payment = (await pay(userId, held.token, held.reservationId)).body;
  return { ...held, payment };
}

async function mustBeClean(): Promise<void> {
  const { body } = await service.operator.get('/audit');
  expect(body.checks.filter(({ violations }: { violations: number }) => violations !== 0)).toEqual([]);
  expect(service.log.errors).toEqual([]);
}

test('a refund returns the money and the seats, which another buys, and is refunded too', async () => {
  service = await start();
  const first = await buy(1, [3, 4], 10_000);
  expect(await balance(1)).toBe(3_000);
  const answer = await refund(first.reservationId);
  expect(answer.body).toEqual({
    reservationId: first.reservationId,
    refundedAmount: 7_000,
    reservationStatus: 'REFUNDED',
  });
  expect(answer.status).toBe(200);
  expect(await balance(1)).toBe(10_000);
  await mustBeClean();
  const second = await buy(2, [4], 4_000);
  expect(await balance(2)).toBe(0);
  await mustBeClean();
  expect((await refund(second.reservationId)).body.refundedAmount).toBe(4_000);
  expect([await balance(1), await balance(2)]).toEqual([10_000, 4_000]);
  await mustBeClean();
});

test('the reservation tells whose it is and what has become of it', async () => {
  service = await start();
  const { reservationId } = await buy(5, [10, 9], 20_000);
  const path = `/reservations/${reservationId}`;
  const before = await service.operator.get(path);
  expect(JSON.stringify(before.body)).toStartWith('{"userId":5,"reservationId":1,');
  expect(before.body).toEqual({
    userId: 5,
    reservationId,
    concertId: 1,
    concertName: 'First',
    concertAt: '2026-08-03T01:00:00',
    seats: [
      { seatNumber: 10, price: 10_000 },
      { seatNumber: 9, price: 9_000 },
    ],
    totalPrice: 19_000,
    reservationStatus: 'PAID',
  });
  await refund(reservationId);
  expect((await service.operator.get(path)).body).toEqual({ ...before.body, reservationStatus: 'REFUNDED' });
  expect((await service.operator.get('/reservations/2')).body.message).toBe('reservation not found');
});

test('a refund needs no body, and whatever comes with it is left unread', async () => {
  service = await start();
  const { reservationId } = await buy(1, [5], 5_000);
  expect((await service.operator.post(`/reservations/${reservationId}/refund`, '{')).status).toBe(200);
});

test('two refunds at once, and one after a restart, are one', async () => {
  service = await start();
  const { reservationId } = await buy(1, [5], 5_000);
  const both = await Promise.all([refund(reservationId), refund(reservationId)]);
  const done = { reservationId, refundedAmount: 5_000, reservationStatus: 'REFUNDED' };
  expect(both.map(({ body }) => body)).toEqual([done, done]);
  await service.restart();
  expect((await refund(reservationId)).body).toEqual(done);
  expect(await balance(1)).toBe(5_000);
  const { body } = await service.operator.get('/events');
  expect(body.items.map(({ operation }: { operation: string }) => operation)).toEqual(['refund-reservation']);
  await mustBeClean();
});

test('what was not paid is not refunded, nor is what is none', async () => {
  service = await start();
  const held = await hold(1, [1]);
  const cancelled = await hold(2, [2]);
  await service.delete(`/v1/reservations/${cancelled.reservationId}/users/2`);
  for (const { reservationId } of [held, cancelled]) {
    const { status, body } = await refund(reservationId);
    expect({ status, body }).toEqual({ status: 400, body: { code: 400, message: 'reservation not paid' } });
  }
  await service.pass(300_000);
  expect((await refund(held.reservationId)).body.message).toBe('reservation not paid');
  const { status, body } = await refund(99);
  expect({ status, body }).toEqual({ status: 404, body: { code: 404, message: 'reservation not found' } });
});

test('to pay again what was refunded returns the payment, and takes nothing', async () => {
  service = await start();
  const { token, reservationId, payment } = await buy(1, [5], 5_000);
  await refund(reservationId);
  const again = await pay(1, token, reservationId);
  expect([again.status, again.body]).toEqual([200, payment]);
  const newToken = await service.join(1);
  expect((await pay(1, newToken, reservationId)).body).toEqual(payment);
  expect(await balance(1)).toBe(5_000);
  await mustBeClean();
});

test('a balance without room for the money stays as it is, and so does all else, until there is room', async () => {
  service = await start({ MAX_RECHARGE: String(Number.MAX_SAFE_INTEGER) });
  const { reservationId } = await buy(1, [5], 5_000);
  await recharge(1, Number.MAX_SAFE_INTEGER - 4_999);
  const { status, body } = await refund(reservationId);
  expect({ status, body }).toEqual({
    status: 400,
    body: { code: 400, message: 'refund failed: the balance would pass 2^53−1' },
  });
  expect(await balance(1)).toBe(Number.MAX_SAFE_INTEGER - 4_999);
  expect((await service.operator.get(`/reservations/${reservationId}`)).body.reservationStatus).toBe('PAID');
  expect((await service.operator.get('/events')).body.items).toEqual([]);
  await mustBeClean();
  await buy(1, [1], 4_999 - 4_999 + 1);
  expect((await refund(reservationId)).status).toBe(200);
  expect(await balance(1)).toBe(Number.MAX_SAFE_INTEGER - 4_999 + 1 - 1_000 + 5_000);
  await mustBeClean();
});

test('what was paid for a date that is over is refunded as well, also after a restart', async () => {
  service = await start();
  const { reservationId } = await buy(1, [5], 5_000);
  await service.pass(31 * DAY_MS);
  await service.restart();
  expect((await refund(reservationId)).body.refundedAmount).toBe(5_000);
  expect(await balance(1)).toBe(5_000);
  await mustBeClean();
});
