/** Every reason for which a request can be refused or fail. The text is what the client reads as `message`. */
export type Reason =
  | 'invalid token'
  | 'unauthorized'
  | 'forbidden'
  | 'user not found'
  | 'token not found'
  | 'concert not found'
  | 'schedule not found'
  | 'seat not found'
  | 'reservation not found'
  | 'reservation failed'
  | 'reservation expired'
  | 'reservation already paid'
  | 'not enough balance'
  | 'reservation not paid'
  | 'refund failed'
  | 'concert cancelled'
  | 'user already exists'
  | 'invalid recharge amount'
  | 'invalid concertAt'
  | 'invalid reservationAt'
  | 'invalid priceBands'
  | 'invalid seatIds'
  | 'invalid userId'
  | 'queue closed'
  | 'payment failed'
  | 'recharge failed'
  | 'idempotency key reused'
  | 'too many streams'
  | 'too many requests'
  | 'overloaded'
  | 'internal error'
  | 'not ready';

export interface Refusal {
  readonly ok: false;
  readonly reason: Reason;
  /** What more an operator is told: what is wrong with the field that the reason names. */
  readonly detail?: string;
}

export interface Grant<T> {
  readonly ok: true;
  readonly value: T;
  /** The answer to an earlier request with the same idempotency key, given again. */
  readonly isReplay?: true;
}

/** What a decision comes to: a value, or the reason why nothing was changed. */
export type Result<T> = Grant<T> | Refusal;

export function granted<T>(value: T): Grant<T> {
  return { ok: true, value };
}

export function refused(reason: Reason, detail?: string): Refusal {
  return detail === undefined ? { ok: false, reason } : { ok: false, reason, detail };
}
