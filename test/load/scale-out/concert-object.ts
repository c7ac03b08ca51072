import type { AccountMessage, AccountReply } from './account-object.ts';
import { ALARM_MS, ObjectModel, type Receiver, type Surroundings } from './object.ts';
import { WRITTEN_ROWS } from './written-rows.ts';

export const HOLD_MS = 20_000;
/** How much longer than the hold seats are kept for a payment that has begun, and of which nothing is heard. */
export const GRACE_MS = 10_000;
export const SEAT_PRICE = 100;

/**
 * HELD → PAYING → PAID is how it goes well. PAYING goes back to HELD when the account says no. What ends while money may
 * have been taken is TAKING_BACK until the account says that it has none of it any more.
 */
export type Status = 'HELD' | 'PAYING' | 'PAID' | 'TAKING_BACK' | 'EXPIRED' | 'REFUNDED';

export interface Reservation {
  readonly reservationId: number;
  readonly key: string;
  readonly userId: number;
  readonly seats: readonly number[];
  readonly price: number;
  readonly expiresAt: number;
  readonly status: Status;
  /** Each try to pay is a payment of its own, as the account never changes its mind about one. */
  readonly attempt: number;
  /** What it is once the money is back. */
  readonly endsAs: 'EXPIRED' | 'REFUNDED';
}

export type ConcertAnswer =
  | { readonly key: string; readonly answer: 'held'; readonly reservationId: number; readonly price: number }
  | {
      readonly key: string;
      readonly answer: 'taken' | 'paid' | 'not enough balance' | 'expired' | 'refunded' | 'not paid';
    };

interface Asking {
  readonly key: string;
  readonly from: Receiver<ConcertAnswer>;
}

export type ConcertMessage =
  | ({ readonly kind: 'hold'; readonly userId: number; readonly seats: readonly number[] } & Asking)
  | ({ readonly kind: 'pay'; readonly reservationId: number } & Asking)
  | ({ readonly kind: 'refund'; readonly reservationId: number } & Asking)
  | AccountReply;

/**
 * A concert with its seats. A payment is written down before the account is asked for it, so that the hold cannot end
 * while money may be on its way: the payment and the end of the hold are two writes in one object, and the first one
 * counts. Whatever is not settled is asked for again at each alarm, and nothing but that makes up for a death.
 */
export class ConcertObject extends ObjectModel<ConcertMessage> {
  readonly reservations = new Map<number, Reservation>();
  /** In memory: who waits to hear of a reservation. */
  private readonly waiting = new Map<number, Asking[]>();
  /** In memory: when the account was last asked about a reservation. */
  private readonly askedAt = new Map<number, number>();

  constructor(
    name: string,
    around: Surroundings,
    private readonly accountOf: (userId: number) => Receiver<AccountMessage>,
  ) {
    super(name, around);
  }

  /** Whether it keeps its seats from others. */
  protected keepsSeats({ status, expiresAt }: Reservation): boolean {
    return status === 'PAYING' || status === 'PAID' || (status === 'HELD' && this.now < expiresAt);
  }

  protected override handle(message: ConcertMessage): void {
    if (message.kind === 'hold') this.hold(message);
    else if (message.kind === 'pay') this.pay(message);
    else if (message.kind === 'refund') this.refund(message);
    else this.hear(message);
  }

  protected override isReply({ kind }: ConcertMessage): boolean {
    return kind === 'debit-decided' || kind === 'taken-back';
  }

  protected override forget(): void {
    const left = [...this.reservations.values()].map(({ status }) => status);
    if (left.includes('PAYING')) this.around.seen('died while a payment was under way');
    if (left.includes('TAKING_BACK')) this.around.seen('died while money was on its way back');
    this.waiting.clear();
    this.askedAt.clear();
  }

  protected override look(): boolean {
    for (const reservation of this.reservations.values()) {
      const { status, expiresAt, reservationId } = reservation;
      if (status === 'HELD' && this.now >= expiresAt) this.expire(reservation);
      else if (status === 'PAYING' && this.now >= expiresAt + GRACE_MS) this.giveUp(reservation);
      else if (this.now - (this.askedAt.get(reservationId) ?? Number.NEGATIVE_INFINITY) >= ALARM_MS) {
        this.askAgain(reservation);
      }
    }
    const open: readonly Status[] = ['HELD', 'PAYING', 'TAKING_BACK'];
    return [...this.reservations.values()].some(({ status }) => open.includes(status));
  }

  /** Writes down that it is being paid, and only then asks for the money. */
  protected startPaying(reservation: Reservation): void {
    const paying: Reservation = { ...reservation, status: 'PAYING', attempt: reservation.attempt + 1 };
    this.commit(WRITTEN_ROWS.startPaying, () => this.put(paying));
    this.ask(paying);
  }

  protected hear(reply: AccountReply): void {
    const reservation = [...this.reservations.values()].find((r) => this.paymentOf(r) === reply.paymentId);
    if (reservation === undefined) this.around.seen('heard of a payment that another one came after');
    else if (reply.kind === 'taken-back') this.close(reservation);
    else this.settle(reservation, reply.isDebited);
  }

