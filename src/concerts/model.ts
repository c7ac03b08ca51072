import { Type } from '@sinclair/typebox';
import { Id, LocalTime, Money, oneOf } from '../http/model.ts';

export const Concerts = Type.Object(
  { concerts: Type.Array(Type.Object({ concertId: Id, concertName: Type.String() }, { title: 'Concert' })) },
  { title: 'Concerts' },
);

const Schedule = Type.Object(
  { scheduleId: Id, concertAt: LocalTime, reservationAt: LocalTime },
  { title: 'Schedule' },
);

export const ConcertSchedules = Type.Object(
  { concertId: Id, events: Type.Array(Schedule) },
  { title: 'ConcertSchedules' },
);

const Seat = Type.Object(
  {
    seatId: Id,
    seatNumber: Type.Integer({ format: 'int64' }),
    seatStatus: oneOf('AVAILABLE', 'UNAVAILABLE'),
    seatPrice: Money,
  },
  { title: 'Seat' },
);

export const ConcertSeats = Type.Object(
  { concertId: Id, concertAt: LocalTime, seats: Type.Array(Seat) },
  { title: 'ConcertSeats' },
);
