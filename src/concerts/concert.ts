import type { ConcertId, ScheduleId } from '../ids.ts';

export interface Concert {
  readonly concertId: ConcertId;
  readonly concertName: string;
}

/** One evening of a concert. Its sale runs from `reservationAt` until the concert begins at `concertAt`. */
export interface Schedule {
  readonly scheduleId: ScheduleId;
  readonly concertId: ConcertId;
  readonly concertAt: number;
  readonly reservationAt: number;
}

export function isUpcoming(schedule: Schedule, now: number): boolean {
  return now < schedule.concertAt;
}

export function isOnSale(schedule: Schedule, now: number): boolean {
  return schedule.reservationAt <= now && isUpcoming(schedule, now);
}
