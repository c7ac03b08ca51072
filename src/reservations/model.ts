import { Type } from '@sinclair/typebox';
import { bodyId } from '../http/ids.ts';
import { Id, LocalTime, Money, oneOf } from '../http/model.ts';
import type { ConcertId, ScheduleId, SeatId, UserId } from '../ids.ts';
import type { ReservationStatus } from './reservation.ts';

const Status = oneOf<ReservationStatus>('PAYMENT_PENDING', 'PAID', 'EXPIRED', 'CANCELLED', 'REFUNDED');

export const NewReservation = Type.Object(
  {
    userId: bodyId<UserId>(),
    concertId: bodyId<ConcertId>(),
    scheduleId: bodyId<ScheduleId>(),
    seatIds: Type.Array(bodyId<SeatId>(), { minItems: 1 }),
  },
  { title: 'NewReservation', example: { userId: 1, concertId: 1, scheduleId: 1, seatIds: [10, 11] } },
);

const ReservedSeat = Type.Object(
  { seatNumber: Type.Integer({ format: 'int64' }), price: Money },
  { title: 'ReservedSeat' },
);

export const Reservation = Type.Object(
  {
    reservationId: Id,
    concertId: Id,
    concertName: Type.String(),
    concertAt: LocalTime,
    seats: Type.Array(ReservedSeat),
    totalPrice: Money,
    reservationStatus: Status,
  },
  { title: 'Reservation' },
);

export const Reservations = Type.Object({ reservations: Type.Array(Reservation) }, { title: 'Reservations' });

export const CancelledReservation = Type.Object(
  { reservationId: Id, reservationStatus: Status },
  { title: 'CancelledReservation' },
);
