import { isOnSale } from '../concerts/concert.ts';
import type { Seat } from '../concerts/seat-map.ts';
import type { Work } from '../coordinator/work.ts';
import type { ConcertId, ScheduleId, SeatId, TokenId, UserId } from '../ids.ts';
import { keepAlive } from '../queue/keep-alive.ts';
import { granted, type Result, refused } from '../refusal.ts';
import type { ReservationView } from './reservation.ts';

export interface HoldRequest {
  readonly userId: UserId;
  readonly tokenId: TokenId | null;
  readonly concertId: ConcertId;
  readonly scheduleId: ScheduleId;
  readonly seatIds: readonly SeatId[];
}

/**
 * Holds all of the seats or none (contract, operation 6). Refuses with `invalid token`, `concert not found`,
 * `schedule not found`, `seat not found`; and with `reservation failed` when a seat is taken or named twice, there are
 * too many, the sale is not open, or the window of the token is over and only an earlier hold keeps it alive.
 */
export function holdSeats(work: Work, request: HoldRequest, now: number): Result<ReservationView> {
  const { userId, scheduleId, seatIds } = request;
  const token = work.activeToken(userId, request.tokenId);
  if (token === undefined) return refused('invalid token');
  const concert = work.concert(request.concertId);
  if (concert?.status !== 'ON_SALE') return refused('concert not found');
  const schedule = work.schedule(scheduleId);
  if (schedule?.concertId !== concert.concertId) return refused('schedule not found');

  const seats: Seat[] = [];
  for (const seatId of seatIds) {
    const seat = work.seat(scheduleId, seatId);
    if (seat === undefined) return refused('seat not found');
    seats.push(seat);
  }
  const allowed =
    now < token.activeUntil &&
    isOnSale(schedule, now) &&
    seats.length <= work.policy.seatsPerReservationMax &&
    seatIds.every((seatId, index) => seatIds.indexOf(seatId) === index) &&
    seats.every((seat) => work.isFree(seat, now));
  if (!allowed) return refused('reservation failed');

  const reservation = work.reserve(seats, { userId, scheduleId, createdAt: now });
  if (reservation.expiresAt > token.expiresAt) keepAlive(work, token, now);
  return granted({
    reservationId: reservation.reservationId,
    concertId: concert.concertId,
    concertName: concert.concertName,
    concertAt: schedule.concertAt,
    seats: reservation.seats,
    totalPrice: reservation.totalPrice,
    reservationStatus: reservation.status,
  });
}
