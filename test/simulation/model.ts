import { type Command, isOperators } from '../../src/coordinator/commands.ts';
import type { Policy } from '../../src/coordinator/policy.ts';
import { isKeyed, type Keyed } from '../../src/coordinator/retries.ts';
import type { ReservationId, ScheduleId, SeatId, TokenId, UserId } from '../../src/ids.ts';
import { ModelCatalogue } from './catalogue-model.ts';
import { type Expected, no, yes } from './expected.ts';
import { answerOperator } from './operator-model.ts';

export interface ModelToken {
  readonly tokenId: TokenId;
  readonly userId: UserId;
  readonly queueId: number;
  readonly joinedAt: number;
  status: 'WAITING' | 'ACTIVE' | 'COMPLETED' | 'EXPIRED';
  activeUntil: number;
  expiresAt: number;
  endedAt: number | null;
}

export interface ModelReservation {
  readonly reservationId: ReservationId;
  readonly userId: UserId;
  readonly scheduleId: ScheduleId;
  /** As they were written down: their ids, numbers and prices. */
  readonly seats: readonly (readonly [seatId: SeatId, seatNumber: number, price: number])[];
  readonly totalPrice: number;
  readonly expiresAt: number;
  status: 'PAYMENT_PENDING' | 'PAID' | 'EXPIRED' | 'CANCELLED' | 'REFUNDED';
  paymentId: number | null;
}

interface Kept {
  readonly request: string;
  readonly value: unknown;
  readonly createdAt: number;
}

/** The date that is on sale at first: seats 1 to `seats`, each at 1,000 times its number. */
export interface Hall {
  readonly seats: number;
  readonly saleAt: number;
  readonly concertAt: number;
}

const FINAL_STATUS_MS = 600_000;
export const KEPT_MS = 24 * 3600 * 1000;

/**
 * What the contract says, written down as plainly as can be: lists that are walked from end to end, no batches, no
 * sweeps, no index, nothing kept but what happened. The service must answer as this does, whatever goes wrong with it.
 */
export class Model {
  readonly balances = new Map<UserId, number>();
  tokens: ModelToken[] = [];
  reservations: ModelReservation[] = [];
  readonly kept = new Map<string, Kept>();
  /** How many there have been. */
  joinedTotal = 0;
  reservedTotal = 0;
  /** What the operator did that changed something. */
  readonly events: string[] = [];
  catalogue = new ModelCatalogue();
  /** As the operator reads it. */
  line;
  /** The numbers of the line that the operator has set, to whatever. */
  set: ReadonlySet<string> = new Set();
  entries = 0;
  payments = 0;
  private window: { startedAt: number; admitted: number };

  constructor(
    readonly policy: Policy,
    now: number,
    users: number,
    hall: Hall | null,
  ) {
    const { activeMax: maxActive, admitBatch, admitIntervalMs } = policy;
    this.line = { maxActive, admitBatch, admitIntervalMs, paused: false, closed: false };
    this.window = { startedAt: now, admitted: 0 };
    for (let id = 1; id <= users; id++) this.balances.set(id as UserId, 0);
    if (hall === null) return;
    const { concertId } = this.catalogue.addConcert('A');
    const seats = Array.from({ length: hall.seats }, (_, index) => ({
      seatNumber: index + 1,
      price: 1000 * (index + 1),
    }));
    const times = { concertId, concertAt: hall.concertAt, reservationAt: hall.saleAt };
    this.catalogue.addSchedule(times, seats).laidOut = hall.seats;
  }

  /** A copy to decide a batch in, which may come to nothing. */
  copy(): Model {
    const copy = new Model(this.policy, 0, 0, null);
    copy.window = { ...this.window };
    for (const [userId, balance] of this.balances) copy.balances.set(userId, balance);
    copy.tokens.push(...this.tokens.map((token) => ({ ...token })));
    copy.reservations.push(...this.reservations.map((reservation) => ({ ...reservation })));
    for (const [place, kept] of this.kept) copy.kept.set(place, kept);
    copy.joinedTotal = this.joinedTotal;
    copy.reservedTotal = this.reservedTotal;
    copy.events.push(...this.events);
    copy.catalogue = this.catalogue.copy();
    copy.line = this.line;
    copy.set = this.set;
    copy.entries = this.entries;
    copy.payments = this.payments;
    return copy;
  }

