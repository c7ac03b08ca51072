import type { Work } from '../coordinator/work.ts';
import type { ConcertId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import type { Concert, ConcertStatus } from './concert.ts';

export interface ConcertView {
  readonly concertId: ConcertId;
  readonly concertName: string;
  readonly concertStatus: ConcertStatus;
}

/** Puts a concert on sale, without a schedule yet. */
export function createConcert(
  work: Work,
  { concertName }: { concertName: string },
  now: number,
): Result<ConcertView> {
  const concert = work.addConcert(concertName);
  work.note('create-concert', null, viewConcert(concert), now);
  return granted(viewConcert(concert));
}

/** Refuses with `concert not found`. */
export function renameConcert(
  work: Work,
  { concertId, concertName }: { concertId: ConcertId; concertName: string },
  now: number,
): Result<ConcertView> {
  const before = work.concert(concertId);
  if (before === undefined) return refused('concert not found');
  const after = { ...before, concertName };
  if (concertName !== before.concertName) {
    work.saveConcert(after);
    work.note('rename-concert', viewConcert(before), viewConcert(after), now);
  }
  return granted(viewConcert(after));
}

export function viewConcert({ concertId, concertName, status }: Concert): ConcertView {
  return { concertId, concertName, concertStatus: status };
}
