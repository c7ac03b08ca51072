import type { Account, LedgerEntry } from '../balance/accounts.ts';
import type { Concert, Schedule } from '../concerts/concert.ts';
import type { NewSeat, PriceBand } from '../concerts/layout.ts';
import type { Seat, SeatState, SeatStatus } from '../concerts/seat-map.ts';
import type { Random } from '../deps.ts';
import type {
  ConcertId,
  EntryId,
  EventId,
  PaymentId,
  QueueId,
  ReservationId,
  ScheduleId,
  SeatId,
  TokenId,
  UserId,
} from '../ids.ts';
import type { Payment } from '../payments/payment.ts';
import type { AdmissionWindow } from '../queue/admit.ts';
import type { Pace } from '../queue/poll-spacing.ts';
import { type QueueSettings, withSettings } from '../queue/settings.ts';
import { ended, isLive, type Token } from '../queue/token.ts';
import { type Reservation, type ReservationStatus, statusAt } from '../reservations/reservation.ts';
import type { Forgotten } from './housekeeping.ts';
import type { Policy } from './policy.ts';
import type { KeptAnswer, KeptPlace } from './retries.ts';
import type { Counters, LastIds, World } from './world.ts';

/** A row before and after a batch; `before` is null for a new one. */
export interface Change<T> {
  readonly before: T | null;
  readonly after: T;
}

/** A reservation that is not a live hold any more, and its payment if there was one. */
export interface PastReservation extends Reservation {
  readonly status: Exclude<ReservationStatus, 'PAYMENT_PENDING'>;
  readonly payment: Pick<Payment, 'paymentId' | 'amount'> | null;
}

/** What the operator did, and what was so before and after; both become JSON. */
export interface OperatorEvent {
  readonly eventId: EventId;
  readonly at: number;
  readonly operation: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The rows that a batch names and that memory does not hold. */
export interface Rows {
  readonly accounts: ReadonlyMap<UserId, Account>;
  readonly tokens: ReadonlyMap<TokenId, Token>;
  readonly reservations: ReadonlyMap<ReservationId, PastReservation>;
  readonly keptAnswers: readonly KeptAnswer[];
}

export const NO_ROWS: Rows = {
  accounts: new Map(),
  tokens: new Map(),
  reservations: new Map(),
  keptAnswers: [],
};

/**
 * The unit of work of one batch: the world as the decisions of the batch have left it so far, and the list of what
 * they changed. Nothing of it is seen outside until it has reached the disk; thrown away, it never was.
 */
export class Work {
  policy: Policy;
  settings: QueueSettings;
  readonly accounts = new Map<UserId, Change<Account>>();
  readonly tokens = new Map<TokenId, Change<Token>>();
  readonly reservations = new Map<ReservationId, Change<Reservation>>();
  /** The seats whose state changed. */
  readonly seats = new Map<SeatId, SeatState & { readonly scheduleId: ScheduleId }>();
  readonly payments = new Map<ReservationId, Payment>();
  readonly entries: LedgerEntry[] = [];
  readonly keptAnswers: KeptAnswer[] = [];
  readonly concerts = new Map<ConcertId, Change<Concert>>();
  readonly schedules = new Map<ScheduleId, Change<Schedule>>();
  readonly newSeats: (NewSeat & { readonly scheduleId: ScheduleId })[] = [];
  /** What seats cost whose price changed. */
  readonly prices = new Map<SeatId, { readonly scheduleId: ScheduleId; readonly price: number }>();
  /** Whether seats are blocked that were not, or were and are not. */
  readonly blocks = new Map<SeatId, Change<boolean>>();
  readonly newUsers = new Map<UserId, number>();
  readonly events: OperatorEvent[] = [];
  /** Paid reservations that their users have no room on the balance for: they stay paid. */
  readonly leftPaid: ReservationId[] = [];
  /** Answers that were kept at this time or before go, some of them. */
  forgetUntil: number | null = null;
  /** What leaves the tables for good. Memory has none of it. */
  forgotten: Forgotten = { tokens: [], reservations: [] };
  /** A copy of its own, counted up. */
  readonly counters: { -readonly [K in keyof Counters]: Counters[K] };
  readonly last: { -readonly [K in keyof LastIds]: LastIds[K] };
  window: AdmissionWindow;
  activeCount: number;

