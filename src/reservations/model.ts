import { type Static, Type } from '@sinclair/typebox';
import { bodyId } from '../http/ids.ts';
import { Id, LocalTime, Money, oneOf } from '../http/model.ts';
import type { WriteTime } from '../http/time.ts';
import type { ConcertId, ScheduleId, SeatId, UserId } from '../ids.ts';
import type { ReservationStatus, ReservationView } from './reservation.ts';

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

export const reservationExample = {
  reservationId: 1,
  concertId: 1,
  concertName: '봄밤 콘서트',
  concertAt: '2024-08-04T10:00:00',
  seats: [
    { seatNumber: 10, price: 15000 },
    { seatNumber: 11, price: 10000 },
  ],
  totalPrice: 25000,
  reservationStatus: 'PAYMENT_PENDING',
};

/** A reservation as clients read it, whoever they are. */
export function showReservation(
  reservation: ReservationView,
  writeTime: WriteTime,
): Static<typeof Reservation> {
  return {
    reservationId: reservation.reservationId,
    concertId: reservation.concertId,
    concertName: reservation.concertName,
    concertAt: writeTime(reservation.concertAt),
    seats: reservation.seats.map(({ seatNumber, price }) => ({ seatNumber, price })),
    totalPrice: reservation.totalPrice,
    reservationStatus: reservation.reservationStatus,
  };
}

export const Reservations = Type.Object({ reservations: Type.Array(Reservation) }, { title: 'Reservations' });

export const CancelledReservation = Type.Object(
  { reservationId: Id, reservationStatus: Status },
  { title: 'CancelledReservation' },
);
