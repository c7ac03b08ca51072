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
  | 'invalid recharge amount'
  | 'payment failed'
  | 'recharge failed'
  | 'idempotency key reused'
  | 'too many streams'
  | 'overloaded'
  | 'internal error'
  | 'not ready';

export interface Refusal {
  readonly ok: false;
  readonly reason: Reason;
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

export function refused(reason: Reason): Refusal {
  return { ok: false, reason };
}