  private readonly keptByPlace = new Map<string, KeptAnswer>();
  private readonly tokenOfUser = new Map<UserId, Token>();
  private readonly newHolds = new Map<UserId, ReservationId[]>();
  private readonly joined: Token[] = [];
  private joinedSeen = 0;
  private lastSeen = 0;

  constructor(
    private readonly world: World,
    readonly rows: Rows,
    private readonly random: Random,
  ) {
    this.policy = world.policy;
    this.settings = world.settings;
    this.counters = { ...world.counters };
    this.last = { ...world.last };
    this.window = world.window;
    this.activeCount = world.line.activeCount;
    for (const kept of rows.keptAnswers) this.keptByPlace.set(textOf(kept), kept);
  }

  get isEmpty(): boolean {
    return (
      this.accounts.size === 0 &&
      this.tokens.size === 0 &&
      this.reservations.size === 0 &&
      this.entries.length === 0 &&
      this.keptAnswers.length === 0 &&
      this.events.length === 0 &&
      this.newSeats.length === 0 &&
      !this.hasNewSettings &&
      this.forgetUntil === null &&
      this.forgotten.tokens.length === 0 &&
      this.forgotten.reservations.length === 0
    );
  }

  get hasNewSettings(): boolean {
    return this.settings !== this.world.settings;
  }

  // Answers to requests that may come again.

  /** The answer that stands at a place, if it was kept later than at `forgotten`. */
  keptAnswer(place: KeptPlace, forgotten: number): KeptAnswer | undefined {
    const kept = this.keptByPlace.get(textOf(place));
    return kept !== undefined && kept.createdAt > forgotten ? kept : undefined;
  }

  keep(answer: KeptAnswer): void {
    this.keptAnswers.push(answer);
    this.keptByPlace.set(textOf(answer), answer);
  }

  // The operator.

  /** Keeps what the operator did, with what was so before and after. */
  note(operation: string, before: unknown, after: unknown, at: number): void {
    const eventId = (this.last.eventId + 1) as EventId;
    this.last.eventId = eventId;
    this.events.push({ eventId, at, operation, before, after });
  }

  saveSettings(settings: QueueSettings): void {
    this.settings = settings;
    this.policy = withSettings(this.world.configured, settings);
  }

  // Concerts.

  /** A concert, on sale or not. */
  concert(concertId: ConcertId): Concert | undefined {
    return this.concerts.get(concertId)?.after ?? this.world.concerts.get(concertId);
  }

  addConcert(concertName: string): Concert {
    const concertId = (this.last.concertId + 1) as ConcertId;
    this.last.concertId = concertId;
    const nothing = { releasedHolds: 0, refundedReservations: 0, refundedAmount: 0 };
    const concert: Concert = { concertId, concertName, status: 'ON_SALE', ...nothing };
    this.concerts.set(concertId, { before: null, after: concert });
    return concert;
  }

  /** Replaces a concert by what it has become. */
  saveConcert(concert: Concert): void {
    change(this.concerts, concert.concertId, this.concert(concert.concertId) ?? concert, concert);
  }

  /** A schedule that has all its seats. */
  schedule(scheduleId: ScheduleId): Schedule | undefined {
    const schedule = this.schedules.get(scheduleId)?.after ?? this.world.schedules.get(scheduleId);
    return schedule?.layout === null ? schedule : undefined;
  }

  /** Makes a schedule that is still to get all its seats. Their ids are its own from now on. */
  addSchedule(
    {
      bands,
      ...times
    }: Pick<Schedule, 'concertId' | 'concertAt' | 'reservationAt'> & {
      readonly bands: readonly PriceBand[];
    },
    seatCount: number,
  ): { scheduleId: ScheduleId; firstSeatId: SeatId } {
    const scheduleId = (this.last.scheduleId + 1) as ScheduleId;
    const firstSeatId = (this.last.seatId + 1) as SeatId;
    this.last.scheduleId = scheduleId;
    this.last.seatId = (this.last.seatId + seatCount) as SeatId;
    const after: Schedule = { scheduleId, ...times, isClosed: false, layout: { firstSeatId, bands } };
    this.schedules.set(scheduleId, { before: null, after });
    return { scheduleId, firstSeatId };
  }

