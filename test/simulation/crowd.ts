import {
  type Command as AnyCommand,
  type UserCommand as Command,
  isOperators,
} from '../../src/coordinator/commands.ts';
import { isKeyed } from '../../src/coordinator/retries.ts';
import type { ConcertId, ReservationId, ScheduleId, SeatId, TokenId, UserId } from '../../src/ids.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { ModelSchedule } from './catalogue-model.ts';

export const ACTS = [
  'join',
  'look the token up',
  'poll',
  'leave',
  'reserve',
  'cancel',
  'recharge',
  'pay',
  'look at the balance',
  'look at the seats',
  'repeat',
  'reuse a key',
  'meddle',
] as const;

export type Act = (typeof ACTS)[number];

const WEIGHTS: Readonly<Record<Act, number>> = {
  join: 6,
  'look the token up': 1,
  poll: 4,
  leave: 1,
  reserve: 8,
  cancel: 2,
  recharge: 4,
  pay: 6,
  'look at the balance': 1,
  'look at the seats': 1,
  repeat: 4,
  'reuse a key': 1,
  meddle: 2,
};

/** What a user knows: what the service has answered, as far as the answers came through. */
export interface SimulatedUser {
  readonly userId: UserId;
  tokenId: TokenId | null;
  reservationIds: ReservationId[];
  /** Whether the last of them is still to be paid. */
  hasToPay: boolean;
  /** Calls that it may send again: most of all those whose answers got lost. */
  calls: AnyCommand[];
}

/** Hundreds of people who want the same few seats, with clients that are honest, late, forgetful and now and then wrong. */
export class Crowd {
  users: SimulatedUser[];
  private keys = 0;

  constructor(
    private readonly random: SeededRandom,
    count: number,
    /** What is sold by now: all of it, and what a seat can be had of. */
    private readonly shows: () => { all: readonly ModelSchedule[]; onSale: readonly ModelSchedule[] },
  ) {
    // The last one is not in the database.
    this.users = Array.from({ length: count + 1 }, (_, index) => stranger((index + 1) as UserId));
  }

  /** Someone new is there, who has come to buy. */
  welcome(userId: UserId): void {
    const user = this.users.find((u) => u.userId === userId) ?? stranger(userId);
    this.users = [user, ...this.users.filter((u) => u !== user)];
  }

  /** Someone wants something; null when nothing comes to mind. */
  next(acts: readonly Act[]): { user: SimulatedUser; command: Command; act: Act } | null {
    // Most of what happens, happens to a few, so that their histories grow long.
    const among = this.random.next() < 0.9 ? Math.ceil(this.users.length / 10) : this.users.length;
    const user = this.users[this.upTo(among)];
    if (user === undefined) return null;
    const wanted = this.nextOf(user);
    const act = this.random.next() < 0.7 && acts.includes(wanted) ? wanted : this.pick(acts);
    if (act === undefined) return null;
    const command = this.commandFor(user, act);
    return command === null ? null : { user, command, act };
  }

  /** What brings this user nearer to a seat. */
  private nextOf({ tokenId, hasToPay }: SimulatedUser): Act {
    if (tokenId === null) return 'join';
    if (!hasToPay) return this.random.next() < 0.7 ? 'reserve' : 'poll';
    return this.random.next() < 0.5 ? 'pay' : 'recharge';
  }

  /** What this user would ask to do this; null when there is nothing to ask. */
  commandFor(user: SimulatedUser, act: Act): Command | null {
    const { userId, tokenId } = user;
    switch (act) {
      case 'join':
        return { kind: 'issue-token', userId, ...this.key() };
      case 'look the token up':
        return { kind: 'find-token', userId };
      case 'poll':
        return { kind: 'poll', userId, tokenId: tokenId ?? this.wrongToken() };
      case 'leave':
        return { kind: 'leave', userId, tokenId: tokenId ?? this.wrongToken() };
      case 'reserve':
        return this.reserve(userId, tokenId);
      case 'cancel':
        return { kind: 'cancel', userId, reservationId: this.reservationOf(user) };
      case 'recharge':
        return { kind: 'recharge', userId, amount: this.amount(), ...this.key() };
      case 'pay':
        return { kind: 'pay', userId, tokenId, reservationId: this.reservationOf(user), ...this.key() };
      case 'look at the balance':
        return { kind: 'find-balance', userId };
      case 'look at the seats':
        return {
          kind: 'view-seats',
          tokenId: tokenId ?? this.wrongToken(),
          scheduleId: this.random.next() < 0.9 ? this.show().scheduleId : (99 as ScheduleId),
        };
      case 'repeat':
        return usersCalls(user)[this.upTo(user.calls.length)] ?? null;
      case 'reuse a key': {
        const call = usersCalls(user).find((c) => c.kind === 'recharge' && c.idempotencyKey !== undefined);
        return call?.kind === 'recharge' ? { ...call, amount: call.amount + 1 } : null;
      }
      case 'meddle':
        return this.meddle(userId);
    }
  }

