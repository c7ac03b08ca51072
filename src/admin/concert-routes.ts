import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { describe, idInPath } from '../http/documentation.ts';
import { BadRequest, fail, failures } from '../http/errors.ts';
import { answer, readIdempotencyKey } from '../http/idempotency.ts';
import { pathId } from '../http/ids.ts';
import { jsonBody, jsonBodyOf, unreadBody } from '../http/json.ts';
import type { ReadTime, WriteTime } from '../http/time.ts';
import type { ConcertId, ScheduleId } from '../ids.ts';
import {
  CancelledConcert,
  ChangedSeats,
  CreatedSchedule,
  NamedConcert,
  NewSchedule,
  OperatorConcert,
  OperatorSchedule,
  Sales,
  ScheduleChange,
  SeatChange,
} from './concert-model.ts';
import { operatorsOnly } from './operators-only.ts';

/** As many seats as one call changes at most, each named with as many digits as there can be, and on a line of its own. */
const SEATS_BYTES_MAX = 256 * 1024;

const tag = 'Admin';
const isForOperators = true;
const ofConcert = Type.Object({ concertId: pathId<ConcertId>() });
const ofSchedule = Type.Object({ scheduleId: pathId<ScheduleId>() });
const inConcert = idInPath('concertId', 'The concert');
const inSchedule = idInPath('scheduleId', 'The schedule');
const concertExample = { concertId: 1, concertName: '봄밤 콘서트', concertStatus: 'ON_SALE' };

export interface OperatorConcertDeps {
  readonly desk: Desk;
  readonly adminToken: string | undefined;
  readonly writeTime: WriteTime;
  readonly readTime: ReadTime;
}