  // What time has done.

  isLive({ status, expiresAt }: ModelToken, now: number): boolean {
    return (status === 'WAITING' || status === 'ACTIVE') && now < expiresAt;
  }

  /** A token as anyone would see it at `now`: one that ran out has expired, whoever has written that down. */
  seen(token: ModelToken, now: number): Pick<ModelToken, 'status' | 'endedAt'> {
    if (token.endedAt !== null || this.isLive(token, now)) return token;
    return { status: 'EXPIRED', endedAt: token.expiresAt };
  }

  statusOf({ status, expiresAt }: ModelReservation, now: number): ModelReservation['status'] {
    return status === 'PAYMENT_PENDING' && expiresAt <= now ? 'EXPIRED' : status;
  }

  liveToken(userId: UserId, now: number): ModelToken | undefined {
    return this.tokens.find((token) => token.userId === userId && this.isLive(token, now));
  }

  waiting(now: number): ModelToken[] {
    return this.tokens.filter((token) => token.status === 'WAITING' && this.isLive(token, now));
  }

  active(now: number): ModelToken[] {
    return this.tokens.filter((token) => token.status === 'ACTIVE' && this.isLive(token, now));
  }

  /** The seats that someone holds or bought. */
  reserved(now: number): Set<SeatId> {
    const kept = this.reservations.filter((reservation) =>
      ['PAYMENT_PENDING', 'PAID'].includes(this.statusOf(reservation, now)),
    );
    return new Set(kept.flatMap(({ seats }) => seats.map(([seatId]) => seatId)));
  }

  /** Where an answer is kept that must be given again. */
  keptAt(now: number): string[] {
    return [...this.kept].filter(([, { createdAt }]) => now < createdAt + KEPT_MS).map(([place]) => place);
  }

  // What happens without a command.

  /** Lets in whoever is next, as far as the interval and the limit allow. */
  admit(now: number): void {
    const { admitIntervalMs, admitBatch, maxActive, paused } = this.line;
    if (paused) return;
    const sinceMs = now - this.window.startedAt;
    if (sinceMs >= admitIntervalMs) {
      this.window = { startedAt: now - (sinceMs % admitIntervalMs), admitted: 0 };
    }
    for (const token of this.waiting(now)) {
      if (this.window.admitted >= admitBatch || this.active(now).length >= maxActive) return;
      this.window.admitted++;
      token.status = 'ACTIVE';
      token.activeUntil = now + this.policy.activeMs;
      token.expiresAt = token.activeUntil;
    }
  }

  /** A token that ended so long ago that it may be gone. */
  isOldToken(token: ModelToken, now: number): boolean {
    const { endedAt } = this.seen(token, now);
    return endedAt !== null && endedAt + this.policy.retentionMs <= now;
  }

  /** The same of a reservation, which must not have been paid. */
  isOldReservation(reservation: ModelReservation, now: number): boolean {
    const isUnpaid = ['EXPIRED', 'CANCELLED'].includes(this.statusOf(reservation, now));
    return isUnpaid && reservation.expiresAt + this.policy.retentionMs <= now;
  }

  /** What is old is gone, but for those that are still there. */
  forget(now: number, isThere: { token(queueId: number): boolean; reservation(id: number): boolean }): void {
    this.tokens = this.tokens.filter((token) => !this.isOldToken(token, now) || isThere.token(token.queueId));
    this.reservations = this.reservations.filter(
      (reservation) =>
        !this.isOldReservation(reservation, now) || isThere.reservation(reservation.reservationId),
    );
  }

  /** A sign of life of someone who waits. */
  renew(userId: UserId, now: number): void {
    const token = this.liveToken(userId, now);
    if (token?.status === 'WAITING') {
      token.expiresAt = Math.max(token.expiresAt, now + this.policy.waitingMs);
    }
  }

