import { Deadlines } from '../deadlines.ts';
import type { ReservationId, UserId } from '../ids.ts';
import type { Reservation } from './reservation.ts';

/** Every unpaid reservation, as the database has it; those that ran out are told of once, and wait for the sweep. */
export class Holds {
  private readonly byId = new Map<ReservationId, Reservation>();
  private readonly byUser = new Map<UserId, Set<ReservationId>>();
  private readonly deadlines = new Deadlines();
  /** Holds that ran out, and that the database still has as unpaid. */
  readonly lapsed = new Set<ReservationId>();

  /** No hold ends before this time. */
  get nextEnd(): number {
    return this.deadlines.next;
  }

  get(reservationId: ReservationId): Reservation | undefined {
    return this.byId.get(reservationId);
  }

  all(): Iterable<Reservation> {
    return this.byId.values();
  }

  of(userId: UserId): Iterable<ReservationId> {
    return this.byUser.get(userId) ?? [];
  }

  /** Takes the reservation as it was committed. */
  apply(reservation: Reservation): void {
    const { reservationId, userId } = reservation;
    if (reservation.status === 'PAYMENT_PENDING') {
      this.byId.set(reservationId, reservation);
      const held = this.byUser.get(userId);
      if (held === undefined) this.byUser.set(userId, new Set([reservationId]));
      else held.add(reservationId);
      this.deadlines.push(reservation.expiresAt, reservationId);
      return;
    }
    this.byId.delete(reservationId);
    this.lapsed.delete(reservationId);
    const held = this.byUser.get(userId);
    held?.delete(reservationId);
    if (held?.size === 0) this.byUser.delete(userId);
  }

  /** Lets the time be `now`, and tells of each hold that ended by then. */
  pass(now: number, tell: (reservation: Reservation) => void): void {
    for (let id = this.deadlines.pop(now); id !== undefined; id = this.deadlines.pop(now)) {
      const reservation = this.byId.get(id as ReservationId);
      if (reservation === undefined) continue;
      this.lapsed.add(reservation.reservationId);
      tell(reservation);
    }
  }
}
