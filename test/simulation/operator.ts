import { type OperatorCommand as Command, isOperators } from '../../src/coordinator/commands.ts';
import { isKeyed } from '../../src/coordinator/retries.ts';
import type { ConcertId, ReservationId, ScheduleId, UserId } from '../../src/ids.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { ModelSchedule } from './catalogue-model.ts';
import { stranger } from './crowd.ts';
import type { Model } from './model.ts';
import { toRefund } from './operator-model.ts';

/** Never more than this many may be active at once. */
export const ACTIVE_MAX = 20;

const MONTH_MS = 30 * 24 * 3600 * 1000;

const WEIGHTS = {
  refund: 9,
  'cancel a concert': 2,
  'announce a concert': 1,
  rename: 1,
  'lay out': 2,
  move: 2,
  close: 2,
  price: 3,
  block: 3,
  'change the line': 3,
  'make a user': 2,
  import: 1,
  look: 2,
  repeat: 2,
  'reuse a key': 1,
} as const;

type Act = keyof typeof WEIGHTS;

/** Who runs the sale while it goes on. It sees everything, and makes mistakes. */
export class Operator {
  /** The operator is the user 0. */
  readonly caller = stranger(0 as UserId);
  private keys = 0;

  constructor(private readonly random: SeededRandom) {}

  /** What it does next; null when nothing comes to mind. */
  next(model: Model, now: number): Command | null {
    // Whatever it stops it lets go on soon, or nothing would happen any more.
    const { line } = model;
    if ((line.paused || line.closed) && this.chance(0.5)) {
      return { kind: 'change-queue', isPaused: false, isClosed: false };
    }
    const [unrefunded] = toRefund(model);
    if (unrefunded !== undefined && this.chance(0.6)) {
      return { kind: 'refund', reservationId: unrefunded.reservationId };
    }
    const worth = this.worthCancelling(model);
    if (worth !== null && this.chance(0.3)) return { kind: 'cancel-concert', concertId: worth };
    if (!onSale(model, now).some((schedule) => seatsToSell(model, schedule, now) > 3) && this.chance(0.7)) {
      return this.sellMore(model, now);
    }
    return this.commandFor(this.pick(), model, now);
  }

  /** Another date; of another concert where the others are cancelled. */
  private sellMore(model: Model, now: number): Command {
    const isAnyOnSale = model.catalogue.concerts.some(({ isCancelled }) => !isCancelled);
    return isAnyOnSale ? this.layOut(model, now) : this.announce();
  }

  private commandFor(act: Act, model: Model, now: number): Command | null {
    const { catalogue } = model;
    const schedule = this.aSchedule(model, now);
    const { scheduleId } = schedule;
    switch (act) {
      case 'refund':
        return { kind: 'refund', reservationId: this.aReservation(model) };
      case 'cancel a concert':
        return { kind: 'cancel-concert', concertId: this.aConcert(model) };
      case 'announce a concert':
        return this.announce();
      case 'rename':
        return { kind: 'rename-concert', concertId: this.aConcert(model), concertName: this.aName() };
      case 'lay out':
        return this.layOut(model, now);
      case 'move': {
        const concertAt = schedule.concertAt + 1000 * (this.upTo(20) - 10);
        const reservationAt = this.chance(0.2) ? schedule.reservationAt + this.upTo(2_000) : undefined;
        return { kind: 'change-schedule', scheduleId, concertAt, reservationAt };
      }
      case 'close': {
        const closed = catalogue.schedules.find((s) => s.isClosed && this.chance(0.7));
        if (closed === undefined) return { kind: 'change-schedule', scheduleId, isClosed: true };
        return { kind: 'change-schedule', scheduleId: closed.scheduleId, isClosed: false };
      }
      case 'price':
        return {
          kind: 'change-seats',
          scheduleId,
          seatIds: this.someSeats(schedule),
          price: this.aPrice(),
          isBlocked: this.chance(0.1) ? this.chance(0.5) : undefined,
        };
      case 'block': {
        const blocked = schedule.seats.filter((seat) => seat.isBlocked).map(({ seatId }) => seatId);
        if (blocked.length > 2)
          return { kind: 'change-seats', scheduleId, seatIds: blocked, isBlocked: false };
        return { kind: 'change-seats', scheduleId, seatIds: this.someSeats(schedule), isBlocked: true };
      }
      case 'change the line':
        return this.changeLine();
      case 'make a user': {
        const newUserId = this.chance(0.7) ? null : ((1 + this.upTo(300)) as UserId);
        return { kind: 'create-user', newUserId, ...this.key() };
      }
      case 'import': {
        const newUserIds = Array.from({ length: 1 + this.upTo(4) }, () => (150 + this.upTo(200)) as UserId);
        return { kind: 'import-users', newUserIds };
      }
      case 'look': {
        const looks: Command[] = [
          { kind: 'view-sales', scheduleId },
          { kind: 'view-user', userId: (1 + this.upTo(205)) as UserId },
          { kind: 'view-line' },
        ];
        return looks[this.upTo(looks.length)] ?? null;
      }
      case 'repeat':
        return this.earlier(isKeyed);
      case 'reuse a key': {
        const call = this.earlier((c) => c.kind === 'create-concert' && isKeyed(c));
        return call?.kind === 'create-concert' ? { ...call, concertName: `not ${call.concertName}` } : null;
      }
    }
  }

