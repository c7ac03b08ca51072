import { afterAll, beforeAll, expect, test } from 'bun:test';
import { TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());

test('a user joins, is admitted, looks, holds, recharges, pays, and is done', async () => {
  const joined = await service.post('/v1/queue-tokens/users/1');
  expect(joined.status).toBe(200);
  expect(joined.body).toEqual({
    tokenId: expect.any(Number),
    createdAt: '2026-07-04T01:00:00',
    expiredAt: '2026-07-04T01:10:00',
  });
  const token = joined.body.tokenId;
  expect((await service.get('/v1/queue-tokens/users/1')).body).toEqual(joined.body);

  const status = await service.get('/v1/queue-status/users/1', { token });
  expect(status.body).toEqual({
    queueId: 1,
    joinAt: '2026-07-04T01:00:00',
    status: 'ACTIVE',
    remainingWaitListCount: 0,
  });

  const dates = await service.get('/v1/concerts/1/schedules', { token });
  expect(dates.body).toEqual({
    concertId: 1,
    events: [
      { scheduleId: 1, concertAt: '2026-08-03T01:00:00', reservationAt: '2026-07-04T01:00:00' },
      { scheduleId: 2, concertAt: '2026-08-13T01:00:00', reservationAt: '2026-07-05T01:00:00' },
    ],
  });

  const seats = await service.get('/v1/concerts/1/schedules/1/seats', { token });
  expect(seats.body.concertAt).toBe('2026-08-03T01:00:00');
  expect(seats.body.seats).toHaveLength(50);
  expect(seats.body.seats[9]).toEqual({
    seatId: 10,
    seatNumber: 10,
    seatStatus: 'AVAILABLE',
    seatPrice: 10_000,
  });

  const held = await service.post('/v1/reservations', {
    token,
    body: { userId: 1, concertId: 1, scheduleId: 1, seatIds: [11, 10] },
  });
  expect(held.body).toEqual({
    reservationId: 1,
    concertId: 1,
    concertName: 'First',
    concertAt: '2026-08-03T01:00:00',
    seats: [
      { seatNumber: 11, price: 11_000 },
      { seatNumber: 10, price: 10_000 },
    ],
    totalPrice: 21_000,
    reservationStatus: 'PAYMENT_PENDING',
  });

  const pay = () => service.post('/v1/payments/users/1', { token, body: { reservationId: 1 } });
  expect((await pay()).body).toEqual({ code: 400, message: 'not enough balance' });
  const recharged = await service.post('/v1/balance/users/1/recharge', { body: { amount: 50_000 } });
  expect(recharged.body).toEqual({ userId: 1, currentAmount: 50_000 });
  const paid = await pay();
  expect(paid.body).toEqual({ paymentId: 1, amount: 21_000, paymentStatus: 'COMPLETED' });
  expect((await pay()).body).toEqual(paid.body);
  expect((await service.get('/v1/balance/users/1')).body).toEqual({ userId: 1, currentAmount: 29_000 });
  expect((await service.get('/v1/queue-status/users/1', { token })).body.status).toBe('COMPLETED');
  expect(service.log.errors).toEqual([]);
});