  /** Replaces a schedule by what it has become. */
  saveSchedule(schedule: Schedule): void {
    const { scheduleId } = schedule;
    const before = this.schedules.get(scheduleId)?.after ?? this.world.schedules.get(scheduleId);
    change(this.schedules, scheduleId, before ?? schedule, schedule);
  }

  addSeats(scheduleId: ScheduleId, seats: readonly NewSeat[]): void {
    for (const seat of seats) this.newSeats.push({ ...seat, scheduleId });
  }

  seat(scheduleId: ScheduleId, seatId: SeatId): Seat | undefined {
    const seat = this.world.seatMaps.get(scheduleId)?.get(seatId);
    if (seat === undefined) return undefined;
    const changed = this.seats.get(seatId);
    const price = this.prices.get(seatId)?.price;
    if (changed === undefined && price === undefined) return seat;
    const { status, reservationId } = changed ?? seat;
    return { ...seat, status, reservationId, price: price ?? seat.price };
  }

  /** Gives seats that nobody has another price. */
  price(scheduleId: ScheduleId, seats: readonly Seat[], price: number): void {
    for (const { seatId } of seats) this.prices.set(seatId, { scheduleId, price });
  }

  /** Keeps seats that nobody has from everyone, or gives them back. */
  block(scheduleId: ScheduleId, seats: readonly Seat[], isBlocked: boolean): void {
    const state = { scheduleId, status: isBlocked ? 'BLOCKED' : 'AVAILABLE', reservationId: null } as const;
    for (const seat of seats) {
      this.endHoldOn(seat);
      this.seats.set(seat.seatId, state);
      change(this.blocks, seat.seatId, !isBlocked, isBlocked);
    }
  }

  /** Whether the seat can be taken: nobody has it, or the hold on it has ended. */
  isFree(seat: Seat, now: number): boolean {
    if (seat.status !== 'HELD' || seat.reservationId === null) return seat.status === 'AVAILABLE';
    const holder = this.hold(seat.reservationId);
    return holder !== undefined && statusAt(holder, now) === 'EXPIRED';
  }

  // Accounts and the ledger.

  /** The number after the highest of a user; null when there is none. */
  nextUserId(): UserId | null {
    return this.last.userId < Number.MAX_SAFE_INTEGER ? ((this.last.userId + 1) as UserId) : null;
  }

  addUser(userId: UserId, now: number): void {
    this.last.userId = Math.max(this.last.userId, userId) as UserId;
    this.newUsers.set(userId, now);
    this.accounts.set(userId, { before: null, after: { userId, balance: 0 } });
  }

  account(userId: UserId): Account | undefined {
    return (
      this.accounts.get(userId)?.after ?? this.world.accounts.get(userId) ?? this.rows.accounts.get(userId)
    );
  }

  /** Changes a balance and writes the ledger entry that accounts for it. Returns the new balance. */
  post(account: Account, entry: Omit<LedgerEntry, 'entryId' | 'userId'>): number {
    const balance = account.balance + entry.amount;
    if (balance < 0 || !Number.isSafeInteger(balance)) throw new Error('a balance is out of range');
    const entryId = (this.counters.lastEntryId + 1) as EntryId;
    this.counters.lastEntryId = entryId;
    this.entries.push({ entryId, userId: account.userId, ...entry });
    change(this.accounts, account.userId, account, { ...account, balance });
    return balance;
  }

  // The line.

  /** The live token of a user. */
  token(userId: UserId): Token | undefined {
    const token = this.tokenOfUser.get(userId) ?? this.world.line.get(userId);
    return token !== undefined && isLive(token) ? token : undefined;
  }

  /** The token that opens the gated operations, if it is this user's and admitted. */
  activeToken(userId: UserId, tokenId: TokenId | null): Token | undefined {
    const token = this.token(userId);
    return token?.status === 'ACTIVE' && token.tokenId === tokenId ? token : undefined;
  }