  protected settle(reservation: Reservation, isDebited: boolean): void {
    if (reservation.status !== 'PAYING') return;
    if (isDebited) {
      if (this.now >= reservation.expiresAt) this.around.seen('paid after the hold would have ended');
      this.commit(WRITTEN_ROWS.paid, () => this.put({ ...reservation, status: 'PAID' }));
      this.answerAll(reservation, 'paid');
      return;
    }
    if (this.now >= reservation.expiresAt) this.expire(reservation);
    else this.commit(WRITTEN_ROWS.mark, () => this.put({ ...reservation, status: 'HELD' }));
    this.answerAll(reservation, 'not enough balance');
  }

  /** The seats go at once; the money, if any was taken, as soon as the account can be reached. */
  protected giveUp(reservation: Reservation): void {
    this.startTakingBack(reservation, 'EXPIRED');
    this.answerAll(reservation, 'expired');
  }

  protected askAgain(reservation: Reservation): void {
    if (reservation.status === 'PAYING' || reservation.status === 'TAKING_BACK') this.ask(reservation);
  }

  protected ask(reservation: Reservation): void {
    const { reservationId, userId, price: amount, status } = reservation;
    const paymentId = this.paymentOf(reservation);
    this.askedAt.set(reservationId, this.now);
    this.tell(
      this.accountOf(userId),
      status === 'TAKING_BACK'
        ? { kind: 'take-back', paymentId, userId, from: this }
        : { kind: 'debit', paymentId, userId, amount, from: this },
    );
  }

  protected put(reservation: Reservation): void {
    this.reservations.set(reservation.reservationId, reservation);
    this.setAlarm();
  }

  protected expire(reservation: Reservation): void {
    this.commit(WRITTEN_ROWS.free, () => this.put({ ...reservation, status: 'EXPIRED' }));
  }

  protected paymentOf({ reservationId, attempt }: Reservation): string {
    return `${this.name}/${reservationId}/${attempt}`;
  }

  private hold({ key, userId, seats, from }: ConcertMessage & { kind: 'hold' }): void {
    const known = [...this.reservations.values()].find((reservation) => reservation.key === key);
    if (known === undefined && this.isAnyTaken(seats)) {
      this.tell(from, { key, answer: 'taken' });
      return;
    }
    const reservation: Reservation = known ?? {
      reservationId: this.reservations.size + 1,
      key,
      userId,
      seats,
      price: seats.length * SEAT_PRICE,
      expiresAt: this.now + HOLD_MS,
      status: 'HELD',
      attempt: 0,
      endsAs: 'EXPIRED',
    };
    if (known === undefined) this.commit(WRITTEN_ROWS.hold, () => this.put(reservation));
    const { reservationId, price } = reservation;
    this.tell(from, { key, answer: 'held', reservationId, price });
  }

  private isAnyTaken(seats: readonly number[]): boolean {
    const kept = [...this.reservations.values()].filter((reservation) => this.keepsSeats(reservation));
    return kept.some((reservation) => reservation.seats.some((seat) => seats.includes(seat)));
  }

  private pay({ key, reservationId, from }: ConcertMessage & { kind: 'pay' }): void {
    const reservation = this.find(reservationId);
    const { status, expiresAt, endsAs } = reservation;
    // A payment that is asked for again is the payment of then, whatever became of it.
    if (status === 'PAID' || endsAs === 'REFUNDED') this.tell(from, { key, answer: 'paid' });
    else if (status === 'PAYING') this.wait(reservationId, { key, from });
    else if (status === 'HELD' && this.now < expiresAt) {
      this.wait(reservationId, { key, from });
      this.startPaying(reservation);
    } else this.tell(from, { key, answer: 'expired' });
  }

  private refund({ key, reservationId, from }: ConcertMessage & { kind: 'refund' }): void {
    const reservation = this.find(reservationId);
    const { status, endsAs } = reservation;
    if (status === 'REFUNDED') this.tell(from, { key, answer: 'refunded' });
    else if (status === 'PAID' || (status === 'TAKING_BACK' && endsAs === 'REFUNDED')) {
      this.wait(reservationId, { key, from });
      if (status === 'PAID') this.startTakingBack(reservation, 'REFUNDED');
    } else this.tell(from, { key, answer: 'not paid' });
  }

  private startTakingBack(reservation: Reservation, endsAs: Reservation['endsAs']): void {
    const ending: Reservation = { ...reservation, status: 'TAKING_BACK', endsAs };
    this.commit(WRITTEN_ROWS.free, () => this.put(ending));
    this.ask(ending);
  }

  private close(reservation: Reservation): void {
    if (reservation.status !== 'TAKING_BACK') return;
    const { endsAs: status } = reservation;
    this.commit(WRITTEN_ROWS.takenBack, () => this.put({ ...reservation, status }));
    if (status === 'REFUNDED') this.answerAll(reservation, 'refunded');
  }

  private find(reservationId: number): Reservation {
    const reservation = this.reservations.get(reservationId);
    if (reservation === undefined) throw new Error(`nobody was told of a reservation ${reservationId}`);
    return reservation;
  }

  private wait(reservationId: number, asking: Asking): void {
    this.waiting.set(reservationId, [...(this.waiting.get(reservationId) ?? []), asking]);
  }

  private answerAll(
    { reservationId }: Reservation,
    answer: 'paid' | 'expired' | 'not enough balance' | 'refunded',
  ): void {
    const asking = this.waiting.get(reservationId) ?? [];
    this.waiting.delete(reservationId);
    for (const { key, from } of asking) this.tell(from, { key, answer });
  }
}
