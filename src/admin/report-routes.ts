import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { OpenAPIV3 } from 'openapi-types';
import type { LedgerEntry } from '../balance/accounts.ts';
import type { Log } from '../deps.ts';
import { type Cell, csvResponse } from '../http/csv.ts';
import { describe, requiredIdInQuery } from '../http/documentation.ts';
import { BadRequest, fail } from '../http/errors.ts';
import { pathId } from '../http/ids.ts';
import { type ReadTime, TIME_PATTERN, type WriteTime } from '../http/time.ts';
import type { ScheduleId } from '../ids.ts';
import type { Records, SoldSeat } from '../store/records.ts';

const tag = 'Admin';
const isForOperators = true;
const PARTS = 'It is read as it is sent, and breaks off without its end where the reading fails.';

const TIME = 'a time yyyy-MM-ddTHH:mm:ss in the zone of the service';

type Columns<T> = Readonly<Record<string, (row: T) => Cell>>;

export interface ReportDeps {
  readonly records: Records;
  readonly writeTime: WriteTime;
  readonly readTime: ReadTime;
  readonly log: Pick<Log, 'error'>;
}

/** Tables for those who keep the books, of any length. */
export function reportRoutes({ records, writeTime, readTime, log }: ReportDeps) {
  const sales: Columns<SoldSeat> = {
    seatId: ({ seatId }) => seatId,
    seatNumber: ({ seatNumber }) => seatNumber,
    price: ({ price }) => price,
    reservationId: ({ reservationId }) => reservationId,
    userId: ({ userId }) => userId,
    paymentId: ({ paymentId }) => paymentId,
    paidAt: ({ paidAt }) => writeTime(paidAt),
  };
  const ledger: Columns<LedgerEntry> = {
    entryId: ({ entryId }) => entryId,
    userId: ({ userId }) => userId,
    amount: ({ amount }) => amount,
    cause: ({ cause }) => cause,
    paymentId: ({ paymentId }) => paymentId,
    createdAt: ({ createdAt }) => writeTime(createdAt),
  };
  /** The instant of a time in the query. */
  const instant = (name: string, text: string): number => {
    const at = readTime(text);
    if (at === null)
      throw new BadRequest(400, `invalid ${name}: no clock in the zone of the service shows it`);
    return at;
  };
  return new Elysia({ prefix: '/reports' })
    .get(
      '/sales.csv',
      async ({ query: { scheduleId }, set }) => {
        const sold = await records.soldSeats(scheduleId);
        if (!sold.ok) return fail(set, sold);
        return csvResponse(`sales-of-schedule-${scheduleId}.csv`, sales, sold.value, log);
      },
      {
        query: Type.Object({ scheduleId: pathId<ScheduleId>() }),
        detail: describe({
          operationId: 'reportSales',
          tag,
          summary: 'See which seats of a date are sold',
          description: `A line a seat. ${PARTS} What is sold or refunded meanwhile may be in it or not.`,
          isForOperators,
          parameters: [requiredIdInQuery('scheduleId', 'The schedule')],
          success: csv('The seats by number', sales, '10,10,15000,1,1,1,2024-07-04T10:00:00'),
          fields: ['scheduleId'],
          reasons: ['unauthorized', 'schedule not found'],
        }),
      },
    )
    .get(
      '/ledger.csv',
      async ({ query: { from, to }, set }) => {
        const period = {
          from: from === undefined ? Number.NEGATIVE_INFINITY : instant('from', from),
          to: to === undefined ? Number.POSITIVE_INFINITY : instant('to', to),
        };
        if (period.from > period.to) throw new BadRequest(400, 'invalid from: must not be after to');
        const entries = await records.ledger(period);
        return entries.ok ? csvResponse('ledger.csv', ledger, entries.value, log) : fail(set, entries);
      },
      {
        query: Type.Object({ from: Type.Optional(timeText()), to: Type.Optional(timeText()) }),
        detail: describe({
          operationId: 'reportLedger',
          tag,
          summary: 'See every change of a balance',
          description: `A line an entry, as the ledger was when it was asked for. ${PARTS}`,
          isForOperators,
          parameters: [
            timeInQuery('from', 'The first time of which entries are shown'),
            timeInQuery('to', 'The time from which on they are not shown any more'),
          ],
          success: csv('The entries in their order', ledger, '1,1,50000,RECHARGE,,2024-07-04T10:00:00'),
          fields: ['from', 'to'],
          reasons: ['unauthorized'],
        }),
      },
    );
}

function csv(description: string, columns: Columns<never>, line: string) {
  const example = `${Object.keys(columns).join()}\r\n${line}\r\n`;
  return { description, contentType: 'text/csv', schema: Type.String(), example };
}

/** A name that stands twice in the query is no text: or else the last would silently win. */
function timeText() {
  return Type.String({
    pattern: TIME_PATTERN,
    description: TIME,
    elysiaMeta: 'ArrayQuery',
    error: 'malformed',
  });
}

function timeInQuery(name: string, description: string): OpenAPIV3.ParameterObject {
  return {
    name,
    in: 'query',
    required: false,
    description,
    schema: { type: 'string', pattern: TIME_PATTERN },
  };
}
