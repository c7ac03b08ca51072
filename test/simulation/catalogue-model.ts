import type { ConcertId, ReservationId, ScheduleId, SeatId } from '../../src/ids.ts';

export interface ModelConcert {
  readonly concertId: ConcertId;
  concertName: string;
  isCancelled: boolean;
  /** What its cancellation has come to. */
  releasedHolds: number;
  refundedReservations: number;
  refundedAmount: number;
}

export interface ModelSeat {
  readonly seatId: SeatId;
  readonly seatNumber: number;
  price: number;
  isBlocked: boolean;
}

export interface ModelSchedule {
  readonly scheduleId: ScheduleId;
  readonly concertId: ConcertId;
  concertAt: number;
  reservationAt: number;
  isClosed: boolean;
  /** All that it is to have. */
  readonly seats: readonly ModelSeat[];
  /** How many of them it has. Nobody sees it before it has all. */
  laidOut: number;
}

/** What is sold: lists that are walked from end to end. Ids count from 1. */
export class ModelCatalogue {
  readonly concerts: ModelConcert[] = [];
  readonly schedules: ModelSchedule[] = [];

  copy(): ModelCatalogue {
    const copy = new ModelCatalogue();
    copy.concerts.push(...this.concerts.map((concert) => ({ ...concert })));
    copy.schedules.push(
      ...this.schedules.map((schedule) => ({
        ...schedule,
        seats: schedule.seats.map((seat) => ({ ...seat })),
      })),
    );
    return copy;
  }

  addConcert(concertName: string): ModelConcert {
    const nothing = { releasedHolds: 0, refundedReservations: 0, refundedAmount: 0 };
    const concertId = (this.concerts.length + 1) as ConcertId;
    const concert = { concertId, concertName, isCancelled: false, ...nothing };
    this.concerts.push(concert);
    return concert;
  }

  /** `seats`: the number and the price of each. */
  addSchedule(
    times: Pick<ModelSchedule, 'concertId' | 'concertAt' | 'reservationAt'>,
    seats: readonly { seatNumber: number; price: number }[],
  ): ModelSchedule {
    const before = this.schedules.reduce((sum, schedule) => sum + schedule.seats.length, 0);
    const schedule: ModelSchedule = {
      ...times,
      scheduleId: (this.schedules.length + 1) as ScheduleId,
      isClosed: false,
      seats: seats.map((seat, index) => ({
        ...seat,
        seatId: (before + index + 1) as SeatId,
        isBlocked: false,
      })),
      laidOut: 0,
    };
    this.schedules.push(schedule);
    return schedule;
  }

  concert(concertId: ConcertId): ModelConcert | undefined {
    return this.concerts.find((concert) => concert.concertId === concertId);
  }

  /** A schedule that has all its seats. */
  schedule(scheduleId: ScheduleId): ModelSchedule | undefined {
    return this.schedules.find((s) => s.scheduleId === scheduleId && s.laidOut === s.seats.length);
  }

  /** The same, of a concert that is on sale. */
  scheduleOnShow(scheduleId: ScheduleId): ModelSchedule | undefined {
    const schedule = this.schedule(scheduleId);
    return schedule === undefined || this.isCancelled(schedule) ? undefined : schedule;
  }

  /** Whether the concert of a schedule, or of what was reserved of it, is cancelled. */
  isCancelled({ scheduleId }: { readonly scheduleId: ScheduleId }): boolean {
    const schedule = this.schedules.find((s) => s.scheduleId === scheduleId);
    return this.concerts.some((c) => c.isCancelled && c.concertId === schedule?.concertId);
  }

  /** What is written down of seats that are reserved: their ids, numbers and prices at that time. */
  writeDown(schedule: ModelSchedule, seatIds: readonly SeatId[]): [SeatId, number, number][] {
    return seatIds.flatMap((id) =>
      schedule.seats
        .filter(({ seatId }) => seatId === id)
        .map(({ seatId, seatNumber, price }): [SeatId, number, number] => [seatId, seatNumber, price]),
    );
  }
}

/** What one commit did of what takes several, as the service tells; whether it may, the model knows. */
export type ModelPart =
  | { readonly kind: 'layout'; readonly scheduleId: ScheduleId; readonly seatIds: readonly SeatId[] }
  | { readonly kind: 'refunds'; readonly reservationIds: readonly ReservationId[] };
