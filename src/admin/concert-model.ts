import { Type } from '@sinclair/typebox';
import type { ConcertStatus } from '../concerts/concert.ts';
import { PRICE_MAX } from '../concerts/layout.ts';
import { Id, LocalTime, Money, oneOf } from '../http/model.ts';
import type { SeatId } from '../ids.ts';
import { Flag, integerFrom, Name, operatorBody, Time } from './fields.ts';

const MAX = Number.MAX_SAFE_INTEGER;
/** How many seats one call changes at most: it is one commit, and everybody else waits for it. */
const CHANGED_SEATS_MAX = 10_000;
const Count = Type.Integer({ format: 'int64', minimum: 0 });

export const NamedConcert = operatorBody(
  Type.Object({ concertName: Name }, { title: 'NamedConcert', example: { concertName: '봄밤 콘서트' } }),
);

export const OperatorConcert = Type.Object(
  {
    concertId: Id,
    concertName: Type.String(),
    concertStatus: oneOf<ConcertStatus>('ON_SALE', 'CANCELLED'),
  },
  { title: 'OperatorConcert' },
);

export const CancelledConcert = Type.Object(
  { concertId: Id, releasedHolds: Count, refundedReservations: Count, refundedAmount: Money },
  { title: 'CancelledConcert' },
);

const PriceBand = Type.Object(
  { from: integerFrom(1, MAX), to: integerFrom(1, MAX), price: integerFrom(1, PRICE_MAX) },
  { title: 'PriceBand', description: 'a band with the seat numbers from and to, and a price' },
);

export const NewSchedule = operatorBody(
  Type.Object(
    {
      concertAt: Time,
      reservationAt: Time,
      priceBands: Type.Array(PriceBand, { minItems: 1, description: 'a list of at least one price band' }),
    },
    {
      title: 'NewSchedule',
      example: {
        concertAt: '2030-08-04T19:00:00',
        reservationAt: '2024-07-19T10:00:00',
        priceBands: [
          { from: 1, to: 50, price: 15000 },
          { from: 101, to: 150, price: 10000 },
        ],
      },
    },
  ),
);

export const CreatedSchedule = Type.Object(
  {
    scheduleId: Id,
    concertId: Id,
    concertAt: LocalTime,
    reservationAt: LocalTime,
    seatCount: Count,
    firstSeatId: Id,
    lastSeatId: Id,
  },
  { title: 'CreatedSchedule' },
);

export const ScheduleChange = operatorBody(
  Type.Object(
    {
      concertAt: Type.Optional(Time),
      reservationAt: Type.Optional(Time),
      closed: Type.Optional(Flag),
    },
    {
      title: 'ScheduleChange',
      description: 'an object with at least one of concertAt, reservationAt and closed',
      minProperties: 1,
      example: { concertAt: '2030-08-05T19:00:00', closed: false },
    },
  ),
);

export const OperatorSchedule = Type.Object(
  { scheduleId: Id, concertAt: LocalTime, reservationAt: LocalTime, closed: Type.Boolean() },
  { title: 'OperatorSchedule' },
);

export const SeatChange = operatorBody(
  Type.Object(
    {
      seatIds: Type.Array(Type.Unsafe<SeatId>(integerFrom(1, MAX)), {
        minItems: 1,
        maxItems: CHANGED_SEATS_MAX,
        description: `a list of 1 to ${CHANGED_SEATS_MAX} seats`,
      }),
      price: Type.Optional(integerFrom(1, PRICE_MAX)),
      blocked: Type.Optional(Flag),
    },
    {
      title: 'SeatChange',
      description: 'an object with seatIds, and with either price or blocked',
      minProperties: 2,
      maxProperties: 2,
      example: { seatIds: [10, 11], price: 12000 },
    },
  ),
);

export const ChangedSeats = Type.Object({ scheduleId: Id, changed: Count }, { title: 'ChangedSeats' });

export const Sales = Type.Object(
  {
    scheduleId: Id,
    seats: Count,
    available: Count,
    held: Count,
    sold: Count,
    blocked: Count,
    revenue: Money,
  },
  { title: 'Sales' },
);
