import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { ConcertStatus } from '../concerts/concert.ts';
import { describe, idInPath } from '../http/documentation.ts';
import { fail } from '../http/errors.ts';
import { pathId } from '../http/ids.ts';
import { Id, LocalTime, nullable, oneOf } from '../http/model.ts';
import type { WriteTime } from '../http/time.ts';
import type { ConcertId } from '../ids.ts';
import type { EventRecord, Records } from '../store/records.ts';
import { listFields, listOf, listParameters, listQuery, pageOf } from './lists.ts';

const tag = 'Admin';
const isForOperators = true;

const ConcertList = listOf(
  'ConcertList',
  Type.Object({
    concertId: Id,
    concertName: Type.String(),
    concertStatus: oneOf<ConcertStatus>('ON_SALE', 'CANCELLED'),
  }),
);

const ScheduleList = listOf(
  'ScheduleList',
  Type.Object({ scheduleId: Id, concertAt: LocalTime, reservationAt: LocalTime, closed: Type.Boolean() }),
);

/** What was so before and after is told in its own words by each operation. */
const Details = Type.Object({}, { additionalProperties: true });

const EventList = listOf(
  'EventList',
  Type.Object({
    eventId: Id,
    at: LocalTime,
    operation: Type.String(),
    before: nullable(Details),
    after: nullable(Details),
  }),
);

/** All that there is, past, closed or cancelled; and what the operator did. */
export function listRoutes({ records, writeTime }: { records: Records; writeTime: WriteTime }) {
  return new Elysia()
    .get(
      '/concerts',
      async ({ query, set }) => {
        const found = await records.concerts(pageOf(query));
        if (!found.ok) return fail(set, found);
        const { items, next } = found.value;
        return {
          items: items.map(({ status, ...concert }) => ({ ...concert, concertStatus: status })),
          next,
        };
      },
      {
        query: listQuery,
        detail: describe({
          operationId: 'listAllConcerts',
          tag,
          summary: 'List the concerts',
          description: 'Cancelled ones too.',
          isForOperators,
          parameters: listParameters,
          success: {
            description: 'The concerts, by number',
            schema: ConcertList,
            example: {
              items: [{ concertId: 1, concertName: '봄밤 콘서트', concertStatus: 'ON_SALE' }],
              next: null,
            },
          },
          fields: listFields,
          reasons: ['unauthorized'],
        }),
      },
    )
    .get(
      '/concerts/:concertId/schedules',
      async ({ params: { concertId }, query, set }) => {
        const found = await records.schedules(concertId, pageOf(query));
        if (!found.ok) return fail(set, found);
        const { items, next } = found.value;
        return {
          items: items.map(({ scheduleId, concertAt, reservationAt, isClosed }) => ({
            scheduleId,
            concertAt: writeTime(concertAt),
            reservationAt: writeTime(reservationAt),
            closed: isClosed,
          })),
          next,
        };
      },
      {
        params: Type.Object({ concertId: pathId<ConcertId>() }),
        query: listQuery,
        detail: describe({
          operationId: 'listAllSchedules',
          tag,
          summary: 'List the dates of a concert',
          description: 'Past, closed and sold-out ones too.',
          isForOperators,
          parameters: [idInPath('concertId', 'The concert'), ...listParameters],
          success: {
            description: 'The schedules of the concert, by number',
            schema: ScheduleList,
            example: {
              items: [
                {
                  scheduleId: 1,
                  concertAt: '2024-08-04T10:00:00',
                  reservationAt: '2024-07-19T10:00:00',
                  closed: false,
                },
              ],
              next: null,
            },
          },
          fields: ['concertId', ...listFields],
          reasons: ['unauthorized', 'concert not found'],
        }),
      },
    )
    .get(
      '/events',
      async ({ query, set }) => {
        const found = await records.events(pageOf(query));
        if (!found.ok) return fail(set, found);
        const items = found.value.items.map((event) => eventJson(event, writeTime)).join();
        const headers = { 'content-type': 'application/json' };
        return new Response(`{"items":[${items}],"next":${found.value.next}}`, { headers });
      },
      {
        query: listQuery,
        detail: describe({
          operationId: 'listEvents',
          tag,
          summary: 'List what the operator did',
          description:
            'Every change, in the order in which they were made, with what was so before and after. A page ends early ' +
            'where its events are long.',
          isForOperators,
          parameters: listParameters,
          success: {
            description: 'The events, by number',
            schema: EventList,
            example: {
              items: [
                {
                  eventId: 1,
                  at: '2024-07-04T10:00:00',
                  operation: 'rename-concert',
                  before: { concertId: 1, concertName: '봄밤 콘서트' },
                  after: { concertId: 1, concertName: '여름밤 콘서트' },
                },
              ],
              next: null,
            },
          },
          fields: listFields,
          reasons: ['unauthorized'],
        }),
      },
    );
}

/** Times as they were kept, by the names that they have everywhere. In a text, the quotes would have a backslash. */
const TIMES = /"(concertAt|reservationAt)":(-?\d+)/g;

/** What was kept as JSON is passed on as text: to read it and to write it again would take long where it is long. */
function eventJson({ eventId, at, operation, before, after }: EventRecord, writeTime: WriteTime): string {
  const head = JSON.stringify({ eventId, at: writeTime(at), operation });
  const shown = (json: string): string =>
    json.replaceAll(TIMES, (_, name, ms) => `"${name}":"${writeTime(Number(ms))}"`);
  return `${head.slice(0, -1)},"before":${shown(before)},"after":${shown(after)}}`;
}
