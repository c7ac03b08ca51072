import { refundSome, viewCancellation } from '../concerts/cancel-concert.ts';
import { layOutSome } from '../concerts/schedule-concert.ts';
import type { ConcertId, ReservationId, ScheduleId } from '../ids.ts';
import { type Grant, granted, type Result } from '../refusal.ts';
import type { Command, ReplyTo } from './commands.ts';
import type { Work } from './work.ts';
import type { World } from './world.ts';

/** How much one commit of what takes several does at most, so that nobody else waits for it long. */
export interface PartLimits {
  readonly refundsMax: number;
  readonly seatsMax: number;
}

export const PART_LIMITS: PartLimits = { refundsMax: 250, seatsMax: 5_000 };

/**
 * What was begun by one commit and takes more of them. It is found again by a start: whatever was begun is finished, also
 * when the service was killed in the middle.
 */
export class Chores {
  /** Schedules that are still to get seats. */
  readonly layouts = new Set<ScheduleId>();
  /** Cancelled concerts that may have reservations to refund. */
  readonly refunds = new Set<ConcertId>();
  /** Reservations that cannot be refunded. */
  readonly leftPaid = new Set<ReservationId>();

  get areLeft(): boolean {
    return this.layouts.size + this.refunds.size > 0;
  }
}

/** A part of a chore: the reservations that must be at hand for it, and what it does. */
export interface Part {
  readonly reservationIds: readonly ReservationId[];
  readonly carryOut: (work: Work, now: number) => void;
}

/** The next part of what is left; null when nothing is. */
export function nextPart({ chores, schedules, seatMaps }: World, limits: PartLimits): Part | null {
  for (const scheduleId of chores.layouts) {
    const schedule = schedules.get(scheduleId);
    if (schedule !== undefined) {
      return { reservationIds: [], carryOut: (work) => layOutSome(work, schedule, limits.seatsMax) };
    }
  }
  for (const concertId of chores.refunds) {
    for (const schedule of schedules.values()) {
      if (schedule.concertId !== concertId) continue;
      const seatMap = seatMaps.get(schedule.scheduleId);
      const reservationIds = seatMap?.buyers(chores.leftPaid, limits.refundsMax) ?? [];
      if (reservationIds.length === 0) continue;
      return {
        reservationIds,
        carryOut: (work, now) => refundSome(work, { concertId, reservationIds }, now),
      };
    }
    chores.refunds.delete(concertId);
  }
  return null;
}

/** What a command has come to by now, once it was decided; null while parts of what it began are still to come. */
export function outcomeOf(
  { chores, concerts }: World,
  command: Command,
  result: Result<ReplyTo<Command>>,
): Result<ReplyTo<Command>> | null {
  if (!result.ok) return result;
  if (command.kind === 'create-schedule') {
    // The reply to a command of a kind is the reply of that kind.
    const { value } = result as Grant<ReplyTo<typeof command>>;
    return chores.layouts.has(value.scheduleId) ? null : result;
  }
  if (command.kind !== 'cancel-concert') return result;
  const concert = concerts.get(command.concertId);
  if (concert === undefined || chores.refunds.has(command.concertId)) return null;
  return granted(viewCancellation(concert));
}
