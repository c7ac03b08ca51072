import type { UserCommand as Command } from '../../src/coordinator/commands.ts';
import { isKeyed } from '../../src/coordinator/retries.ts';
import { type Expected, KEPT_MS, type Model, type ModelToken, placeOf } from './model.ts';

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
  if (command.kind === 'reserve') {
    const { seatIds, userId } = command;
    const shares = model.reservations.filter((r) =>
      r.seatIds.some((id) => seatIds.some((seatId) => seatId === id)),
    );
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

/** What can be seen of the line. */
export function statesOfLine(model: Model, now: number): State[] {
  const states: State[] = [];
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