  /** Those who wait as the database has it, some of whom ran out meanwhile, have their full time again. */
  recover(now: number, waiting: ReadonlySet<number>): void {
    this.window = { startedAt: now, admitted: 0 };
    for (const token of this.tokens) {
      if (waiting.has(token.queueId)) token.expiresAt = now + this.policy.waitingMs;
    }
  }

  // Commands.

  /** What memory knows is answered at once, from what is committed: nobody is let in by that. */
  look(command: Command, now: number): Expected {
    const newTokenId = (): never => {
      throw new Error('nobody joins by looking');
    };
    const seen = this.answer(command, now, newTokenId);
    return command.kind === 'issue-token' && seen.ok ? this.showToken(command.userId, now) : seen;
  }

  /** `newTokenId` is what the service has drawn for the next one who joins. */
  decide(command: Command, now: number, newTokenId: () => TokenId): Expected {
    if (!isKeyed(command)) return this.carryOut(command, now, newTokenId);
    const place = placeOf(command);
    const kept = this.kept.get(place);
    const request = requestOf(command);
    if (kept === undefined || kept.createdAt + KEPT_MS <= now) {
      const expected = this.carryOut(command, now, newTokenId);
      if (expected.ok) this.kept.set(place, { request, value: expected.value, createdAt: now });
      return expected;
    }
    if ('tokenId' in command && !this.isOfUser(command.tokenId, command.userId)) return no('invalid token');
    return kept.request === request
      ? { ok: true, value: kept.value, isReplay: true }
      : no('idempotency key reused');
  }

  private carryOut(command: Command, now: number, newTokenId: () => TokenId): Expected {
    const expected = this.answer(command, now, newTokenId);
    this.admit(now);
    // The newcomer may have been let in at once.
    return command.kind === 'issue-token' && expected.ok ? this.showToken(command.userId, now) : expected;
  }

  private answer(command: Command, now: number, newTokenId: () => TokenId): Expected {
    if (isOperators(command)) return answerOperator(this, command, now);
    switch (command.kind) {
      case 'issue-token':
        if (!this.balances.has(command.userId)) return no('user not found');
        if (this.liveToken(command.userId, now) !== undefined) return yes(null);
        if (this.line.closed) return no('queue closed');
        this.join(command.userId, now, newTokenId());
        return yes(null);
      case 'find-token':
        if (!this.balances.has(command.userId)) return no('user not found');
        return this.showToken(command.userId, now);
      case 'poll':
        return this.poll(command, now);
      case 'leave':
        return this.leave(command, now);
      case 'reserve':
        return this.reserve(command, now);
      case 'cancel':
        return this.cancel(command, now);
      case 'pay':
        return this.pay(command, now);
      case 'recharge':
        return this.recharge(command);
      case 'find-balance': {
        const currentAmount = this.balances.get(command.userId);
        return currentAmount === undefined
          ? no('user not found')
          : yes({ userId: command.userId, currentAmount });
      }
      case 'view-seats': {
        if (!this.active(now).some(({ tokenId }) => tokenId === command.tokenId)) return no('invalid token');
        const shown = command.scheduleId && this.catalogue.scheduleOnShow(command.scheduleId);
        if (!shown) return no('schedule not found');
        const reserved = this.reserved(now);
        return yes(
          shown.seats.map((seat) => [
            seat.seatId,
            seat.seatNumber,
            !seat.isBlocked && !reserved.has(seat.seatId),
            seat.price,
          ]),
        );
      }
      case 'probe':
        return yes(null);
      case 'browse':
      case 'check-token':
      case 'snapshot-line':
        throw new Error(`nobody in the simulation asks to ${command.kind}`);
    }
  }

  private showToken(userId: UserId, now: number): Expected {
    const token = this.liveToken(userId, now);
    if (token === undefined) return no('token not found');
    return yes({ tokenId: token.tokenId, createdAt: token.joinedAt, expiredAt: token.expiresAt });
  }

  private join(userId: UserId, now: number, tokenId: TokenId): void {
    const last = this.tokens.findLast((token) => token.userId === userId);
    if (last !== undefined && last.endedAt === null) this.end(last, 'EXPIRED', last.expiresAt);
    this.tokens.push({
      tokenId,
      userId,
      queueId: ++this.joinedTotal,
      joinedAt: now,
      status: 'WAITING',
      activeUntil: 0,
      expiresAt: now + this.policy.waitingMs,
      endedAt: null,
    });
  }

