import type { Work } from '../coordinator/work.ts';
import type { ConcertId, ReservationId } from '../ids.ts';
import { keepAlive } from '../queue/keep-alive.ts';
import { granted, type Result, refused } from '../refusal.ts';
import { isRefundable } from '../reservations/refund.ts';
import { viewConcert } from './announce.ts';
import type { Concert } from './concert.ts';

/** What a cancellation came to. */
export interface Cancellation {
  readonly concertId: ConcertId;
  readonly releasedHolds: number;
  readonly refundedReservations: number;
  /** In the currency's smallest unit. */
  readonly refundedAmount: number;
}

/**
 * Takes a concert off sale and lets its holds go, all at once. What was paid is returned by `refundSome` in commits that
 * follow, and whoever asked is answered after the last of them. Refuses with `concert not found`.
 */
export function cancelConcert(
  work: Work,
  { concertId }: { concertId: ConcertId },
  now: number,
): Result<Cancellation> {
  const before = work.concert(concertId);
  if (before === undefined) return refused('concert not found');
  if (before.status === 'CANCELLED') return granted(viewCancellation(before));
  const holds = work.holdsOfConcert(concertId, now);
  const after: Concert = { ...before, status: 'CANCELLED', releasedHolds: holds.length };
  work.saveConcert(after);
  for (const hold of holds) work.release(hold, 'CANCELLED');
  for (const userId of new Set(holds.map((hold) => hold.userId))) {
    const token = work.token(userId);
    if (token?.status === 'ACTIVE') keepAlive(work, token, now);
  }
  const released = { ...viewConcert(after), releasedHolds: holds.length };
  work.note('cancel-concert', viewConcert(before), released, now);
  return granted(viewCancellation(after));
}

/** Refunds these reservations, which must be paid ones of a concert that is cancelled, as far as balances have room. */
export function refundSome(
  work: Work,
  { concertId, reservationIds }: { concertId: ConcertId; reservationIds: readonly ReservationId[] },
  now: number,
): void {
  const before = work.concert(concertId);
  if (before?.status !== 'CANCELLED') throw new Error(`concert ${concertId} is not cancelled`);
  let { refundedReservations, refundedAmount } = before;
  for (const reservationId of reservationIds) {
    const reservation = work.reservation(reservationId);
    // To skip it would have it come again with the next part, and with the next, for ever.
    if (reservation?.status !== 'PAID') throw new Error(`reservation ${reservationId} is not paid`);
    if (!isRefundable(work, reservation)) {
      work.leavePaid(reservationId);
      continue;
    }
    refundedAmount += work.refund(reservation, now).amount;
    refundedReservations++;
  }
  if (refundedReservations === before.refundedReservations) return;
  const after = { ...before, refundedReservations, refundedAmount };
  work.saveConcert(after);
  work.note('refund-concert', viewCancellation(before), viewCancellation(after), now);
}

export function viewCancellation(concert: Concert): Cancellation {
  const { concertId, releasedHolds, refundedReservations, refundedAmount } = concert;
  return { concertId, releasedHolds, refundedReservations, refundedAmount };
}