/** What is sold, and how: concerts, their dates, their seats. */
export function adminConcertRoutes({ desk, adminToken, writeTime, readTime }: OperatorConcertDeps) {
  const read = (name: 'concertAt' | 'reservationAt', text: string): number => {
    const at = readTime(text);
    if (at !== null) return at;
    throw new BadRequest(
      400,
      `invalid ${name}: ${text} must be a time that there is in the zone of the service`,
    );
  };
  const show = <S extends { readonly concertAt: number; readonly reservationAt: number }>(schedule: S) => ({
    ...schedule,
    concertAt: writeTime(schedule.concertAt),
    reservationAt: writeTime(schedule.reservationAt),
  });
  return new Elysia()
    .use(operatorsOnly(adminToken))
    .post(
      '/concerts',
      async ({ body: { concertName }, request, set }) => {
        const idempotencyKey = readIdempotencyKey(request);
        const made = await desk.submit({ kind: 'create-concert', concertName, idempotencyKey });
        return made.ok ? answer(set, made) : fail(set, made);
      },
      {
        parse: jsonBody,
        body: NamedConcert,
        response: { 200: OperatorConcert, ...failures },
        detail: describe({
          operationId: 'createConcert',
          tag,
          summary: 'Put a concert on sale',
          description: 'It has no dates yet.',
          isForOperators,
          success: { description: 'The concert', schema: OperatorConcert, example: concertExample },
          fields: ['concertName'],
          hasBody: true,
          isRepeatable: true,
          reasons: ['unauthorized'],
        }),
      },
    )
    .patch(
      '/concerts/:concertId',
      async ({ params, body, set }) => {
        const renamed = await desk.submit({ kind: 'rename-concert', ...params, ...body });
        return renamed.ok ? renamed.value : fail(set, renamed);
      },
      {
        params: ofConcert,
        parse: jsonBody,
        body: NamedConcert,
        response: { 200: OperatorConcert, ...failures },
        detail: describe({
          operationId: 'renameConcert',
          tag,
          summary: 'Give a concert another name',
          parameters: [inConcert],
          isForOperators,
          success: { description: 'The concert', schema: OperatorConcert, example: concertExample },
          fields: ['concertId', 'concertName'],
          hasBody: true,
          reasons: ['unauthorized', 'concert not found'],
        }),
      },
    )
    .post(
      '/concerts/:concertId/cancel',
      async ({ params, request, set }) => {
        // It needs none, but what is malformed is so everywhere.
        readIdempotencyKey(request);
        const cancelled = await desk.submit({ kind: 'cancel-concert', ...params });
        return cancelled.ok ? cancelled.value : fail(set, cancelled);
      },
      {
        params: ofConcert,
        parse: unreadBody,
        response: { 200: CancelledConcert, ...failures },
        detail: describe({
          operationId: 'cancelConcert',
          tag,
          summary: 'Cancel a concert',
          description:
            'Takes it off sale and releases its holds at once, then refunds what was paid, and answers when all of that is ' +
            'done. It may be repeated, with or without a key: nothing is refunded twice, and the answer is the same.',
          parameters: [inConcert],
          isForOperators,
          success: {
            description: 'What it came to',
            schema: CancelledConcert,
            example: { concertId: 1, releasedHolds: 3, refundedReservations: 120, refundedAmount: 3000000 },
          },
          fields: ['concertId', 'Idempotency-Key'],
          reasons: ['unauthorized', 'concert not found'],
        }),
      },
    )
    .post(
      '/concerts/:concertId/schedules',
      async ({ params: { concertId }, body: { concertAt, reservationAt, priceBands }, request, set }) => {
        const made = await desk.submit({
          kind: 'create-schedule',
          concertId,
          concertAt: read('concertAt', concertAt),
          reservationAt: read('reservationAt', reservationAt),
          priceBands,
          idempotencyKey: readIdempotencyKey(request),
        });
        return made.ok ? show(answer(set, made)) : fail(set, made);
      },
      {
        params: ofConcert,
        parse: jsonBody,
        body: NewSchedule,
        response: { 200: CreatedSchedule, ...failures },
        detail: describe({
          operationId: 'createSchedule',
          tag,
          summary: 'Give a concert a date with seats',
          description:
            'A band is the seats with the numbers `from` to `to`, which cost `price` each. Bands may leave numbers out but not ' +
            'overlap, and have 100,000 seats at most together. The seat ids are consecutive, in the order of the numbers. ' +
            'Buyers see the date once it has all its seats, which is when this is answered.',
          parameters: [inConcert],
          isForOperators,
          success: {
            description: 'The date and its seats',
            schema: CreatedSchedule,
            example: {
              scheduleId: 1,
              concertId: 1,
              concertAt: '2030-08-04T19:00:00',
              reservationAt: '2024-07-19T10:00:00',
              seatCount: 100,
              firstSeatId: 1,
              lastSeatId: 100,
            },
          },
          fields: ['concertId', 'concertAt', 'reservationAt', 'priceBands'],
          hasBody: true,
          isRepeatable: true,
          reasons: ['unauthorized', 'concert not found', 'concert cancelled'],
        }),
      },
    )
    .patch(
      '/schedules/:scheduleId',
      async ({ params: { scheduleId }, body: { concertAt, reservationAt, closed }, set }) => {
        const changed = await desk.submit({
          kind: 'change-schedule',
          scheduleId,
          concertAt: concertAt === undefined ? undefined : read('concertAt', concertAt),
          reservationAt: reservationAt === undefined ? undefined : read('reservationAt', reservationAt),
          isClosed: closed,
        });
        return changed.ok ? show(changed.value) : fail(set, changed);
      },
      {
        params: ofSchedule,
        parse: jsonBody,
        body: ScheduleChange,
        response: { 200: OperatorSchedule, ...failures },
        detail: describe({
          operationId: 'changeSchedule',
          tag,
          summary: 'Move a date, or close or open its sale',
          description:
            'What is not named stays as it is. While the sale is `closed`, the date is not listed and nobody can hold a seat of ' +
            'it; what is held can be paid.',
          parameters: [inSchedule],
          isForOperators,
          success: {
            description: 'The date',
            schema: OperatorSchedule,
            example: {
              scheduleId: 1,
              concertAt: '2030-08-05T19:00:00',
              reservationAt: '2024-07-19T10:00:00',
              closed: false,
            },
          },
          fields: ['scheduleId', 'concertAt', 'reservationAt', 'closed', 'body'],
          hasBody: true,
          reasons: ['unauthorized', 'schedule not found', 'concert cancelled'],
        }),
      },
    )
    .patch(
      '/schedules/:scheduleId/seats',
      async ({ params: { scheduleId }, body: { seatIds, price, blocked }, set }) => {
        const change = { scheduleId, seatIds, price, isBlocked: blocked };
        const changed = await desk.submit({ kind: 'change-seats', ...change });
        return changed.ok ? changed.value : fail(set, changed);
      },
      {
        params: ofSchedule,
        parse: jsonBodyOf(SEATS_BYTES_MAX),
        body: SeatChange,
        response: { 200: ChangedSeats, ...failures },
        detail: describe({
          operationId: 'changeSeats',
          tag,
          summary: 'Price seats anew, or keep them from everyone',
          description:
            'With `price` or with `blocked`, not both, and up to 10,000 seats in a call. Seats that are held or sold stay as ' +
            'they are, and are not among the `changed`.',
          parameters: [inSchedule],
          isForOperators,
          success: {
            description: 'How many seats are not as they were',
            schema: ChangedSeats,
            example: { scheduleId: 1, changed: 2 },
          },
          fields: ['scheduleId', 'seatIds', 'price', 'blocked', 'body'],
          hasBody: true,
          reasons: ['unauthorized', 'schedule not found', 'seat not found', 'concert cancelled'],
        }),
      },
    )
    .get(
      '/schedules/:scheduleId/sales',
      async ({ params, set }) => {
        const sales = await desk.submit({ kind: 'view-sales', ...params });
        return sales.ok ? sales.value : fail(set, sales);
      },
      {
        params: ofSchedule,
        response: { 200: Sales, ...failures },
        detail: describe({
          operationId: 'getSales',
          tag,
          summary: 'See how a date sells',
          description: '`revenue` is what the seats cost that are sold.',
          parameters: [inSchedule],
          isForOperators,
          success: {
            description: 'How many seats there are of each kind',
            schema: Sales,
            example: {
              scheduleId: 1,
              seats: 100,
              available: 57,
              held: 3,
              sold: 38,
              blocked: 2,
              revenue: 470000,
            },
          },
          fields: ['scheduleId'],
          reasons: ['unauthorized', 'schedule not found'],
        }),
      },
    );
}
