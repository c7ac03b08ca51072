import type { Work } from '../coordinator/work.ts';
import type { ReservationId, UserId } from '../ids.ts';
import { keepAlive } from '../queue/keep-alive.ts';
import { granted, type Reason, type Result, refused } from '../refusal.ts';
import { type ReservationStatus, statusAt } from './reservation.ts';

export interface CancelView {
  readonly reservationId: ReservationId;
  readonly reservationStatus: ReservationStatus;
}

const REASON = {
  EXPIRED: 'reservation expired',
  PAID: 'reservation already paid',
  REFUNDED: 'reservation already paid',
} satisfies Partial<Record<ReservationStatus, Reason>>;

/**
 * Lets an unpaid hold go at once; doing it twice is doing it once. Refuses with `user not found`,
 * `reservation not found` (absent, or not this user's), `reservation expired` or `reservation already paid`.
 */
export function cancelReservation(
  work: Work,
  { userId, reservationId }: { userId: UserId; reservationId: ReservationId },
  now: number,
): Result<CancelView> {
  if (work.account(userId) === undefined) return refused('user not found');
  const hold = work.hold(reservationId);
  const reservation = hold ?? work.rows.reservations.get(reservationId);
  if (reservation?.userId !== userId) return refused('reservation not found');
  const status = hold === undefined ? reservation.status : statusAt(hold, now);
  if (status !== 'PAYMENT_PENDING' && status !== 'CANCELLED') return refused(REASON[status]);
  if (status === 'PAYMENT_PENDING' && hold !== undefined) {
    work.release(hold, 'CANCELLED');
    const token = work.token(userId);
    if (token?.status === 'ACTIVE') keepAlive(work, token, now);
  }
  return granted({ reservationId, reservationStatus: 'CANCELLED' });
}
