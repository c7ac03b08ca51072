import type { ReservationId, UserId } from '../ids.ts';
import { type Refusal, type Result, refused } from '../refusal.ts';
import type { OwnedReservation, ReservationView } from '../reservations/reservation.ts';
import type { Command, Desk, MaybePromise, ReplyTo } from './commands.ts';

/**
 * The desk before the coordinator is there: it refuses with `not ready`. So the service can take its port first, and a
 * second one that is started by mistake ends without having touched the database of the first.
 */
export class LateDesk implements Desk {
  private desk: Desk | undefined;
  private readonly opening = Promise.withResolvers<void>();

  /** Resolves when the coordinator is there. */
  get opened(): Promise<void> {
    return this.opening.promise;
  }

  open(desk: Desk): void {
    this.desk = desk;
    this.opening.resolve();
  }

  submit<C extends Command>(command: C): MaybePromise<Result<ReplyTo<C>>> {
    return this.desk?.submit(command) ?? refused('not ready');
  }

  turnAway(): MaybePromise<Refusal> | null {
    return this.desk?.turnAway() ?? null;
  }

  reservationsOf(
    userId: UserId,
    page: { before: number; limit: number },
  ): MaybePromise<Result<ReservationView[]>> {
    return this.desk?.reservationsOf(userId, page) ?? refused('not ready');
  }

  reservation(reservationId: ReservationId): MaybePromise<Result<OwnedReservation>> {
    return this.desk?.reservation(reservationId) ?? refused('not ready');
  }
}
