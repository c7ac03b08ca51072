import type { ConcertId, ReservationId, ScheduleId, SeatId, UserId } from '../ids.ts';

export type ReservationStatus = 'PAYMENT_PENDING' | 'PAID' | 'EXPIRED' | 'CANCELLED' | 'REFUNDED';

/** Seats that one user holds or bought, all of one schedule. Never changed, only replaced. */
export interface Reservation {
  readonly reservationId: ReservationId;
  readonly userId: UserId;
  readonly scheduleId: ScheduleId;
  /** In the order asked for. */
  readonly seats: readonly ReservedSeat[];
  readonly totalPrice: number;
  readonly status: ReservationStatus;
  readonly createdAt: number;
  /** The instant at which an unpaid hold ends: from then on it cannot be paid, and its seats are free. */
  readonly expiresAt: number;
}

export interface ReservedSeat {
  readonly seatId: SeatId;
  readonly seatNumber: number;
  readonly price: number;
}

/** What a client reads about a reservation. */
export interface ReservationView {
  readonly reservationId: ReservationId;
  readonly concertId: ConcertId;
  readonly concertName: string;
  readonly concertAt: number;
  readonly seats: readonly ReservedSeat[];
  readonly totalPrice: number;
  readonly reservationStatus: ReservationStatus;
}

/** The same, and who made it. */
export interface OwnedReservation extends ReservationView {
  readonly userId: UserId;
}

/** The status at `now`: a hold that nobody paid in time has expired, whether or not the sweep has come by. */
export function statusAt(
  reservation: Pick<Reservation, 'status' | 'expiresAt'>,
  now: number,
): ReservationStatus {
  const { status, expiresAt } = reservation;
  return status === 'PAYMENT_PENDING' && expiresAt <= now ? 'EXPIRED' : status;
}
