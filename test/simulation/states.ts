import type { Command } from '../../src/coordinator/commands.ts';
import { isKeyed } from '../../src/coordinator/retries.ts';
import type { Expected } from './expected.ts';
import { KEPT_MS, type Model, type ModelReservation, type ModelToken, placeOf } from './model.ts';
import { toRefund } from './operator-model.ts';

/** The states that a simulation must have been in, or else it has shown nothing about them. */
export const STATES = [
  'someone waits in line',
  'someone is admitted from the line',
  'a waiting place lapses',
  'an active token lapses',
  'someone leaves while waiting',
  'seats are held',
  'a seat that is held is refused to another',
  'a seat is taken over from a hold that ended',
  'a hold is let go',
  'a hold is paid',
  'a hold is paid at its last millisecond',
  'a hold is refused payment at the millisecond it ends',
  'a hold keeps a token alive beyond its window',
  'a payment is repeated after the token completed',
  'a payment is refused for want of money',
  'a key is replayed',
  'a key is replayed after a crash',
  'a key comes twice in one batch',
  'a key is reused for something else',
  'a key is free again after a day',
  'old answers are swept',
  'an old token is deleted',
  'an old reservation is deleted',
  'a token is asked for that may be gone',
  'housekeeping fails',
  'a command is late',
  'the mailbox is full',
  'ticks stall while commands gather',
  'the clock jumps far ahead',
  'a batch of several commands commits',
  'a batch fails',
  'a sweep fails',
  'rows cannot be loaded',
  'a commit comes late, and takes effect before it is looked up',
  'a commit comes late, and finds another epoch',
  'an outcome cannot be looked up at first',
  'a process is killed with commands in its mailbox',
  'a process is killed after its commit took effect',
  'a process is killed before its commit took effect',
  'another process takes over',
  'a process that lost its epoch is asked',
  'a process that lost its epoch tries to commit',
  'a process that lost its epoch refuses what it was asked before',
  'what took effect when the epoch was lost is left unanswered',
  'a process stops in good order',
  'a concert is cancelled',
  'a concert is cancelled while holds are unpaid',
  'a concert is cancelled twice at once',
  'a hold of a cancelled concert is refused payment',
  'a cancellation takes several commits',
  'a layout takes several commits',
  'a part fails',
  'nobody knows the outcome of a part',
  'a process is killed in the middle of a cancellation',
  'a process is killed in the middle of a layout',
  'another process takes over in the middle of a cancellation',
  'a reservation is refunded by hand',
  'a reservation is refunded by hand in the middle of a cancellation',
  'a reservation is refunded twice',
  'a payment is repeated after its refund',
  'a refunded seat is sold again',
  'a blocked seat is refused',
  'a seat is blocked whose hold ended',
  'a seat that is taken is left as it is',
  'a seat is held at its new price',
  'a seat of a closed sale is refused',
  'a schedule is asked for before it has all its seats',
  'a seat of a new schedule is sold',
  'a schedule is moved while seats are held',
  'nobody is admitted from a line that is paused',
  'someone cannot join a line that is closed',
  'more are active than may be by now',
  'a user who was made buys a seat',
] as const;

export type State = (typeof STATES)[number];

/** How often each state was reached. */
export class Tally {
  private readonly counts = new Map<State, number>();

  reached(state: State): void {
    this.counts.set(state, this.count(state) + 1);
  }

  count(state: State): number {
    return this.counts.get(state) ?? 0;
  }

  add(other: Readonly<Partial<Record<State, number>>>): void {
    for (const state of STATES) this.counts.set(state, this.count(state) + (other[state] ?? 0));
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(STATES.map((state) => [state, this.count(state)]));
  }

  get never(): State[] {
    return STATES.filter((state) => this.count(state) === 0);
  }
}