  /** The last token of a user as far as this batch knows, live or ended, if it has this id. */
  tokenWithId(userId: UserId, tokenId: TokenId): Token | undefined {
    const known = [
      this.tokenOfUser.get(userId),
      this.world.line.get(userId),
      this.world.line.lapsedOf(userId),
    ];
    const token = known.find((t) => t?.tokenId === tokenId) ?? this.rows.tokens.get(tokenId);
    return token?.userId === userId ? token : undefined;
  }

  /** Puts a user at the end of the line. */
  join(userId: UserId, now: number): void {
    if (this.token(userId) !== undefined) throw new Error(`user ${userId} has a live token`);
    const lapsed = this.world.line.lapsedOf(userId);
    if (lapsed !== undefined && !this.tokens.has(lapsed.tokenId)) this.lapse(lapsed, lapsed.expiresAt);
    const queueId = (this.counters.lastQueueId + 1) as QueueId;
    this.counters.lastQueueId = queueId;
    const token: Token = {
      tokenId: this.random.id() as TokenId,
      userId,
      queueId,
      status: 'WAITING',
      joinedAt: now,
      activeUntil: 0,
      expiresAt: now + this.policy.waitingMs,
      endedAt: null,
    };
    this.tokens.set(token.tokenId, { before: null, after: token });
    this.tokenOfUser.set(userId, token);
    this.joined.push(token);
  }

  /** The next in line whom this batch has not admitted yet. */
  nextWaiting(): Token | undefined {
    for (;;) {
      const inLine = this.world.line.nextWaitingAfter(this.lastSeen);
      const token = inLine ?? this.joined[this.joinedSeen];
      if (token === undefined) return undefined;
      if (inLine === undefined) this.joinedSeen++;
      this.lastSeen = token.queueId;
      const current = this.tokens.get(token.tokenId)?.after ?? token;
      if (current.status === 'WAITING') return current;
    }
  }

  /** How fast the line moves at `now`. */
  pace(now: number): Pace {
    return this.world.pace(now);
  }

  /** How many users this batch has admitted. */
  get admittedCount(): number {
    return this.counters.admittedTotal - this.world.counters.admittedTotal;
  }

  /** Lets a user in who waits. */
  admit(token: Token, now: number): void {
    const end = now + this.policy.activeMs;
    this.saveToken({ ...token, status: 'ACTIVE', activeUntil: end, expiresAt: end });
    this.counters.admittedTotal++;
  }

  /** Notes the end of a token that ran out at `at`. */
  lapse(token: Token, at: number): void {
    this.saveToken(ended(token, 'EXPIRED', at));
    this.counters.lapsedTotal++;
  }

  /** How many people wait ahead of this token. */
  ahead(token: Token): number {
    return this.world.line.ahead(token.queueId);
  }

  /** Replaces a token by what it has become. */
  saveToken(token: Token): void {
    const before = this.tokens.get(token.tokenId)?.after ?? this.world.line.get(token.userId);
    if (before?.tokenId === token.tokenId) {
      this.activeCount += Number(token.status === 'ACTIVE') - Number(before.status === 'ACTIVE');
    }
    change(this.tokens, token.tokenId, before?.tokenId === token.tokenId ? before : token, token);
    this.tokenOfUser.set(token.userId, token);
  }

  // Reservations.

  /** A reservation, as far as the batch has named it. */
  reservation(reservationId: ReservationId): Reservation | undefined {
    return this.hold(reservationId) ?? this.rows.reservations.get(reservationId);
  }

  /** A reservation that was unpaid when the batch began, or was made or refunded in it. */
  hold(reservationId: ReservationId): Reservation | undefined {
    return this.reservations.get(reservationId)?.after ?? this.world.holds.get(reservationId);
  }

  /** The holds of a user that can still be paid at `now`. */
  payableHolds(userId: UserId, now: number): Reservation[] {
    return [...this.world.holds.of(userId), ...(this.newHolds.get(userId) ?? [])]
      .map((reservationId) => this.hold(reservationId))
      .filter((hold) => hold !== undefined)
      .filter((hold) => statusAt(hold, now) === 'PAYMENT_PENDING');
  }

