import type { Work } from '../coordinator/work.ts';
import type { PaymentId, ReservationId, TokenId, UserId } from '../ids.ts';
import { admitWaiting } from '../queue/admit.ts';
import { keepAlive } from '../queue/keep-alive.ts';
import { ended } from '../queue/token.ts';
import { granted, type Result, refused } from '../refusal.ts';
import { statusAt } from '../reservations/reservation.ts';
import type { Payment } from './payment.ts';

export interface PaymentRequest {
  readonly userId: UserId;
  readonly tokenId: TokenId | null;
  readonly reservationId: ReservationId;
}

export interface PaymentView {
  readonly paymentId: PaymentId;
  readonly amount: number;
  readonly paymentStatus: 'COMPLETED';
}

/**
 * Pays a hold (contract, operation 7): the money, the ledger, the seats, the payment and the token change together.
 * Paying again returns the same payment, even after the token completed. Refuses with `invalid token`,
 * `reservation not found` (absent, or not this user's), `reservation expired` or `not enough balance`.
 */
export function payReservation(work: Work, request: PaymentRequest, now: number): Result<PaymentView> {
  const { userId, tokenId, reservationId } = request;
  const token = work.activeToken(userId, tokenId);
  const paid = paymentOf(work, userId, reservationId);
  if (token === undefined) {
    const isOwner = tokenId !== null && work.tokenWithId(userId, tokenId) !== undefined;
    return paid !== undefined && isOwner ? granted(viewPayment(paid)) : refused('invalid token');
  }
  if (paid !== undefined) return granted(viewPayment(paid));

  const hold = work.hold(reservationId);
  if (hold === undefined) {
    const isTheirs = work.rows.reservations.get(reservationId)?.userId === userId;
    return refused(isTheirs ? 'reservation expired' : 'reservation not found');
  }
  if (hold.userId !== userId) return refused('reservation not found');
  if (statusAt(hold, now) !== 'PAYMENT_PENDING') return refused('reservation expired');
  const account = work.account(userId);
  if (account === undefined) return refused('user not found');
  if (account.balance < hold.totalPrice) return refused('not enough balance');

  const payment = work.sell(hold, now);
  const { paymentId } = payment;
  work.post(account, { amount: -payment.amount, cause: 'PAYMENT', paymentId, createdAt: now });
  if (work.payableHolds(userId, now).length > 0) {
    keepAlive(work, token, now);
  } else {
    work.saveToken(ended(token, 'COMPLETED', now));
    admitWaiting(work, now);
  }
  return granted(viewPayment(payment));
}

/** The payment of this user's reservation, if it has been made. */
function paymentOf(
  work: Work,
  userId: UserId,
  reservationId: ReservationId,
): Pick<Payment, 'paymentId' | 'amount'> | undefined {
  const past = work.rows.reservations.get(reservationId);
  const owner = work.hold(reservationId)?.userId ?? past?.userId;
  if (owner !== userId) return undefined;
  return work.payments.get(reservationId) ?? past?.payment ?? undefined;
}

function viewPayment({ paymentId, amount }: Pick<Payment, 'paymentId' | 'amount'>): PaymentView {
  return { paymentId, amount, paymentStatus: 'COMPLETED' };
}
