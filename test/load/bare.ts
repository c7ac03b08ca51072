import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { Balance, Recharge } from '../../src/balance/model.ts';
import { ConcertSchedules } from '../../src/concerts/model.ts';
import { SeatMap } from '../../src/concerts/seat-map.ts';
import { errorShape, fail, failures } from '../../src/http/errors.ts';
import { pathId, readTokenId } from '../../src/http/ids.ts';
import { jsonBody } from '../../src/http/json.ts';
import { SAFE_HEADERS, STATE_HEADERS } from '../../src/http/safe-headers.ts';
import type { ConcertId, ScheduleId, SeatId, UserId } from '../../src/ids.ts';
import { NewPayment, Payment } from '../../src/payments/model.ts';
import { QueueStatus, QueueToken } from '../../src/queue/model.ts';
import { refused } from '../../src/refusal.ts';
import { NewReservation, Reservation } from '../../src/reservations/model.ts';
import { HOT_HALL, LARGE_HALL } from './operations/seed.ts';
import { SALE_NAME, SMALL_HALL } from './sale/seed.ts';

/**
 * The reference: what is left of the service when nothing is decided and nothing is kept. The same framework with the
 * same schemas checks each request, the form of its header TOKEN-ID among them, and answers a constant, which has the
 * shape and the size of the real answer, with the same headers.
 */

const NO_TOKEN = refused('invalid token');
const TAKEN = refused('reservation failed');
const concertAt = '2026-08-04T10:00:00';
const reservation = {
  reservationId: 100_000,
  concertId: 2,
  concertName: SALE_NAME,
  seats: [
    { seatNumber: 10_000, price: 10_000 },
    { seatNumber: 10_001, price: 10_000 },
  ],
  totalPrice: 20_000,
  reservationStatus: 'PAYMENT_PENDING' as const,
  concertAt,
};
const status = { queueId: 756, status: 'WAITING' as const, remainingWaitListCount: 500, joinAt: concertAt };
const token = { tokenId: 4_000_000_000_000_000, createdAt: concertAt, expiredAt: concertAt };
const seatMap = emptyHall(SMALL_HALL.seats);
const largeSeatMap = emptyHall(LARGE_HALL.seats);
const schedules = {
  concertId: 1,
  events: [1, 2].map((scheduleId) => ({ scheduleId, concertAt, reservationAt: concertAt })),
};
const balance = { userId: 100_000, currentAmount: 10_000 };
const payment = { paymentId: 100_000, amount: 10_000, paymentStatus: 'COMPLETED' as const };

const app = new Elysia({ strictPath: true })
  .headers({ ...SAFE_HEADERS, 'x-request-id': '21tyo59qc25-3x9' })
  .use(errorShape({ error: console.error }, () => []))
  .post(
    '/v1/reservations',
    ({ body, request, set }) => {
      if (readTokenId(request) === null) return fail(set, NO_TOKEN);
      return body.scheduleId === HOT_HALL.scheduleId ? fail(set, TAKEN) : reservation;
    },
    { parse: jsonBody, body: NewReservation, response: { 200: Reservation, ...failures } },
  )
  .post('/v1/queue-tokens/users/:userId', () => token, {
    params: Type.Object({ userId: pathId<UserId>() }),
    response: { 200: QueueToken, ...failures },
  })
  .get(
    '/v1/queue-status/users/:userId',
    ({ request, set }) => {
      if (readTokenId(request) === null) return fail(set, NO_TOKEN);
      set.headers['retry-after'] = '2';
      return status;
    },
    { params: Type.Object({ userId: pathId<UserId>() }), response: { 200: QueueStatus, ...failures } },
  )
  .get(
    '/v1/concerts/:concertId/schedules/:scheduleId/seats',
    ({ params, request, set }) => {
      if (readTokenId(request) === null) return fail(set, NO_TOKEN);
      set.headers['content-type'] = 'application/json';
      set.headers['cache-control'] = STATE_HEADERS['cache-control'];
      set.headers.etag = 'W/"21tyo59qc25-2s"';
      if (params.scheduleId !== LARGE_HALL.scheduleId) return seatMap;
      set.headers.vary = 'Accept-Encoding';
      return largeSeatMap;
    },
    { params: Type.Object({ concertId: pathId<ConcertId>(), scheduleId: pathId<ScheduleId>() }) },
  )
  .get(
    '/v1/concerts/:concertId/schedules',
    ({ request, set }) => (readTokenId(request) === null ? fail(set, NO_TOKEN) : schedules),
    {
      params: Type.Object({ concertId: pathId<ConcertId>() }),
      response: { 200: ConcertSchedules, ...failures },
    },
  )
  .post(
    '/v1/payments/users/:userId',
    ({ request, set }) => (readTokenId(request) === null ? fail(set, NO_TOKEN) : payment),
    {
      parse: jsonBody,
      params: Type.Object({ userId: pathId<UserId>() }),
      body: NewPayment,
      response: { 200: Payment, ...failures },
    },
  )
  .post('/v1/balance/users/:userId/recharge', () => balance, {
    parse: jsonBody,
    params: Type.Object({ userId: pathId<UserId>() }),
    body: Recharge,
    response: { 200: Balance, ...failures },
  })
  .get('/v1/balance/users/:userId', () => balance, {
    params: Type.Object({ userId: pathId<UserId>() }),
    response: { 200: Balance, ...failures },
  })
  .listen({ port: Number(process.env.PORT), maxRequestBodySize: Number.MAX_SAFE_INTEGER });

console.log(`The bare routes listen on http://localhost:${app.server?.port}`);

/** The text of a map in which every seat is free. */
function emptyHall(count: number): string {
  const seats = Array.from({ length: count }, (_, index) => ({
    seatId: (index + 1) as SeatId,
    seatNumber: index + 1,
    price: (index + 1) * 1000,
    status: 'AVAILABLE' as const,
    reservationId: null,
  }));
  const map = new SeatMap(SMALL_HALL.scheduleId as ScheduleId, seats);
  return `{"concertId":1,"concertAt":"${concertAt}","seats":${map.toJson()}}`;
}