  /** Makes a reservation of seats of one schedule, which must be free. */
  reserve(
    seats: readonly Seat[],
    { userId, scheduleId, createdAt }: Pick<Reservation, 'userId' | 'scheduleId' | 'createdAt'>,
  ): Reservation {
    const reservationId = (this.counters.lastReservationId + 1) as ReservationId;
    this.counters.lastReservationId = reservationId;
    let totalPrice = 0;
    for (const seat of seats) {
      totalPrice += seat.price;
      this.endHoldOn(seat);
    }
    const made: Reservation = {
      reservationId,
      userId,
      scheduleId,
      seats,
      totalPrice,
      status: 'PAYMENT_PENDING',
      createdAt,
      expiresAt: createdAt + this.policy.holdMs,
    };
    this.reservations.set(reservationId, { before: null, after: made });
    this.saveSeats(made, 'HELD', reservationId);
    const others = this.newHolds.get(userId);
    if (others === undefined) this.newHolds.set(userId, [reservationId]);
    else others.push(reservationId);
    return made;
  }

  /** Ends a hold without a payment: its seats are free. */
  release(hold: Reservation, status: 'EXPIRED' | 'CANCELLED'): void {
    change(this.reservations, hold.reservationId, hold, { ...hold, status });
    this.saveSeats(hold, 'AVAILABLE', null);
  }

  /** Records the payment of a hold: its seats are sold. */
  sell(hold: Reservation, now: number): Payment {
    const paymentId = (this.counters.lastPaymentId + 1) as PaymentId;
    this.counters.lastPaymentId = paymentId;
    const { reservationId, totalPrice: amount } = hold;
    const payment: Payment = { paymentId, reservationId, amount, createdAt: now };
    this.payments.set(reservationId, payment);
    change(this.reservations, reservationId, hold, { ...hold, status: 'PAID' });
    this.saveSeats(hold, 'SOLD', reservationId);
    return payment;
  }

  /** The holds on seats of a concert that can still be paid at `now`. */
  holdsOfConcert(concertId: ConcertId, now: number): Reservation[] {
    const made = [...this.reservations.values()].filter(({ before }) => before === null);
    return [...this.world.holds.all(), ...made.map(({ after }) => after)]
      .map((hold) => this.hold(hold.reservationId) ?? hold)
      .filter((hold) => statusAt(hold, now) === 'PAYMENT_PENDING')
      .filter(({ scheduleId }) => this.world.schedules.get(scheduleId)?.concertId === concertId);
  }

  /** Returns what was paid for a reservation to its user, who must have room for it: its seats are free. */
  refund(reservation: Reservation, now: number): { readonly amount: number } {
    const { reservationId, userId } = reservation;
    const payment = this.payments.get(reservationId) ?? this.rows.reservations.get(reservationId)?.payment;
    const account = this.account(userId);
    if (!payment || account === undefined) throw new Error(`reservation ${reservationId} was not paid`);
    const { paymentId, amount } = payment;
    this.post(account, { amount, cause: 'REFUND', paymentId, createdAt: now });
    change(this.reservations, reservationId, reservation, { ...reservation, status: 'REFUNDED' });
    this.saveSeats(reservation, 'AVAILABLE', null);
    return { amount };
  }

  /** Notes that a reservation of a cancelled concert cannot be refunded. */
  leavePaid(reservationId: ReservationId): void {
    this.leftPaid.push(reservationId);
  }

  /** Whoever still stands on a free seat has a hold that ended. */
  private endHoldOn({ reservationId }: Seat): void {
    const holder = reservationId === null ? undefined : this.hold(reservationId);
    if (holder?.status === 'PAYMENT_PENDING') this.release(holder, 'EXPIRED');
  }

  private saveSeats(
    { scheduleId, seats }: Reservation,
    status: SeatStatus,
    reservationId: ReservationId | null,
  ): void {
    const state = { scheduleId, status, reservationId };
    for (const { seatId } of seats) this.seats.set(seatId, state);
  }
}

/** A key has no space in it, nor has the rest. */
function textOf({ userId, operation, key }: KeptPlace): string {
  return `${userId} ${operation} ${key}`;
}

/** Notes a change; several changes of one row in a batch are one, from the first state to the last. */
function change<K, T>(changes: Map<K, Change<T>>, key: K, before: T, after: T): void {
  const earlier = changes.get(key);
  changes.set(key, { before: earlier === undefined ? before : earlier.before, after });
}
