import type { ReservationId, ScheduleId, SeatId } from '../ids.ts';

/** BLOCKED: the operator keeps it from everyone. */
export type SeatStatus = 'AVAILABLE' | 'HELD' | 'SOLD' | 'BLOCKED';

/** What a sale changes of a seat: `reservationId` is the one that holds or bought it. */
export interface SeatState {
  readonly status: SeatStatus;
  readonly reservationId: ReservationId | null;
}

/** A seat as the database has it. */
export interface Seat extends SeatState {
  readonly seatId: SeatId;
  readonly seatNumber: number;
  readonly price: number;
}

const STATUSES: readonly SeatStatus[] = ['AVAILABLE', 'HELD', 'SOLD', 'BLOCKED'];
/** How many seats have a text together: as many are written out anew when one of them changes. */
const PART_SEATS = 64;
/** Marks a seat whose hold ran out: free, though the database still has it as held. */
const RELEASED = STATUSES.length;
const HELD = STATUSES.indexOf('HELD');
const AVAILABLE = STATUSES.indexOf('AVAILABLE');
const SOLD = STATUSES.indexOf('SOLD');

/**
 * The seats of one schedule as they are committed, and the text of the answer that shows them. A hold that ran out is
 * free in here at that very instant (`release`), though the table learns of it later. A seat is a column in four number
 * arrays: a million of them are nothing to walk over for the garbage collector.
 */
export class SeatMap {
  private readonly first: number;
  private readonly numbers: Float64Array;
  private readonly prices: Float64Array;
  private readonly states: Uint8Array;
  /** 0 where no reservation has the seat. */
  private readonly holders: Float64Array;
  private available = 0;
  private text: string | undefined;
  /** The texts of the seats, part by part; undefined where one of them has changed. */
  private readonly parts: (string | undefined)[];

  /** `seats` come in the order of their ids, which are consecutive. */
  constructor(
    readonly scheduleId: ScheduleId,
    seats: readonly Seat[],
  ) {
    this.first = seats[0]?.seatId ?? 0;
    this.numbers = new Float64Array(seats.length);
    this.prices = new Float64Array(seats.length);
    this.states = new Uint8Array(seats.length);
    this.holders = new Float64Array(seats.length);
    this.parts = Array.from({ length: Math.ceil(seats.length / PART_SEATS) });
    for (const [index, seat] of seats.entries()) {
      if (seat.seatId !== this.first + index)
        throw new Error(`seat ids of schedule ${scheduleId} have a gap`);
      this.numbers[index] = seat.seatNumber;
      this.prices[index] = seat.price;
      this.states[index] = STATUSES.indexOf(seat.status);
      this.holders[index] = seat.reservationId ?? 0;
      if (seat.status === 'AVAILABLE') this.available++;
    }
  }

  /** Whether anyone could take a seat. */
  get hasAvailable(): boolean {
    return this.available > 0;
  }

  get(seatId: SeatId): Seat | undefined {
    const index = seatId - this.first;
    const seatNumber = this.numbers[index];
    const price = this.prices[index];
    const state = this.states[index];
    if (seatNumber === undefined || price === undefined || state === undefined) return undefined;
    const status = STATUSES[state] ?? 'HELD';
    const holder = this.holders[index];
    return { seatId, seatNumber, price, status, reservationId: holder ? (holder as ReservationId) : null };
  }

  /** Each seat as it is by now: one whose hold ran out is available. */
  *seats(): Generator<Pick<Seat, 'seatId' | 'price' | 'status'>> {
    for (const [index, state] of this.states.entries()) {
      const status = isFree(state) ? 'AVAILABLE' : STATUSES[state];
      const price = this.prices[index];
      if (status === undefined || price === undefined) throw new Error(`seat ${index} has no status`);
      yield { seatId: (this.first + index) as SeatId, price, status };
    }
  }

  /** Reservations that seats are sold to and that are not in `others`, `reservationsMax` at most. */
  buyers(others: ReadonlySet<ReservationId>, reservationsMax: number): ReservationId[] {
    const found = new Set<ReservationId>();
    for (let index = 0; index < this.states.length && found.size < reservationsMax; index++) {
      if (this.states[index] !== SOLD) continue;
      const reservationId = this.holders[index] as ReservationId;
      if (!others.has(reservationId)) found.add(reservationId);
    }
    return [...found];
  }

  reprice(seatId: SeatId, price: number): void {
    this.mustHave(seatId);
    this.prices[seatId - this.first] = price;
    this.forgetText(seatId - this.first);
  }

  /** Frees the seat of a hold that ran out. */
  release(seatId: SeatId): void {
    if (this.states[seatId - this.first] === HELD) this.change(seatId, RELEASED);
  }

  /** Takes the seat as it was committed. */
  apply(seatId: SeatId, { status, reservationId }: SeatState): void {
    this.change(seatId, STATUSES.indexOf(status));
    this.holders[seatId - this.first] = reservationId ?? 0;
  }

  /** The seats as the JSON array that clients read, made once for each state of the map. */
  toJson(): string {
    if (this.text === undefined) {
      for (let part = 0; part < this.parts.length; part++) this.parts[part] ??= this.textOf(part);
      this.text = `[${this.parts.join(',')}]`;
    }
    return this.text;
  }

  private textOf(part: number): string {
    const start = part * PART_SEATS;
    const states = this.states.subarray(start, start + PART_SEATS);
    const texts = Array.from(states, (state, offset) => {
      const index = start + offset;
      const status = isFree(state) ? 'AVAILABLE' : 'UNAVAILABLE';
      return `{"seatId":${this.first + index},"seatNumber":${this.numbers[index]},"seatStatus":"${status}","seatPrice":${this.prices[index]}}`;
    });
    return texts.join(',');
  }

  private forgetText(index: number): void {
    this.text = undefined;
    this.parts[Math.floor(index / PART_SEATS)] = undefined;
  }

  private change(seatId: SeatId, state: number): void {
    const index = seatId - this.first;
    const before = this.mustHave(seatId);
    this.states[index] = state;
    this.available += Number(isFree(state)) - Number(isFree(before));
    this.forgetText(index);
  }

  private mustHave(seatId: SeatId): number {
    const state = this.states[seatId - this.first];
    if (state === undefined) throw new Error(`seat ${seatId} is not of schedule ${this.scheduleId}`);
    return state;
  }
}

function isFree(state: number): boolean {
  return state === AVAILABLE || state === RELEASED;
}
