import type { Work } from '../coordinator/work.ts';
import type { ConcertId, ScheduleId, SeatId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import type { Schedule } from './concert.ts';
import { countSeats, orderBands, type PriceBand, takeSeats } from './layout.ts';

export interface NewSchedule {
  readonly concertId: ConcertId;
  /** Epoch milliseconds, as the time at which its sale opens. */
  readonly concertAt: number;
  readonly reservationAt: number;
  readonly priceBands: readonly PriceBand[];
}

export interface NewScheduleView {
  readonly scheduleId: ScheduleId;
  readonly concertId: ConcertId;
  readonly concertAt: number;
  readonly reservationAt: number;
  readonly seatCount: number;
  readonly firstSeatId: SeatId;
  readonly lastSeatId: SeatId;
}

export interface ScheduleChange {
  readonly scheduleId: ScheduleId;
  readonly concertAt?: number | undefined;
  readonly reservationAt?: number | undefined;
  readonly isClosed?: boolean | undefined;
}

export interface ScheduleView {
  readonly scheduleId: ScheduleId;
  readonly concertAt: number;
  readonly reservationAt: number;
  readonly closed: boolean;
}

/**
 * Gives a concert another evening. Its seats are laid out by `layOutSome` in commits that follow: nobody sees the
 * schedule before it has all of them, and whoever asked is answered then. Refuses with `concert not found`,
 * `concert cancelled`, `invalid concertAt` when it is not to come, `invalid reservationAt` when the sale would not open
 * before the concert, and `invalid priceBands`.
 */
export function scheduleConcert(work: Work, request: NewSchedule, now: number): Result<NewScheduleView> {
  const { concertId, concertAt, reservationAt } = request;
  const concert = work.concert(concertId);
  if (concert === undefined) return refused('concert not found');
  const bands = orderBands(request.priceBands);
  if (!bands.ok) return bands;
  const wrong = wrongTimes(request, now);
  if (wrong !== null) return wrong;
  if (concert.status === 'CANCELLED') return refused('concert cancelled');
  const seatCount = countSeats(bands.value);
  const times = { concertAt, reservationAt };
  const { scheduleId, firstSeatId } = work.addSchedule(
    { concertId, ...times, bands: bands.value },
    seatCount,
  );
  const lastSeatId = (firstSeatId + seatCount - 1) as SeatId;
  const made = { scheduleId, concertId, concertAt, reservationAt, seatCount, firstSeatId, lastSeatId };
  work.note('create-schedule', null, { ...made, priceBands: bands.value }, now);
  return granted(made);
}

/** Lays out some of the seats that a schedule is still to get, `seatsMax` at most. */
export function layOutSome(work: Work, schedule: Schedule, seatsMax: number): void {
  if (schedule.layout === null) throw new Error(`schedule ${schedule.scheduleId} has all its seats`);
  const { seats, rest } = takeSeats(schedule.layout, seatsMax);
  work.addSeats(schedule.scheduleId, seats);
  work.saveSchedule({ ...schedule, layout: rest });
}

/**
 * Moves a schedule, or closes or opens its sale; holds are not touched. Refuses with `schedule not found`,
 * `concert cancelled`, and with `invalid concertAt` or `invalid reservationAt` as for a new one.
 */
export function changeSchedule(work: Work, change: ScheduleChange, now: number): Result<ScheduleView> {
  const before = work.schedule(change.scheduleId);
  if (before === undefined) return refused('schedule not found');
  const after: Schedule = {
    ...before,
    concertAt: change.concertAt ?? before.concertAt,
    reservationAt: change.reservationAt ?? before.reservationAt,
    isClosed: change.isClosed ?? before.isClosed,
  };
  const isMoved = after.concertAt !== before.concertAt || after.reservationAt !== before.reservationAt;
  const wrong = isMoved ? wrongTimes(after, now) : null;
  if (wrong !== null) return wrong;
  if (work.concert(before.concertId)?.status === 'CANCELLED') return refused('concert cancelled');
  if (isMoved || after.isClosed !== before.isClosed) {
    work.saveSchedule(after);
    work.note('change-schedule', viewSchedule(before), viewSchedule(after), now);
  }
  return granted(viewSchedule(after));
}

export function viewSchedule({ scheduleId, concertAt, reservationAt, isClosed }: Schedule): ScheduleView {
  return { scheduleId, concertAt, reservationAt, closed: isClosed };
}

function wrongTimes({ concertAt, reservationAt }: { concertAt: number; reservationAt: number }, now: number) {
  if (concertAt <= now) return refused('invalid concertAt', 'it is in the past');
  if (reservationAt >= concertAt) return refused('invalid reservationAt', 'the sale opens after the concert');
  return null;
}
