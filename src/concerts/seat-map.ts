import type { ReservationId, ScheduleId, SeatId } from '../ids.ts';

export type SeatStatus = 'AVAILABLE' | 'HELD' | 'SOLD';

/** A seat as the database has it: `reservationId` is the one that holds or bought it. */
export interface Seat {
  readonly seatId: SeatId;
  readonly seatNumber: number;
  readonly price: number;
  readonly status: SeatStatus;
  readonly reservationId: ReservationId | null;
}

/**
 * The seats of one schedule as they are committed, and the text of the answer that shows them. A hold that ran out is
 * free in here at that very instant (`release`), though the table learns of it later.
 */
export class SeatMap {
  private readonly first: number;
  private available = 0;
  private text: string | undefined;
  /** Seats whose hold ran out: free, though the database still has them as held. */
  private readonly released = new Set<SeatId>();

  /** `seats` come in the order of their ids, which are consecutive. */
  constructor(
    readonly scheduleId: ScheduleId,
    private readonly seats: Seat[],
  ) {
    this.first = seats[0]?.seatId ?? 0;
    for (const [index, seat] of seats.entries()) {
      if (seat.seatId !== this.first + index)
        throw new Error(`seat ids of schedule ${scheduleId} have a gap`);
      if (seat.status === 'AVAILABLE') this.available++;
    }
  }

  /** Whether anyone could take a seat. */
  get hasAvailable(): boolean {
    return this.available > 0;
  }

  get(seatId: SeatId): Seat | undefined {
    return this.seats[seatId - this.first];
  }

  /** Frees the seat of a hold that ran out. */
  release(seatId: SeatId): void {
    if (this.isFree(this.at(seatId))) return;
    this.released.add(seatId);
    this.available++;
    this.text = undefined;
  }

  /** Takes the seat as it was committed. */
  apply(seat: Seat): void {
    const wasFree = this.isFree(this.at(seat.seatId));
    this.released.delete(seat.seatId);
    this.seats[seat.seatId - this.first] = seat;
    this.available += Number(seat.status === 'AVAILABLE') - Number(wasFree);
    this.text = undefined;
  }

  /** The seats as the JSON array that clients read, made once for each state of the map. */
  toJson(): string {
    this.text ??= JSON.stringify(
      this.seats.map((seat) => ({
        seatId: seat.seatId,
        seatNumber: seat.seatNumber,
        seatStatus: this.isFree(seat) ? 'AVAILABLE' : 'UNAVAILABLE',
        seatPrice: seat.price,
      })),
    );
    return this.text;
  }

  private isFree(seat: Seat): boolean {
    return seat.status === 'AVAILABLE' || this.released.has(seat.seatId);
  }

  private at(seatId: SeatId): Seat {
    const seat = this.get(seatId);
    if (seat === undefined) throw new Error(`seat ${seatId} is not of schedule ${this.scheduleId}`);
    return seat;
  }
}
