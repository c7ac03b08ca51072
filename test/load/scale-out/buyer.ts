import type { SeededRandom } from '../../support/seeded-random.ts';
import type { AccountMessage } from './account-object.ts';
import { type ConcertAnswer, type ConcertMessage, HOLD_MS, SEAT_PRICE } from './concert-object.ts';
import { type Receiver, type Surroundings, send } from './object.ts';

/** How long a client waits for an answer before it sends the same again. */
const PATIENCE_MS = 2_000;
const HOLDS_MAX = 3;
const CHOICES_MAX = 3;
const RECHARGES_MAX = 3;

type Answer = ConcertAnswer | { readonly key: string; readonly answer: 'recharged' };

/** What a client was told, which has to be so for good. */
export interface Told {
  readonly concert: string;
  readonly reservationId: number;
  readonly answer: 'paid' | 'expired' | 'refunded';
}

/** What clients have asked for and heard, to be held against what the objects have written. */
export interface Notes {
  /** Sums of recharges by user: those that were begun, and those that were answered. */
  readonly begun: Map<number, number>;
  readonly answered: Map<number, number>;
  readonly told: Told[];
}

/** A client that sends each request until it is answered, always with the same key. */
class Client implements Receiver<Answer> {
  private static keys = 0;
  private readonly open = new Map<string, (answer: Answer) => void>();

  constructor(protected readonly around: Surroundings) {}

  receive(answer: Answer): void {
    const hear = this.open.get(answer.key);
    this.open.delete(answer.key);
    hear?.(answer);
  }

  protected ask<Message>(
    to: Receiver<Message>,
    request: (asking: { key: string; from: Receiver<Answer> }) => Message,
    hear: (answer: Answer) => void,
  ): void {
    const key = String(++Client.keys);
    this.open.set(key, hear);
    const again = (): void => {
      if (!this.open.has(key)) return;
      send(this.around, to, request({ key, from: this }));
      this.around.events.after(PATIENCE_MS, again);
    };
    again();
  }
}

export interface Shop {
  readonly name: string;
  readonly concert: Receiver<ConcertMessage>;
  readonly account: Receiver<AccountMessage>;
  readonly seats: number;
  readonly notes: Notes;
}

/** How far a walk goes: each goes through the ones before. */
export type Walk = 'hold' | 'pay' | 'refund';

/** Puts something on the balance, holds seats, hesitates, and pays: sometimes too late, sometimes with too little. */
export class Buyer extends Client {
  private holds = 0;
  private recharges = 0;

  constructor(
    private readonly userId: number,
    private readonly shop: Shop,
    private readonly random: SeededRandom,
    around: Surroundings,
  ) {
    super(around);
  }

  begin(): void {
    this.recharge(Math.floor(this.random.next() * 4) * SEAT_PRICE, () => this.hold(CHOICES_MAX));
  }

  /** Walks straight through, as far as it is told to. */
  walk(steps: Walk): void {
    this.recharge(SEAT_PRICE, () => {
      this.ask<ConcertMessage>(
        this.shop.concert,
        (asking) => ({ kind: 'hold', userId: this.userId, seats: [0], ...asking }),
        (held) => {
          if (held.answer !== 'held') throw new Error('the seat is taken, and nobody else is there');
          if (steps !== 'hold') this.pay(held.reservationId, held.price);
          if (steps !== 'refund') return;
          const refunder = new Refunder(this.shop, this.around);
          this.around.events.after(2 * HOLD_MS, () => refunder.refund(held.reservationId));
        },
      );
    });
  }

  private recharge(amount: number, next: () => void): void {
    if (amount === 0) {
      next();
      return;
    }
    const { begun, answered } = this.shop.notes;
    const { userId } = this;
    begun.set(userId, (begun.get(userId) ?? 0) + amount);
    this.ask<AccountMessage>(
      this.shop.account,
      ({ key, from }) => ({ kind: 'recharge', key, userId, amount, from }),
      () => {
        answered.set(userId, (answered.get(userId) ?? 0) + amount);
        next();
      },
    );
  }

  private hold(choices: number): void {
    if (this.holds === HOLDS_MAX || choices === 0) return;
    const first = Math.floor(this.random.next() * this.shop.seats);
    const count = 1 + Math.floor(this.random.next() * 2);
    const seats = Array.from({ length: count }, (_, index) => (first + index) % this.shop.seats);
    this.ask<ConcertMessage>(
      this.shop.concert,
      (asking) => ({ kind: 'hold', userId: this.userId, seats, ...asking }),
      (answer) => {
        if (answer.answer !== 'held') {
          this.hold(choices - 1);
          return;
        }
        this.holds++;
        const { reservationId, price } = answer;
        // As often as not near the end of the hold.
        const share = this.random.next() < 0.5 ? this.random.next() : 0.95 + 0.1 * this.random.next();
        this.around.events.after(share * HOLD_MS, () => this.pay(reservationId, price));
      },
    );
  }

  private pay(reservationId: number, price: number): void {
    this.ask<ConcertMessage>(
      this.shop.concert,
      (asking) => ({ kind: 'pay', reservationId, ...asking }),
      ({ answer }) => {
        if (answer === 'paid' || answer === 'expired') {
          this.shop.notes.told.push({ concert: this.shop.name, reservationId, answer });
          if (answer === 'expired') this.hold(CHOICES_MAX);
        } else if (answer === 'not enough balance') {
          this.around.seen('refused for want of money');
          if (this.recharges++ < RECHARGES_MAX) this.recharge(price, () => this.pay(reservationId, price));
        }
      },
    );
  }
}

/** Gives the money of a reservation back, if it was paid. */
export class Refunder extends Client {
  constructor(
    private readonly shop: Pick<Shop, 'name' | 'concert' | 'notes'>,
    around: Surroundings,
  ) {
    super(around);
  }

  refund(reservationId: number): void {
    this.ask<ConcertMessage>(
      this.shop.concert,
      (asking) => ({ kind: 'refund', reservationId, ...asking }),
      ({ answer }) => {
        if (answer !== 'refunded') return;
        this.around.seen('refunded');
        this.shop.notes.told.push({ concert: this.shop.name, reservationId, answer });
      },
    );
  }
}