  private poll({ userId, tokenId }: { userId: UserId; tokenId: TokenId }, now: number): Expected {
    if (!this.balances.has(userId)) return no('user not found');
    const token = this.tokens.find((t) => t.tokenId === tokenId && t.userId === userId);
    if (token === undefined) return no('invalid token');
    const { status, endedAt } = this.seen(token, now);
    if (endedAt !== null && endedAt + FINAL_STATUS_MS <= now) return no('invalid token');
    const ahead = this.waiting(now).filter(({ queueId }) => queueId < token.queueId).length;
    return yes({
      queueId: token.queueId,
      joinAt: token.joinedAt,
      status,
      remainingWaitListCount: status === 'WAITING' ? ahead : 0,
    });
  }

  private leave({ userId, tokenId }: { userId: UserId; tokenId: TokenId }, now: number): Expected {
    const token = this.liveToken(userId, now);
    if (token?.tokenId !== tokenId) {
      return no(this.balances.has(userId) ? 'invalid token' : 'user not found');
    }
    for (const hold of this.holdsOf(userId, now)) hold.status = 'CANCELLED';
    this.end(token, 'EXPIRED', now);
    return yes({ tokenId, status: 'EXPIRED' });
  }

  private reserve(command: Extract<Command, { kind: 'reserve' }>, now: number): Expected {
    const { userId, concertId, scheduleId, seatIds } = command;
    const token = this.activeToken(command, now);
    if (token === undefined) return no('invalid token');
    if (this.catalogue.concert(concertId)?.isCancelled !== false) return no('concert not found');
    const schedule = this.catalogue.schedule(scheduleId);
    if (schedule?.concertId !== concertId) return no('schedule not found');
    const seats = this.catalogue.writeDown(schedule, seatIds);
    if (seats.length < seatIds.length) return no('seat not found');
    const reserved = this.reserved(now);
    const isAllowed =
      now < token.activeUntil &&
      schedule.reservationAt <= now &&
      now < schedule.concertAt &&
      !schedule.isClosed &&
      seatIds.length <= this.policy.seatsPerReservationMax &&
      new Set(seatIds).size === seatIds.length &&
      !seatIds.some((seatId) => reserved.has(seatId)) &&
      !schedule.seats.some(({ seatId, isBlocked }) => isBlocked && seatIds.includes(seatId));
    if (!isAllowed) return no('reservation failed');
    const made: ModelReservation = {
      reservationId: ++this.reservedTotal as ReservationId,
      userId,
      scheduleId,
      seats,
      totalPrice: seats.reduce((sum, [, , price]) => sum + price, 0),
      expiresAt: now + this.policy.holdMs,
      status: 'PAYMENT_PENDING',
      paymentId: null,
    };
    this.reservations.push(made);
    token.expiresAt = Math.max(token.expiresAt, made.expiresAt);
    const { reservationId, totalPrice } = made;
    const seatNumbers = seats.map(([, seatNumber]) => seatNumber);
    return yes({ reservationId, totalPrice, seatNumbers, reservationStatus: 'PAYMENT_PENDING' });
  }

  private cancel(command: { userId: UserId; reservationId: ReservationId }, now: number): Expected {
    const { userId, reservationId } = command;
    if (!this.balances.has(userId)) return no('user not found');
    const reservation = this.reservationOf(userId, reservationId);
    if (reservation === undefined) return no('reservation not found');
    const status = this.statusOf(reservation, now);
    if (status === 'EXPIRED') return no('reservation expired');
    if (status === 'PAID' || status === 'REFUNDED') return no('reservation already paid');
    if (status === 'PAYMENT_PENDING') this.letGo(reservation, now);
    return yes({ reservationId, reservationStatus: 'CANCELLED' });
  }

