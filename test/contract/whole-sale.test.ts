import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type Answer, TestService } from '../support/service.ts';

const ADMIN_TOKEN = 'the-operators-own-token';
const USERS = 40;
const ACTIVE_MAX = 10;
const PRICES = { front: 500, back: 200 };

let service: TestService;
beforeAll(async () => {
  service = await TestService.start({
    fixture: { users: 0, concerts: [] },
    environment: { ADMIN_TOKEN },
  });
});
afterAll(() => service.stop());

/** What was asked for, which must have been granted. */
async function granted(asked: Promise<Answer>): Promise<Answer['body']> {
  const { status, body } = await asked;
  expect(body).not.toHaveProperty('code');
  expect(status).toBe(200);
  return body;
}

/** A user in the shop holds seats, and pays for them. */
async function buySeats(userId: number, token: number, seatIds: number[]): Promise<number> {
  const asked = { userId, concertId: 1, scheduleId: 1, seatIds };
  const held = await granted(service.post('/v1/reservations', { token, body: asked }));
  const { reservationId, totalPrice: amount } = held;
  await granted(service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount } }));
  await granted(service.post(`/v1/payments/users/${userId}`, { token, body: { reservationId } }));
  return reservationId;
}

test('a sale from an empty database to the refunds of a cancelled concert, by the admin API alone', async () => {
  const { operator } = service;
  const ids = Array.from({ length: USERS }, (_, index) => index + 1);
  const lines = ids.map((userId) => JSON.stringify({ userId })).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  const imported = await granted(operator.post('/users/import', lines, headers));
  expect(imported).toEqual({ imported: USERS, existing: 0, failed: [] });

  expect(await granted(operator.post('/concerts', { concertName: '가을밤' }))).toEqual({
    concertId: 1,
    concertName: '가을밤',
    concertStatus: 'ON_SALE',
  });
  const priceBands = [
    { from: 1, to: 20, price: PRICES.front },
    { from: 101, to: 140, price: PRICES.back },
  ];
  const times = { concertAt: '2026-09-01T20:00:00', reservationAt: '2026-07-04T01:00:00' };
  const schedule = await granted(operator.post('/concerts/1/schedules', { ...times, priceBands }));
  expect(schedule).toMatchObject({ scheduleId: 1, seatCount: 60, firstSeatId: 1, lastSeatId: 60 });
  await granted(operator.patch('/schedules/1/seats', { seatIds: [59, 60], blocked: true }));
  await granted(operator.patch('/queue', { maxActive: ACTIVE_MAX, paused: true }));

  // All of them are in line before the doors open.
  const tokens: number[] = [0];
  for (const userId of ids) tokens[userId] = await service.join(userId);
  const tokenOf = (userId: number): number => tokens[userId] ?? 0;
  expect(await granted(operator.get('/queue'))).toMatchObject({ waiting: USERS, active: 0 });
  await granted(operator.patch('/queue', { paused: false }));
  expect(await granted(operator.get('/queue'))).toMatchObject({
    waiting: USERS - ACTIVE_MAX,
    active: ACTIVE_MAX,
  });

  // The first ten buy two seats each, whereupon the next ten are let in: one of them holds seats, one buys a seat.
  const first = ids.slice(0, ACTIVE_MAX);
  for (const userId of first) await buySeats(userId, tokenOf(userId), [2 * userId - 1, 2 * userId]);
  const line = await granted(operator.get('/queue'));
  expect(line).toMatchObject({ active: ACTIVE_MAX, admitted: 2 * ACTIVE_MAX });
  const body = { userId: 11, concertId: 1, scheduleId: 1, seatIds: [21, 22] };
  const held = await granted(service.post('/v1/reservations', { token: tokenOf(11), body }));
  const bought = await buySeats(12, tokenOf(12), [23]);
  const front = 20 * PRICES.front;
  expect(await granted(operator.get('/schedules/1/sales'))).toEqual({
    scheduleId: 1,
    seats: 60,
    available: 35,
    held: 2,
    sold: 21,
    blocked: 2,
    revenue: front + PRICES.back,
  });

  // One of them has the money back by hand; then the concert is cancelled.
  await granted(operator.post(`/reservations/${bought}/refund`));
  const refunded = await granted(operator.get(`/reservations/${bought}`));
  expect(refunded).toMatchObject({ userId: 12, reservationStatus: 'REFUNDED' });
  const cancelled = await granted(operator.post('/concerts/1/cancel'));
  expect(cancelled).toEqual({
    concertId: 1,
    releasedHolds: 1,
    refundedReservations: first.length,
    refundedAmount: front,
  });
  expect(await granted(operator.post('/concerts/1/cancel'))).toEqual(cancelled);

  // Everyone has the money back, nobody can pay any more, nothing is on sale.
  for (const userId of first) {
    const { currentAmount, reservations } = await granted(operator.get(`/users/${userId}`));
    expect(currentAmount).toBe(2 * PRICES.front);
    expect(reservations).toMatchObject([{ reservationStatus: 'REFUNDED' }]);
  }
  const { reservationId } = held;
  const late = await service.post('/v1/payments/users/11', { token: tokenOf(11), body: { reservationId } });
  expect(late.body).toEqual({ code: 400, message: 'reservation expired' });
  expect(await granted(service.get('/v1/concerts'))).toEqual({ concerts: [] });
  expect(await granted(operator.get('/schedules/1/sales'))).toMatchObject({ held: 0, sold: 0, revenue: 0 });
  const { items } = await granted(operator.get('/events'));
  expect(items.map(({ operation }: { operation: string }) => operation)).toEqual([
    'import-users',
    'create-concert',
    'create-schedule',
    'change-seats',
    'change-queue',
    'change-queue',
    'refund-reservation',
    'cancel-concert',
    'refund-concert',
  ]);

  // And so it stays.
  await service.restart();
  const audit = await granted(operator.get('/audit'));
  expect(audit.checks.length).toBeGreaterThan(10);
  expect(audit).toMatchObject({ clean: true });
  expect(await granted(operator.get('/concerts'))).toMatchObject({
    items: [{ concertId: 1, concertStatus: 'CANCELLED' }],
    next: null,
  });
});
