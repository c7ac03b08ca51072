import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { describe, idInPath, tokenHeader } from '../http/documentation.ts';
import { fail, failures } from '../http/errors.ts';
import { pathId, readTokenId } from '../http/ids.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import type { WriteTime } from '../http/time.ts';
import type { ConcertId, ScheduleId } from '../ids.ts';
import { refused } from '../refusal.ts';
import { listSchedules, type ScheduleSeats, viewSeats } from './browse.ts';
import type { Catalogue } from './catalogue.ts';
import { ConcertSchedules, ConcertSeats, Concerts } from './model.ts';

const concertId = pathId<ConcertId>();
const inConcert = idInPath('concertId', 'The concert');
const tag = 'Concerts';

/** What is on sale: concerts, their dates, their seats. */
export function concertRoutes({
  desk,
  catalogue,
  writeTime,
  rateLimits,
}: {
  desk: Desk;
  catalogue: Catalogue;
  writeTime: WriteTime;
  rateLimits: RateLimits;
}) {
  /** The last answer for each schedule: the seats come as JSON, made once for each state of the map. */
  const answers = new Map<
    ScheduleId,
    { readonly seats: string; readonly concertAt: number; readonly body: string }
  >();
  const show = (concertId: ConcertId, { schedule, seats }: ScheduleSeats): string => {
    const { scheduleId, concertAt } = schedule;
    const last = answers.get(scheduleId);
    if (last?.seats === seats && last.concertAt === concertAt) return last.body;
    const body = `{"concertId":${concertId},"concertAt":"${writeTime(concertAt)}","seats":${seats}}`;
    answers.set(scheduleId, { seats, concertAt, body });
    return body;
  };
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
        const found = await viewSeats(desk, catalogue, { ...params, tokenId: readTokenId(request) });
        if (!found.ok) return fail(set, found);
        // Headers are cheaper to give to a text than to a Response, which would be made twice.
        set.headers['content-type'] = 'application/json';
        return show(params.concertId, found.value);
      },
      {
        params: Type.Object({ concertId, scheduleId: pathId<ScheduleId>() }),
        ...rateLimits.guesses,
        detail: describe({
          operationId: 'listSeats',
          tag,
          summary: 'See the seats of a date',
          description: 'All seats by number. One that is held or sold is UNAVAILABLE.',
          parameters: [inConcert, idInPath('scheduleId', 'The schedule'), tokenHeader],
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
          },
          fields: ['concertId', 'scheduleId'],
          reasons: ['invalid token', 'concert not found', 'schedule not found'],
        }),
      },
    );
}
