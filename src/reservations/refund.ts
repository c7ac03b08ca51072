import type { Work } from '../coordinator/work.ts';
import type { ReservationId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import type { Reservation } from './reservation.ts';

export interface RefundView {
  readonly reservationId: ReservationId;
  /** In the currency's smallest unit. */
  readonly refundedAmount: number;
  readonly reservationStatus: 'REFUNDED';
}

/**
 * Returns what was paid to the balance, by an entry of the ledger, and frees the seats; doing it twice is doing it once.
 * Refuses with `reservation not found`, `reservation not paid`, or `refund failed` when the balance would pass 2^53−1.
 */
export function refundReservation(
  work: Work,
  { reservationId }: { reservationId: ReservationId },
  now: number,
): Result<RefundView> {
  const reservation = work.reservation(reservationId);
  if (reservation === undefined) return refused('reservation not found');
  const { status } = reservation;
  if (status !== 'PAID' && status !== 'REFUNDED') return refused('reservation not paid');
  if (status === 'PAID') {
    if (!isRefundable(work, reservation)) return refused('refund failed', 'the balance would pass 2^53−1');
    work.refund(reservation, now);
    const { userId, totalPrice } = reservation;
    const before = { reservationId, userId, reservationStatus: status };
    const after = { ...before, reservationStatus: 'REFUNDED', refundedAmount: totalPrice };
    work.note('refund-reservation', before, after, now);
  }
  return granted({
    reservationId,
    refundedAmount: reservation.totalPrice,
    reservationStatus: 'REFUNDED',
  });
}

/** Whether the balance of the user has room for what was paid. */
export function isRefundable(work: Work, { userId, totalPrice }: Reservation): boolean {
  const balance = work.account(userId)?.balance ?? Number.POSITIVE_INFINITY;
  return balance <= Number.MAX_SAFE_INTEGER - totalPrice;
}
