import type { BalanceView } from '../balance/recharge.ts';
import type { ConcertView } from '../concerts/announce.ts';
import type { Cancellation } from '../concerts/cancel-concert.ts';
import type { SeatChange, SeatChangeView } from '../concerts/change-seats.ts';
import type { SalesView } from '../concerts/sales.ts';
import type {
  NewSchedule,
  NewScheduleView,
  ScheduleChange,
  ScheduleView,
} from '../concerts/schedule-concert.ts';
import type { ConcertId, ReservationId, ScheduleId, TokenId, UserId } from '../ids.ts';
import type { PaymentRequest, PaymentView } from '../payments/pay.ts';
import type { TokenView } from '../queue/issue.ts';
import type { LeaveView } from '../queue/leave.ts';
import type { LineSnapshot } from '../queue/line-snapshot.ts';
import type { LineView } from '../queue/line-view.ts';
import type { QueueChange, QueueSettingsView } from '../queue/settings.ts';
import type { StatusView } from '../queue/status.ts';
import type { Refusal, Result } from '../refusal.ts';
import type { CancelView } from '../reservations/cancel.ts';
import type { HoldRequest } from '../reservations/hold.ts';
import type { RefundView } from '../reservations/refund.ts';
import type { OwnedReservation, ReservationView } from '../reservations/reservation.ts';
import type { ImportView, NewUserView } from '../users/register.ts';
import type { UserView } from '../users/view-user.ts';
import type { Repeatable } from './retries.ts';

/** All that can be asked of the coordinator. Plain data, so that it can cross from one process to another. */
export type Command = UserCommand | OperatorCommand;

/** What is asked for on behalf of one user, or of nobody. */
export type UserCommand =
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
  /** Copies who waits, for those who answer polls elsewhere. */
  | { readonly kind: 'snapshot-line' }
  /** Commits nothing but the proof that a commit is possible. */
  | { readonly kind: 'probe' };

/** What only the operator asks for. */
export type OperatorCommand =
  | ({ readonly kind: 'create-concert'; readonly concertName: string } & Repeatable)
  | { readonly kind: 'rename-concert'; readonly concertId: ConcertId; readonly concertName: string }
  | { readonly kind: 'cancel-concert'; readonly concertId: ConcertId }
  | ({ readonly kind: 'create-schedule' } & NewSchedule & Repeatable)
  | ({ readonly kind: 'change-schedule' } & ScheduleChange)
  | ({ readonly kind: 'change-seats' } & SeatChange)
  | { readonly kind: 'view-sales'; readonly scheduleId: ScheduleId }
  /** `newUserId`: null for the one after the highest. */
  | ({ readonly kind: 'create-user'; readonly newUserId: UserId | null } & Repeatable)
  | { readonly kind: 'import-users'; readonly newUserIds: readonly UserId[] }
  | { readonly kind: 'view-user'; readonly userId: UserId }
  | { readonly kind: 'refund'; readonly reservationId: ReservationId }
  | ({ readonly kind: 'change-queue' } & QueueChange)
  /** Shows the settings and the totals of the line. */
  | { readonly kind: 'view-line' };

const OPERATOR_KINDS: Record<OperatorCommand['kind'], true> = {
  'create-concert': true,
  'rename-concert': true,
  'cancel-concert': true,
  'create-schedule': true,
  'change-schedule': true,
  'change-seats': true,
  'view-sales': true,
  'create-user': true,
  'import-users': true,
  'view-user': true,
  refund: true,
  'change-queue': true,
  'view-line': true,
};

export function isOperators(command: Command): command is OperatorCommand {
  return command.kind in OPERATOR_KINDS;
}

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
  'snapshot-line': LineSnapshot;
  'view-line': { readonly settings: QueueSettingsView; readonly totals: LineView };
  'create-concert': ConcertView;
  'rename-concert': ConcertView;
  'cancel-concert': Cancellation;
  'create-schedule': NewScheduleView;
  'change-schedule': ScheduleView;
  'change-seats': SeatChangeView;
  'view-sales': SalesView;
  'create-user': NewUserView;
  'import-users': ImportView;
  'view-user': UserView;
  refund: RefundView;
  'change-queue': QueueSettingsView;
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
  /** A reservation, whoever made it. */
  reservation(reservationId: ReservationId): MaybePromise<Result<OwnedReservation>>;
}

export type MaybePromise<T> = T | Promise<T>;