/** What is reached when this command is decided on a model in this state. */
export function statesBefore(model: Model, command: Command, now: number): State[] {
  const states: State[] = [];
  if (command.kind === 'pay' || command.kind === 'poll') {
    const isAsked = (token: ModelToken) => token.tokenId === command.tokenId && model.isOldToken(token, now);
    if (model.tokens.some(isAsked)) states.push('a token is asked for that may be gone');
  }
  if (command.kind === 'leave' && model.liveToken(command.userId, now)?.status === 'WAITING') {
    states.push('someone leaves while waiting');
  }
  if (command.kind === 'pay') {
    const hold = model.reservations.find((r) => r.reservationId === command.reservationId);
    const isActive = model.liveToken(command.userId, now)?.tokenId === command.tokenId;
    if (hold?.status === 'PAID' && hold.userId === command.userId && !isActive) {
      states.push('a payment is repeated after the token completed');
    }
  }
  states.push(...operatorsStatesBefore(model, command, now));
  if (isKeyed(command)) {
    const kept = model.kept.get(placeOf(command));
    if (kept !== undefined && kept.createdAt + KEPT_MS <= now) states.push('a key is free again after a day');
  }
  return states;
}

/** What is reached when this command has come to that. */
export function statesAfter(model: Model, command: Command, expected: Expected, now: number): State[] {
  const states: State[] = [];
  if (!expected.ok && expected.reason === 'idempotency key reused')
    states.push('a key is reused for something else');
  if (expected.ok && expected.isReplay) return states;
  states.push(...operatorsStatesAfter(model, command, expected));
  if (command.kind === 'reserve') {
    const { seatIds, userId } = command;
    const shares = sharing(model, seatIds);
    if (expected.ok) {
      states.push('seats are held');
      if (shares.some((r) => r.status === 'PAYMENT_PENDING' && model.statusOf(r, now) === 'EXPIRED')) {
        states.push('a seat is taken over from a hold that ended');
      }
    } else if (expected.reason === 'reservation failed') {
      const held = shares.filter((r) => model.statusOf(r, now) === 'PAYMENT_PENDING');
      if (held.some((r) => r.userId !== userId)) states.push('a seat that is held is refused to another');
    }
  }
  if (command.kind === 'cancel' && expected.ok) states.push('a hold is let go');
  if (command.kind === 'pay') {
    const hold = model.reservations.find((r) => r.reservationId === command.reservationId);
    if (expected.ok) states.push('a hold is paid');
    if (expected.ok && hold?.expiresAt === now + 1) states.push('a hold is paid at its last millisecond');
    if (!expected.ok && expected.reason === 'not enough balance') {
      states.push('a payment is refused for want of money');
    }
    if (!expected.ok && expected.reason === 'reservation expired' && hold?.expiresAt === now) {
      states.push('a hold is refused payment at the millisecond it ends');
    }
  }
  return states;
}

/** What is reached for what the operator has done. */
function operatorsStatesBefore(model: Model, command: Command, now: number): State[] {
  const { catalogue } = model;
  const states: State[] = [];
  if (command.kind === 'cancel-concert') {
    const concert = catalogue.concert(command.concertId);
    const isHeld = model.reservations.some(
      (r) =>
        catalogue.schedule(r.scheduleId)?.concertId === command.concertId &&
        model.statusOf(r, now) === 'PAYMENT_PENDING',
    );
    if (concert?.isCancelled === false) states.push('a concert is cancelled');
    if (concert?.isCancelled && toRefund(model, concert.concertId).length > 0) {
      states.push('a concert is cancelled twice at once');
    }
    if (isHeld) states.push('a concert is cancelled while holds are unpaid');
  }
  if (command.kind === 'change-seats' && command.isBlocked) {
    const ended = sharing(model, command.seatIds).filter((r) => r.status === 'PAYMENT_PENDING');
    if (ended.some((r) => model.statusOf(r, now) === 'EXPIRED'))
      states.push('a seat is blocked whose hold ended');
  }
  if (command.kind === 'refund') {
    const reservation = model.reservations.find((r) => r.reservationId === command.reservationId);
    if (reservation?.status === 'REFUNDED') states.push('a reservation is refunded twice');
    if (reservation?.status === 'PAID') states.push('a reservation is refunded by hand');
    if (toRefund(model).some((r) => r === reservation)) {
      states.push('a reservation is refunded by hand in the middle of a cancellation');
    }
  }
  if (command.kind === 'reserve') {
    const schedule = catalogue.schedules.find((s) => s.scheduleId === command.scheduleId);
    if (schedule !== undefined && schedule.laidOut < schedule.seats.length) {
      states.push('a schedule is asked for before it has all its seats');
    }
  }
  if (command.kind === 'change-schedule' && command.concertAt !== undefined) {
    const isHeld = model.reservations.some(
      (r) => r.scheduleId === command.scheduleId && model.statusOf(r, now) === 'PAYMENT_PENDING',
    );
    if (isHeld) states.push('a schedule is moved while seats are held');
  }
  return states;
}

