import { Type } from '@sinclair/typebox';
import { Id, LocalTime, Money, oneOf } from '../http/model.ts';

export const Concerts = Type.Object({
  concerts: Type.Array(Type.Object({ concertId: Id, concertName: Type.String() })),
});

export const ConcertSchedules = Type.Object({
  concertId: Id,
  events: Type.Array(Type.Object({ scheduleId: Id, concertAt: LocalTime, reservationAt: LocalTime })),
});

export const ConcertSeats = Type.Object({
  concertId: Id,
  concertAt: LocalTime,
  seats: Type.Array(
    Type.Object({
      seatId: Id,
      seatNumber: Type.Integer(),
      seatStatus: oneOf('AVAILABLE', 'UNAVAILABLE'),
      seatPrice: Money,
    }),
  ),
});
