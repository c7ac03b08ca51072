import type { Book } from './book.ts';
import { claimEffects } from './effects.ts';
import { checkFates } from './fates.ts';
import { checkOrder } from './order.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Holds a database against what its clients were told, and returns what is wrong, a sentence each. `waitingMs` is how
 * long a place lasts that is not renewed.
 */
export function compare(book: Book, snapshot: Snapshot, waitingMs: number): string[] {
  return [
    ...book.contradictions,
    ...snapshot.broken,
    ...claimEffects(book, snapshot),
    ...checkFates(book, snapshot, waitingMs),
    ...checkOrder(book, snapshot),
  ];
}