function operatorsStatesAfter(model: Model, command: Command, expected: Expected): State[] {
  const states: State[] = [];
  const { catalogue } = model;
  if (command.kind === 'change-seats' && expected.ok) {
    const { changed } = expected.value as { changed: number };
    if (changed < command.seatIds.length) states.push('a seat that is taken is left as it is');
  }
  if (command.kind === 'issue-token' && !expected.ok && expected.reason === 'queue closed') {
    states.push('someone cannot join a line that is closed');
  }
  if (command.kind === 'reserve' && !expected.ok && expected.reason === 'reservation failed') {
    const schedule = catalogue.schedule(command.scheduleId);
    const isBlocked = schedule?.seats.some((s) => s.isBlocked && command.seatIds.includes(s.seatId));
    if (isBlocked) states.push('a blocked seat is refused');
    if (schedule?.isClosed) states.push('a seat of a closed sale is refused');
  }
  if (command.kind === 'reserve' && expected.ok && command.scheduleId === 1) {
    const held = model.reservations.at(-1)?.seats ?? [];
    if (held.some(([, number, price]) => price !== 1000 * number))
      states.push('a seat is held at its new price');
  }
  if (command.kind !== 'pay') return states;
  const reservation = model.reservations.find((r) => r.reservationId === command.reservationId);
  if (reservation === undefined) return states;
  if (!expected.ok) {
    const isOfCancelled = reservation.status === 'CANCELLED' && catalogue.isCancelled(reservation);
    if (expected.reason === 'reservation expired' && isOfCancelled) {
      states.push('a hold of a cancelled concert is refused payment');
    }
    return states;
  }
  if (reservation.status === 'REFUNDED') states.push('a payment is repeated after its refund');
  const seatIds = reservation.seats.map(([seatId]) => seatId);
  const wasRefunded = sharing(model, seatIds).some((r) => r.status === 'REFUNDED');
  if (wasRefunded && reservation.status === 'PAID') states.push('a refunded seat is sold again');
  if (reservation.scheduleId > 1) states.push('a seat of a new schedule is sold');
  if (command.userId > 200) states.push('a user who was made buys a seat');
  return states;
}

/** The reservations that have one of these seats, or had. */
function sharing(model: Model, seatIds: readonly number[]): ModelReservation[] {
  return model.reservations.filter((r) => r.seats.some(([seatId]) => seatIds.some((id) => id === seatId)));
}

/** What can be seen of the line. */
export function statesOfLine(model: Model, now: number): State[] {
  const states: State[] = [];
  const [waiting, active] = [model.waiting(now).length, model.active(now).length];
  if (model.line.paused && waiting > 0 && active < model.line.maxActive) {
    states.push('nobody is admitted from a line that is paused');
  }
  if (active > model.line.maxActive) states.push('more are active than may be by now');
  const hasLapsed = (status: string) =>
    model.tokens.some((token) => token.status === status && !model.isLive(token, now));
  if (model.waiting(now).length > 0) states.push('someone waits in line');
  if (hasLapsed('WAITING')) states.push('a waiting place lapses');
  if (hasLapsed('ACTIVE')) states.push('an active token lapses');
  if (model.active(now).some(({ activeUntil }) => activeUntil <= now)) {
    states.push('a hold keeps a token alive beyond its window');
  }
  return states;
}
