import type { Command, Desk, MaybePromise, ReplyTo } from '../coordinator/commands.ts';
import type { ReservationId, UserId } from '../ids.ts';
import type { Reason, Refusal, Result } from '../refusal.ts';
import type { OwnedReservation, ReservationView } from '../reservations/reservation.ts';

/** A desk whose refusals are counted. */
export class CountedDesk implements Desk {
  private readonly count = (result: Result<unknown>): void => {
    if (!result.ok) this.refused(result.reason);
  };

  constructor(
    private readonly desk: Desk,
    private readonly refused: (reason: Reason) => void,
  ) {}

  submit<C extends Command>(command: C): MaybePromise<Result<ReplyTo<C>>> {
    return this.counted(this.desk.submit(command));
  }

  turnAway(): MaybePromise<Refusal> | null {
    const refusal = this.desk.turnAway();
    return refusal === null ? null : this.counted(refusal);
  }

  reservationsOf(
    userId: UserId,
    page: { before: number; limit: number },
  ): MaybePromise<Result<ReservationView[]>> {
    return this.counted(this.desk.reservationsOf(userId, page));
  }

  reservation(reservationId: ReservationId): MaybePromise<Result<OwnedReservation>> {
    return this.counted(this.desk.reservation(reservationId));
  }

  /** Whoever asked gets the promise that the desk gave, and not a later one. */
  private counted<R extends MaybePromise<Result<unknown>>>(answer: R): R {
    if (answer instanceof Promise) void answer.then(this.count, () => {});
    else this.count(answer);
    return answer;
  }
}
