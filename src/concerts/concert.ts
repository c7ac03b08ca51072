import type { ConcertId, ScheduleId } from '../ids.ts';
import type { Layout } from './layout.ts';

export type ConcertStatus = 'ON_SALE' | 'CANCELLED';

/** What is sold, and what its cancellation has come to so far. */
export interface Concert {
  readonly concertId: ConcertId;
  readonly concertName: string;
  readonly status: ConcertStatus;
  readonly releasedHolds: number;
  readonly refundedReservations: number;
  /** In the currency's smallest unit. */
  readonly refundedAmount: number;
}

/** One evening of a concert. Its sale runs from `reservationAt` until the concert begins at `concertAt`. */
export interface Schedule {
  readonly scheduleId: ScheduleId;
  readonly concertId: ConcertId;
  readonly concertAt: number;
  readonly reservationAt: number;
  /** The operator has stopped its sale. */
  readonly isClosed: boolean;
  /** The seats that it is still to get; null once it has all of them: nobody sees it before. */
  readonly layout: Layout | null;
}

export function isUpcoming(schedule: Schedule, now: number): boolean {
  return now < schedule.concertAt;
}

/** Whether seats are, or will be, sold. */
export function isListed(schedule: Schedule, now: number): boolean {
  return isUpcoming(schedule, now) && !schedule.isClosed;
}

export function isOnSale(schedule: Schedule, now: number): boolean {
  return schedule.reservationAt <= now && isListed(schedule, now);
}
