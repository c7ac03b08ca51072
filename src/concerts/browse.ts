import type { Desk } from '../coordinator/commands.ts';
import type { ConcertId, ScheduleId, TokenId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import type { Catalogue, ListedSchedule } from './catalogue.ts';

/** A schedule, and its seats as a JSON array. */
export interface ScheduleSeats {
  readonly schedule: ListedSchedule;
  readonly seats: string;
}

/**
 * The schedules of a concert that a seat can still be had for, by date (contract, operation 4). Refuses with
 * `invalid token` or `concert not found`.
 */
export async function listSchedules(
  desk: Desk,
  catalogue: Catalogue,
  { concertId, tokenId }: { concertId: ConcertId; tokenId: TokenId | null },
): Promise<Result<readonly ListedSchedule[]>> {
  if (tokenId === null) return refused('invalid token');
  const concert = await catalogue.concert(concertId);
  const scheduleIds = concert?.schedules.map(({ scheduleId }) => scheduleId) ?? [];
  const open = await desk.submit({ kind: 'browse', tokenId, scheduleIds });
  if (!open.ok) return open;
  if (concert === null) return refused('concert not found');
  return granted(concert.schedules.filter(({ scheduleId }) => open.value.includes(scheduleId)));
}

/**
 * A schedule and its seats as a JSON array (contract, operation 5). Refuses with `invalid token`,
 * `concert not found`, or `schedule not found` (also when it belongs to another concert).
 */
export async function viewSeats(
  desk: Desk,
  catalogue: Catalogue,
  {
    concertId,
    scheduleId,
    tokenId,
  }: { concertId: ConcertId; scheduleId: ScheduleId; tokenId: TokenId | null },
): Promise<Result<ScheduleSeats>> {
  if (tokenId === null) return refused('invalid token');
  const concert = await catalogue.concert(concertId);
  const schedule = concert?.schedules.find((s) => s.scheduleId === scheduleId);
  const seats = await desk.submit({ kind: 'view-seats', tokenId, scheduleId: schedule?.scheduleId ?? null });
  if (!seats.ok && seats.reason !== 'schedule not found') return seats;
  if (concert === null) return refused('concert not found');
  if (!seats.ok || schedule === undefined) return refused('schedule not found');
  return granted({ schedule, seats: seats.value });
}