  private reserve(userId: UserId, tokenId: TokenId | null): Command {
    // Neighbouring seats in a small hall: they overlap with what others want.
    const count = 1 + this.upTo(this.random.next() < 0.05 ? 12 : 3);
    const show = this.show();
    const first = (show.seats[0]?.seatId ?? 1) + this.upTo(show.seats.length);
    const seatIds = Array.from({ length: count }, (_, index) => (first + index) as SeatId);
    if (this.random.next() < 0.03) seatIds.push(seatIds[0] ?? (1 as SeatId));
    const concertId = (this.random.next() < 0.97 ? show.concertId : show.concertId + 1) as ConcertId;
    const scheduleId = (this.random.next() < 0.97 ? show.scheduleId : show.scheduleId + 1) as ScheduleId;
    return { kind: 'reserve', userId, tokenId, concertId, scheduleId, seatIds, ...this.key() };
  }

  /** Someone tries what is not theirs. */
  private meddle(userId: UserId): Command {
    const busy = this.users.filter(({ calls }) => calls.length > 0);
    const victim = busy[this.upTo(busy.length)];
    const tokenId = victim?.tokenId ?? this.wrongToken();
    const reservationId = victim?.reservationIds.at(-1) ?? (1 as ReservationId);
    const calls = victim === undefined ? [] : usersCalls(victim);
    const theirs = calls.findLast(({ kind }) => kind === 'reserve' || kind === 'pay') ?? calls.at(-1);
    const { concertId, scheduleId, seats } = this.show();
    const seatIds = seats.slice(this.upTo(seats.length)).map(({ seatId }) => seatId);
    const concert = { concertId, scheduleId };
    const attempts: Command[] = [
      { kind: 'poll', userId, tokenId },
      { kind: 'leave', userId, tokenId },
      { kind: 'reserve', userId, tokenId, ...concert, seatIds: seatIds.slice(0, 1) },
      { kind: 'cancel', userId, reservationId },
      { kind: 'pay', userId, tokenId, reservationId },
      this.asIfMine(theirs, userId),
      this.asIfTheirs(theirs),
      this.asIfTheirs(theirs),
    ];
    return attempts[this.upTo(attempts.length)] ?? { kind: 'find-balance', userId };
  }

  /** Somebody else's call, with its key, as one's own. */
  private asIfMine(call: Command | undefined, userId: UserId): Command {
    return call !== undefined && isKeyed(call) ? { ...call, userId } : { kind: 'find-balance', userId };
  }

  /** Somebody else's call, word for word, but for the token, which is not known. */
  private asIfTheirs(call: Command | undefined): Command {
    const tokenId = this.wrongToken();
    return call?.kind === 'reserve' || call?.kind === 'pay'
      ? { ...call, tokenId }
      : { kind: 'view-seats', tokenId, scheduleId: 1 as ScheduleId };
  }

  /** What most want lately, or whatever there is. */
  private show(): ModelSchedule {
    const { all, onSale } = this.shows();
    const wanted = this.random.next() < 0.95 ? onSale.slice(-2) : all;
    const among = wanted.length > 0 ? wanted : all;
    const show = among[this.upTo(among.length)];
    if (show === undefined) throw new Error('there is nothing to see');
    return show;
  }

  private key(): { idempotencyKey?: string } {
    return this.random.next() < 0.6 ? { idempotencyKey: `key-${String(++this.keys).padStart(6, '0')}` } : {};
  }

  private amount(): number {
    const chance = this.random.next();
    if (chance < 0.03) return 10_000_001;
    return chance < 0.25 ? 1 + this.upTo(5_000) : 20_000 + this.upTo(100_000);
  }

  private reservationOf({ reservationIds }: SimulatedUser): ReservationId {
    const known =
      this.random.next() < 0.8 ? reservationIds.at(-1) : reservationIds[this.upTo(reservationIds.length)];
    return known ?? ((1 + this.upTo(50)) as ReservationId);
  }

  private wrongToken(): TokenId {
    return (1 + this.upTo(1_000)) as TokenId;
  }

  private pick(acts: readonly Act[]): Act | undefined {
    let left = this.random.next() * acts.reduce((sum, act) => sum + WEIGHTS[act], 0);
    return acts.find((act) => {
      left -= WEIGHTS[act];
      return left < 0;
    });
  }

  /** From 0 to below `count`. */
  private upTo(count: number): number {
    return Math.floor(this.random.next() * count);
  }
}

export function stranger(userId: UserId): SimulatedUser {
  return { userId, tokenId: null, reservationIds: [], hasToPay: false, calls: [] };
}

function usersCalls({ calls }: SimulatedUser): Command[] {
  return calls.filter((call): call is Command => !isOperators(call));
}
