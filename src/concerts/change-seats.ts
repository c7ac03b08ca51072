import type { Work } from '../coordinator/work.ts';
import type { ScheduleId, SeatId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import type { Seat } from './seat-map.ts';

export interface SeatChange {
  readonly scheduleId: ScheduleId;
  readonly seatIds: readonly SeatId[];
  /** In the currency's smallest unit. */
  readonly price?: number | undefined;
  readonly isBlocked?: boolean | undefined;
}

export interface SeatChangeView {
  readonly scheduleId: ScheduleId;
  /** How many seats are not as they were. */
  readonly changed: number;
}

/**
 * Prices seats anew, or keeps them from everyone, or gives them back. Seats that someone holds or bought stay as they
 * are. Refuses with `schedule not found`, `seat not found`, `concert cancelled`, and with `invalid seatIds` when one is
 * named twice; then no seat is changed.
 */
export function changeSeats(work: Work, change: SeatChange, now: number): Result<SeatChangeView> {
  const { scheduleId, seatIds, price, isBlocked } = change;
  const schedule = work.schedule(scheduleId);
  if (schedule === undefined) return refused('schedule not found');
  const seats: Seat[] = [];
  for (const seatId of new Set(seatIds)) {
    const seat = work.seat(scheduleId, seatId);
    if (seat === undefined) return refused('seat not found');
    seats.push(seat);
  }
  if (seats.length < seatIds.length) return refused('invalid seatIds', 'a seat is named twice');
  if (work.concert(schedule.concertId)?.status === 'CANCELLED') return refused('concert cancelled');

  const unsold = seats.filter((seat) => seat.status === 'BLOCKED' || work.isFree(seat, now));
  const priced = unsold.filter((seat) => price !== undefined && seat.price !== price);
  const moved = unsold.filter((seat) => isBlocked !== undefined && (seat.status === 'BLOCKED') !== isBlocked);
  if (price !== undefined) work.price(scheduleId, priced, price);
  if (isBlocked !== undefined) work.block(scheduleId, moved, isBlocked);
  const changed = new Set([...priced, ...moved]);
  if (changed.size > 0) {
    const before = [...changed].map((seat) => [seat.seatId, seat.price, seat.status === 'BLOCKED']);
    work.note('change-seats', { scheduleId, seats: before }, { scheduleId, price, blocked: isBlocked }, now);
  }
  return granted({ scheduleId, changed: changed.size });
}
