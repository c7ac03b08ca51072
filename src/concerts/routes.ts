import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import type { Log } from '../deps.ts';
import {
  contentEncoding,
  describe,
  idInPath,
  ifNoneMatch,
  stateHeaders,
  tokenHeader,
} from '../http/documentation.ts';
import { fail, failures } from '../http/errors.ts';
import { gzip as gzipAside } from '../http/gzip.ts';
import { pathId, readTokenId } from '../http/ids.ts';
import { negotiate } from '../http/negotiate.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import type { WriteTime } from '../http/time.ts';
import type { ConcertId, ScheduleId } from '../ids.ts';
import { refused } from '../refusal.ts';
import { listSchedules, viewSeats } from './browse.ts';
import type { Catalogue } from './catalogue.ts';
import { ConcertSchedules, ConcertSeats, Concerts } from './model.ts';
import { SeatAnswers } from './seat-answers.ts';

const concertId = pathId<ConcertId>();
const inConcert = idInPath('concertId', 'The concert');
const tag = 'Concerts';

/** What is on sale: concerts, their dates, their seats. */
export function concertRoutes({
  desk,
  catalogue,
  gzip = gzipAside,
  writeTime,
  rateLimits,
  idPrefix,
  log,
}: {
  desk: Desk;
  catalogue: Catalogue;
  gzip?: (text: string) => Promise<Uint8Array>;
  writeTime: WriteTime;
  rateLimits: RateLimits;
  idPrefix: () => string;
  log: Pick<Log, 'error'>;
}) {
  const answers = new SeatAnswers({ writeTime, idPrefix, gzip, log });
  return new Elysia({ prefix: '/v1' })
    .get(
      '/concerts',
      async ({ set }) => {
        const concerts = await catalogue.concerts();
        return concerts === null ? fail(set, refused('not ready')) : { concerts: [...concerts] };
      },
      {
        response: { 200: Concerts, ...failures },
        detail: describe({
          operationId: 'listConcerts',
          tag,
          summary: 'See what is on sale',
          success: {
            description: 'The concerts on sale',
            schema: Concerts,
            example: { concerts: [{ concertId: 1, concertName: '봄밤 콘서트' }] },
          },
        }),
      },
    )
    .get(
      '/concerts/:concertId/schedules',
      async ({ params, request, set }) => {
        const found = await listSchedules(desk, catalogue, { ...params, tokenId: readTokenId(request) });
        if (!found.ok) return fail(set, found);
        const events = found.value.map(({ scheduleId, concertAt, reservationAt }) => ({
          scheduleId,
          concertAt: writeTime(concertAt),
          reservationAt: writeTime(reservationAt),
        }));
        return { concertId: params.concertId, events };
      },
      {
        params: Type.Object({ concertId }),
        ...rateLimits.guesses,
        response: { 200: ConcertSchedules, ...failures },
        detail: describe({
          operationId: 'listSchedules',
          tag,
          summary: 'See the dates of a concert',
          description: 'Those still to come that a seat can still be had for, by date.',
          parameters: [inConcert, tokenHeader],
          success: {
            description: 'The schedules of the concert',
            schema: ConcertSchedules,
            example: {
              concertId: 1,
              events: [
                { scheduleId: 1, concertAt: '2024-08-04T10:00:00', reservationAt: '2024-07-19T10:00:00' },
                { scheduleId: 2, concertAt: '2024-09-04T10:00:00', reservationAt: '2024-07-24T10:00:00' },
              ],
            },
          },
          fields: ['concertId'],
          reasons: ['invalid token', 'concert not found'],
        }),
      },
    )
    .get(
      '/concerts/:concertId/schedules/:scheduleId/seats',
      async ({ params, request, set }) => {
        const arrival = answers.arrive();
        const found = await viewSeats(desk, catalogue, { ...params, tokenId: readTokenId(request) });
        if (!found.ok) return fail(set, found);
        return negotiate(request, set, answers.answer(params.concertId, found.value, arrival));
      },
      {
        params: Type.Object({ concertId, scheduleId: pathId<ScheduleId>() }),
        ...rateLimits.guesses,
        detail: describe({
          operationId: 'listSeats',
          tag,
          summary: 'See the seats of a date',
          description:
            'All seats by number. One that is held or sold is UNAVAILABLE. Whoever sends the `ETag` of the last answer ' +
            'back as `If-None-Match` is answered 304 as long as it is still so. A large hall is compressed with gzip for ' +
            'a client that accepts it.',
          parameters: [inConcert, idInPath('scheduleId', 'The schedule'), tokenHeader, ifNoneMatch],
          success: {
            description: 'The seats of the schedule',
            schema: ConcertSeats,
            example: {
              concertId: 1,
              concertAt: '2024-08-04T10:00:00',
              seats: [
                { seatId: 10, seatNumber: 10, seatStatus: 'AVAILABLE', seatPrice: 15000 },
                { seatId: 11, seatNumber: 11, seatStatus: 'UNAVAILABLE', seatPrice: 10000 },
              ],
            },
            headers: { ...stateHeaders, ...contentEncoding },
          },
          unchanged: 'The seats are as the client has them',
          fields: ['concertId', 'scheduleId'],
          reasons: ['invalid token', 'concert not found', 'schedule not found'],
        }),
      },
    );
}
