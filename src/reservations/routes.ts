import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { onlyUserInBody, onlyUserInPath } from '../http/acting-user.ts';
import { describe, idInPath, idInQuery, limitParameter, tokenHeader } from '../http/documentation.ts';
import { fail, failures } from '../http/errors.ts';
import { answer, readIdempotencyKey } from '../http/idempotency.ts';
import { limitInQuery, pathId, readTokenId } from '../http/ids.ts';
import { jsonBody } from '../http/json.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import type { WriteTime } from '../http/time.ts';
import type { UserTokens } from '../http/user-tokens.ts';
import type { ReservationId, UserId } from '../ids.ts';
import {
  CancelledReservation,
  NewReservation,
  Reservation,
  Reservations,
  reservationExample,
  showReservation,
} from './model.ts';
import type { ReservationView } from './reservation.ts';

const LIMIT_MAX = 100;
const userId = pathId<UserId>();
const tag = 'Reservations';

/** Holding seats, looking at what one holds, and letting go. */
export function reservationRoutes({
  desk,
  writeTime,
  rateLimits,
  userTokens,
}: {
  desk: Desk;
  writeTime: WriteTime;
  rateLimits: RateLimits;
  userTokens: UserTokens | undefined;
}) {
  const show = (reservation: ReservationView) => showReservation(reservation, writeTime);
  return (
    new Elysia({ prefix: '/v1' })
      .post(
        '/reservations',
        async ({ body, request, set }) => {
          const { userId, concertId, scheduleId, seatIds } = body;
          const held = await desk.submit({
            kind: 'reserve',
            userId,
            tokenId: readTokenId(request),
            concertId,
            scheduleId,
            seatIds,
            idempotencyKey: readIdempotencyKey(request),
          });
          return held.ok ? show(answer(set, held)) : fail(set, held);
        },
        {
          parse: jsonBody,
          body: NewReservation,
          beforeHandle: [...onlyUserInBody(userTokens), ...rateLimits.guessesOfBody.beforeHandle],
          afterHandle: rateLimits.guessesOfBody.afterHandle,
          response: { 200: Reservation, ...failures },
          detail: describe({
            operationId: 'reserveSeats',
            isOfUser: true,
            tag,
            summary: 'Hold seats',
            description:
              'All of the seats or none. The hold ends after `HOLD_SECONDS` (five minutes), unless it is paid.',
            parameters: [tokenHeader],
            success: { description: 'The seats are held', schema: Reservation, example: reservationExample },
            fields: ['userId', 'concertId', 'scheduleId', 'seatIds'],
            hasBody: true,
            isRepeatable: true,
            reasons: [
              'invalid token',
              'concert not found',
              'schedule not found',
              'seat not found',
              'reservation failed',
            ],
          }),
        },
      )
      // The one above has its user in the body.
      .use(onlyUserInPath(userTokens))
      .get(
        '/reservations/users/:userId',
        async ({ params, query: { limit = LIMIT_MAX, before = Number.MAX_SAFE_INTEGER }, set }) => {
          const found = await desk.reservationsOf(params.userId, { before, limit });
          return found.ok ? { reservations: found.value.map(show) } : fail(set, found);
        },
        {
          params: Type.Object({ userId }),
          query: Type.Object({
            limit: Type.Optional(limitInQuery(LIMIT_MAX)),
            before: Type.Optional(pathId<ReservationId>()),
          }),
          response: { 200: Reservations, ...failures },
          detail: describe({
            operationId: 'listReservations',
            isOfUser: true,
            tag,
            summary: "See a user's reservations",
            description: 'Newest first. The next page starts before the last reservation of this one.',
            parameters: [
              idInPath('userId', 'The user'),
              limitParameter(LIMIT_MAX, LIMIT_MAX),
              idInQuery('before', 'Show reservations older than this one'),
            ],
            success: {
              description: 'The reservations of the user',
              schema: Reservations,
              example: { reservations: [reservationExample] },
            },
            fields: ['userId', 'limit', 'before'],
            reasons: ['user not found'],
          }),
        },
      )
      .delete(
        '/reservations/:reservationId/users/:userId',
        async ({ params, set }) => {
          const cancelled = await desk.submit({ kind: 'cancel', ...params });
          return cancelled.ok ? cancelled.value : fail(set, cancelled);
        },
        {
          params: Type.Object({ reservationId: pathId<ReservationId>(), userId }),
          response: { 200: CancelledReservation, ...failures },
          detail: describe({
            operationId: 'cancelReservation',
            isOfUser: true,
            tag,
            summary: 'Let an unpaid hold go',
            parameters: [idInPath('reservationId', 'The reservation'), idInPath('userId', 'The user')],
            success: {
              description: 'The seats are free again',
              schema: CancelledReservation,
              example: { reservationId: 1, reservationStatus: 'CANCELLED' },
            },
            fields: ['reservationId', 'userId'],
            reasons: [
              'user not found',
              'reservation not found',
              'reservation expired',
              'reservation already paid',
            ],
          }),
        },
      )
  );
}