  private pay(command: Extract<Command, { kind: 'pay' }>, now: number): Expected {
    const { userId, reservationId } = command;
    const reservation = this.reservationOf(userId, reservationId);
    const token = this.activeToken(command, now);
    // Also what was refunded since.
    const isPaid = reservation !== undefined && reservation.paymentId !== null;
    if (token === undefined) {
      return isPaid && this.isOfUser(command.tokenId, userId)
        ? this.showPayment(reservation)
        : no('invalid token');
    }
    if (reservation === undefined) return no('reservation not found');
    if (isPaid) return this.showPayment(reservation);
    if (this.statusOf(reservation, now) !== 'PAYMENT_PENDING') return no('reservation expired');
    const balance = this.balances.get(userId) ?? 0;
    if (balance < reservation.totalPrice) return no('not enough balance');
    this.balances.set(userId, balance - reservation.totalPrice);
    this.entries++;
    reservation.status = 'PAID';
    reservation.paymentId = ++this.payments;
    if (this.holdsOf(userId, now).length > 0) this.keepAlive(token, now);
    else this.end(token, 'COMPLETED', now);
    return this.showPayment(reservation);
  }

  private showPayment({ paymentId, totalPrice }: ModelReservation): Expected {
    return yes({ paymentId, amount: totalPrice, paymentStatus: 'COMPLETED' });
  }

  private recharge({ userId, amount }: { userId: UserId; amount: number }): Expected {
    if (amount < 1 || amount > this.policy.rechargeMax) return no('invalid recharge amount');
    const balance = this.balances.get(userId);
    if (balance === undefined) return no('user not found');
    this.balances.set(userId, balance + amount);
    this.entries++;
    return yes({ userId, currentAmount: balance + amount });
  }

  // What they share.

  /** Lets a hold go, before its end. */
  letGo(hold: ModelReservation, now: number): void {
    hold.status = 'CANCELLED';
    const token = this.liveToken(hold.userId, now);
    if (token?.status === 'ACTIVE') this.keepAlive(token, now);
  }

  private activeToken(
    { userId, tokenId }: { userId: UserId; tokenId: TokenId | null },
    now: number,
  ): ModelToken | undefined {
    const token = this.liveToken(userId, now);
    return token?.status === 'ACTIVE' && token.tokenId === tokenId ? token : undefined;
  }

  private isOfUser(tokenId: TokenId | null, userId: UserId): boolean {
    return this.tokens.some((token) => token.tokenId === tokenId && token.userId === userId);
  }

  private reservationOf(userId: UserId, id: ReservationId): ModelReservation | undefined {
    return this.reservations.find((r) => r.reservationId === id && r.userId === userId);
  }

  private holdsOf(userId: UserId, now: number): ModelReservation[] {
    return this.reservations.filter(
      (hold) => hold.userId === userId && this.statusOf(hold, now) === 'PAYMENT_PENDING',
    );
  }

  /** An admitted user stays until the window is over, and until the last unpaid hold ends. */
  private keepAlive(token: ModelToken, now: number): void {
    const ends = this.holdsOf(token.userId, now).map(({ expiresAt }) => expiresAt);
    token.expiresAt = Math.max(token.activeUntil, ...ends);
    if (token.expiresAt <= now) this.end(token, 'EXPIRED', now);
  }

  private end(token: ModelToken, status: 'COMPLETED' | 'EXPIRED', at: number): void {
    token.status = status;
    token.endedAt = at;
  }
}

/** The operator is the user 0. */
export function placeOf(command: Keyed<Command>): string {
  const userId = 'userId' in command ? command.userId : 0;
  return `${userId} ${command.kind} ${command.idempotencyKey}`;
}

function requestOf(command: Keyed<Command>): string {
  switch (command.kind) {
    case 'issue-token':
      return '';
    case 'reserve':
      return `${command.concertId} ${command.scheduleId} ${command.seatIds}`;
    case 'pay':
      return `${command.reservationId}`;
    case 'recharge':
      return `${command.amount}`;
    case 'create-concert':
      return command.concertName;
    case 'create-schedule':
      return JSON.stringify([
        command.concertId,
        command.concertAt,
        command.reservationAt,
        command.priceBands,
      ]);
    case 'create-user':
      return `${command.newUserId}`;
  }
}