  private announce(): Command {
    return { kind: 'create-concert', concertName: this.aName(), ...this.key() };
  }

  private layOut(model: Model, now: number): Command {
    const reservationAt = this.chance(0.8) ? now - 1_000 : now + this.upTo(5_000);
    // Some begin while their seats are held.
    const concertAt = this.chance(0.15) ? now + 6_000 + this.upTo(30_000) : now + MONTH_MS;
    const times = this.chance(0.04)
      ? { concertAt: reservationAt, reservationAt: concertAt }
      : { concertAt, reservationAt };
    const priceBands = [];
    let next = 1 + this.upTo(3);
    for (let bands = 1 + this.upTo(3); bands > 0; bands--) {
      const to = next + this.upTo(7);
      priceBands.push({ from: next, to, price: this.aPrice() });
      next = this.chance(0.03) ? to : to + 1 + this.upTo(2);
    }
    if (this.chance(0.3)) priceBands.reverse();
    return { kind: 'create-schedule', concertId: this.aConcert(model), ...times, priceBands, ...this.key() };
  }

  private changeLine(): Command {
    const changes: Command[] = [
      { kind: 'change-queue', activeMax: 1 + this.upTo(ACTIVE_MAX) },
      { kind: 'change-queue', activeMax: ACTIVE_MAX, admitBatch: 1 + this.upTo(8) },
      { kind: 'change-queue', admitIntervalMs: 200 + this.upTo(2_000) },
      { kind: 'change-queue', isPaused: true },
      { kind: 'change-queue', isClosed: true },
      { kind: 'change-queue' },
    ];
    return changes[this.upTo(changes.length)] ?? { kind: 'change-queue' };
  }

  /** One that something can be done with, for the most part. */
  private aSchedule(model: Model, now: number): ModelSchedule {
    const { schedules } = model.catalogue;
    const good = this.chance(0.9) ? onSale(model, now) : schedules;
    const among = good.length > 0 ? good : schedules;
    const schedule = among[this.upTo(among.length)];
    if (schedule === undefined) throw new Error('there is no schedule');
    return this.chance(0.97) ? schedule : { ...schedule, scheduleId: 999 as ScheduleId };
  }

  private aConcert({ catalogue: { concerts } }: Model): ConcertId {
    const good = this.chance(0.9) ? concerts.filter(({ isCancelled }) => !isCancelled) : concerts;
    // One more than there are, now and then.
    return good[this.upTo(good.length)]?.concertId ?? ((concerts.length + 1) as ConcertId);
  }

  /** A concert with several reservations to refund; null when there is none. */
  private worthCancelling({ catalogue, reservations }: Model): ConcertId | null {
    const sold = reservations.filter((r) => r.status === 'PAID' && !catalogue.isCancelled(r));
    const concertIds = sold.map(({ scheduleId }) => catalogue.schedule(scheduleId)?.concertId);
    return concertIds.find((id, index) => concertIds.indexOf(id) < index) ?? null;
  }

  private aReservation({ reservations }: Model): ReservationId {
    const paid = reservations.filter(({ status }) => status === 'PAID');
    const among = this.chance(0.8) && paid.length > 0 ? paid : reservations;
    return among[this.upTo(among.length)]?.reservationId ?? (1 as ReservationId);
  }

  private someSeats({ seats }: ModelSchedule) {
    const first = this.upTo(seats.length);
    const some = seats.slice(first, first + 1 + this.upTo(4)).map(({ seatId }) => seatId);
    const [again] = some;
    return this.chance(0.03) && again !== undefined ? [...some, again] : some;
  }

  private aPrice(): number {
    return 100 * (1 + this.upTo(200));
  }

  private aName(): string {
    return `concert ${this.upTo(3)}`;
  }

  private earlier(isGood: (command: Command) => boolean): Command | null {
    const calls = this.caller.calls.filter(isOperators).filter(isGood);
    return calls[this.upTo(calls.length)] ?? null;
  }

  private key(): { idempotencyKey?: string } {
    return this.chance(0.6) ? { idempotencyKey: `operator-${String(++this.keys).padStart(6, '0')}` } : {};
  }

  private pick(): Act {
    const acts = Object.keys(WEIGHTS) as Act[];
    let left = this.random.next() * acts.reduce((sum, act) => sum + WEIGHTS[act], 0);
    return (
      acts.find((act) => {
        left -= WEIGHTS[act];
        return left < 0;
      }) ?? 'look'
    );
  }

  private chance(share: number): boolean {
    return this.random.next() < share;
  }

  private upTo(count: number): number {
    return Math.floor(this.random.next() * count);
  }
}

/** The schedules whose seats can be had at `now`, or will be once they are there. */
export function onSale({ catalogue }: Model, now: number): ModelSchedule[] {
  return catalogue.schedules.filter(
    (schedule) =>
      !catalogue.isCancelled(schedule) &&
      !schedule.isClosed &&
      schedule.reservationAt <= now &&
      now < schedule.concertAt,
  );
}

function seatsToSell(model: Model, { seats }: ModelSchedule, now: number): number {
  const reserved = model.reserved(now);
  return seats.filter(({ seatId, isBlocked }) => !isBlocked && !reserved.has(seatId)).length;
}
