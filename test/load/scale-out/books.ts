import type { AccountObject } from './account-object.ts';
import type { Notes } from './buyer.ts';
import type { ConcertObject, Reservation, Status } from './concert-object.ts';
import type { Events } from './events.ts';

/** Everything that is on the disks, and what clients know. */
export interface Books {
  readonly events: Pick<Events, 'now'>;
  readonly users: number;
  readonly accountOf: (userId: number) => AccountObject;
  readonly concerts: readonly ConcertObject[];
  readonly notes: Notes;
}

/** States of a reservation in which nobody can say from the concert alone whether its money was taken. */
const UNKNOWN: readonly Status[] = ['PAYING', 'TAKING_BACK'];
/** States in which a reservation stays, when nobody does anything. */
const SETTLED: readonly Status[] = ['PAID', 'EXPIRED', 'REFUNDED'];

/** What is wrong at this moment, whatever is under way; undefined when nothing is. */
export function wrongNow({ events, users, accountOf, concerts, notes }: Books): string | undefined {
  for (const concert of concerts) {
    const kept = [...concert.reservations.values()].filter(({ status, expiresAt }) =>
      status === 'HELD' ? events.now < expiresAt : status === 'PAYING' || status === 'PAID',
    );
    const seats = kept.flatMap((reservation) => reservation.seats);
    if (new Set(seats).size < seats.length) return `${concert.name} has a seat in two reservations`;
  }
  const reservations = concerts.flatMap((concert) => [...concert.reservations.values()]);
  for (let userId = 1; userId <= users; userId++) {
    const balance = accountOf(userId).balanceOf(userId);
    const own = reservations.filter((reservation) => reservation.userId === userId);
    const paid = priceOf(own, ['PAID']);
    const most = (notes.begun.get(userId) ?? 0) - paid;
    const least = (notes.answered.get(userId) ?? 0) - paid - priceOf(own, UNKNOWN);
    if (balance < 0 || balance > most) return `user ${userId} has ${balance}, of at most ${most}`;
    if (balance < least) return `user ${userId} has ${balance}, of at least ${least}`;
  }
  return undefined;
}

/** What is wrong once everything has had the time to settle. */
export function wrongAtTheEnd(books: Books): string | undefined {
  const { concerts, notes } = books;
  for (const { name, reservations } of concerts) {
    const open = [...reservations.values()].find(({ status }) => !SETTLED.includes(status));
    if (open !== undefined) return `${name} still has a reservation that is ${open.status}`;
  }
  const lost = notes.told.find(({ concert: name, reservationId, answer }) => {
    const reservation = concerts.find((concert) => concert.name === name)?.reservations.get(reservationId);
    const may: readonly (Status | undefined)[] =
      answer === 'paid' ? ['PAID', 'REFUNDED'] : answer === 'expired' ? ['EXPIRED'] : ['REFUNDED'];
    return !may.includes(reservation?.status);
  });
  if (lost !== undefined) return `someone was told "${lost.answer}", and it is not so`;
  return wrongNow(books);
}

function priceOf(reservations: readonly Reservation[], statuses: readonly Status[]): number {
  const counted = reservations.filter(({ status }) => statuses.includes(status));
  return counted.reduce((sum, { price }) => sum + price, 0);
}
