import type { BalanceView } from '../balance/recharge.ts';
import type { ReservationId, ScheduleId, TokenId, UserId } from '../ids.ts';
import type { PaymentRequest, PaymentView } from '../payments/pay.ts';
import type { TokenView } from '../queue/issue.ts';
import type { LeaveView } from '../queue/leave.ts';
import type { LineView } from '../queue/line-view.ts';
import type { StatusView } from '../queue/status.ts';
import type { Refusal, Result } from '../refusal.ts';
import type { CancelView } from '../reservations/cancel.ts';
import type { HoldRequest } from '../reservations/hold.ts';
import type { ReservationView } from '../reservations/reservation.ts';
import type { Repeatable } from './retries.ts';

/** All that can be asked of the coordinator. Plain data, so that it can cross from one process to another. */
export type Command =
  | ({ readonly kind: 'issue-token'; readonly userId: UserId } & Repeatable)
  | { readonly kind: 'find-token'; readonly userId: UserId }
  | { readonly kind: 'poll'; readonly userId: UserId; readonly tokenId: TokenId }
  | { readonly kind: 'leave'; readonly userId: UserId; readonly tokenId: TokenId }
  | ({ readonly kind: 'reserve' } & HoldRequest & Repeatable)
  | { readonly kind: 'cancel'; readonly userId: UserId; readonly reservationId: ReservationId }
  | ({ readonly kind: 'pay' } & PaymentRequest & Repeatable)
  | ({ readonly kind: 'recharge'; readonly userId: UserId; readonly amount: number } & Repeatable)
  | { readonly kind: 'find-balance'; readonly userId: UserId }
  /** Opens the gate, and tells which of the schedules a seat can still be had for. */
  | { readonly kind: 'browse'; readonly tokenId: TokenId; readonly scheduleIds: readonly ScheduleId[] }
  /** Opens the gate, and shows the seats of a schedule, if there is one. */
  | { readonly kind: 'view-seats'; readonly tokenId: TokenId; readonly scheduleId: ScheduleId | null }
  /** Whether a token is live: that of this user, or, where there is none, one that opens the gate. */
  | { readonly kind: 'check-token'; readonly holder: UserId | null; readonly tokenId: TokenId }
  /** Shows the totals of the line. */
  | { readonly kind: 'view-line' }
  /** Commits nothing but the proof that a commit is possible. */
  | { readonly kind: 'probe' };

/** What the coordinator answers to each kind of command when it does not refuse. */
export interface Replies {
  'issue-token': TokenView;
  'find-token': TokenView;
  poll: StatusView;
  leave: LeaveView;
  reserve: ReservationView;
  cancel: CancelView;
  pay: PaymentView;
  recharge: BalanceView;
  'find-balance': BalanceView;
  browse: readonly ScheduleId[];
  /** The JSON array of the seats. */
  'view-seats': string;
  'check-token': boolean;
  'view-line': LineView;
  probe: null;
}

export type ReplyTo<C extends Command> = Replies[C['kind']];

/** What the routes need of the coordinator, wherever it runs. What memory knows is answered without a promise. */
export interface Desk {
  submit<C extends Command>(command: C): MaybePromise<Result<ReplyTo<C>>>;
  /** The refusal of whatever has to wait for its turn, while there is no room for more; null while there is. */
  turnAway(): MaybePromise<Refusal> | null;
  /** The reservations of a user, newest first, from before the reservation `before`. */
  reservationsOf(
    userId: UserId,
    page: { before: number; limit: number },
  ): MaybePromise<Result<ReservationView[]>>;
}

export type MaybePromise<T> = T | Promise<T>;
