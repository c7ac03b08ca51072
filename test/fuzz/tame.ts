import fc, { type Arbitrary } from 'fast-check';
import { BODY_BYTES_MAX } from '../../src/http/json.ts';

// What an operator may do that would leave nothing for anybody else to do: a sale must go on while the fuzz does.

const time = (from: number, to: number): Arbitrary<string> =>
  fc
    .date({ min: new Date(Date.UTC(from, 0)), max: new Date(Date.UTC(to, 0)), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 19));

/** A few seats, with gaps between the bands and within them none. */
const priceBands = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 50 }), seats: fc.integer({ min: 1, max: 20 }) }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((bands) => {
    let last = 0;
    return bands.map(({ gap, seats }) => {
      const from = last + gap;
      last = from + seats - 1;
      return { from, to: last, price: 100 };
    });
  });

/** Values that fields of these names get, in place of whatever their schemas allow. */
export const TAME_FIELDS: Readonly<Record<string, Arbitrary<unknown>>> = {
  paused: fc.constant(false),
  closed: fc.constant(false),
  blocked: fc.constantFrom(false, false, true),
  maxActive: fc.integer({ min: 120, max: 180 }),
  admitBatch: fc.integer({ min: 10, max: 1_000 }),
  admitIntervalMs: fc.integer({ min: 1, max: 100 }),
  concertAt: time(2100, 9999),
  reservationAt: time(1970, 2020),
  price: fc.integer({ min: 1, max: 200 }),
  priceBands,
};

/**
 * Values that parameters of these names get most of the time: of times at random, hardly two make a period, and of texts
 * hardly one is the name of an answer.
 */
export const TAME_PARAMETERS: Readonly<Record<string, Arbitrary<unknown>>> = {
  from: time(1970, 2020),
  to: time(2020, 9999),
  'If-None-Match': fc.constantFrom('*', '"a", *', ', W/"a,b" ,"c"', '"', 'W/"'),
};

/** Operations whose ids come from one other: the concerts that the fuzz begins with are not cancelled. */
export const ONLY_SOURCES: Readonly<Record<string, string>> = { cancelConcert: 'createConcert' };

/**
 * How often an operation is asked for: those that make more of the world less often than the others, and those that only
 * succeed one after the other more often.
 */
export function weightOf(operationId = ''): number {
  if (/^(createConcert|createSchedule|cancelConcert|importUsers)$/.test(operationId)) return 1;
  return /^(issueQueueToken|reserveSeats|payReservation|rechargeBalance|refundReservation)$/.test(operationId)
    ? 20
    : 5;
}

/** How long a body of an operation may be. */
export function bodyBytesMaxOf({ operationId }: { operationId?: string }): number {
  return operationId === 'changeSeats' ? 256 * 1024 : BODY_BYTES_MAX;
}
