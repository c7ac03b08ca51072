/**
 * How many rows each change writes: those of the tables and those of the indexes that it touches, as the platform bills
 * them, counted by `src/store/schema.ts`. Without what a batch writes once for all that is in it.
 */
export const WRITTEN_ROWS = {
  /** The token, and the index of those that live. */
  join: 2,
  admit: 1,
  /** The reservation, the index of the unpaid, and its two seats. */
  hold: 4,
  /** The balance and an entry of the ledger. */
  recharge: 2,
  /** The reservation that is now being paid, by which payment. It stays in the index of the unpaid. */
  startPaying: 1,
  /** The balance, an entry of the ledger and the index of its payment. */
  debit: 3,
  /** That a payment was refused, or is taken back before it was made. */
  mark: 1,
  /** The same rows as a debit, with the money on the way back. */
  credit: 3,
  /** The reservation and its two indexes, the payment and its index, the token and its two. */
  paid: 8,
  /** A hold that goes: the reservation, its two indexes and two seats. */
  free: 5,
  /** A reservation whose money has come back. */
  takenBack: 1,
} as const;
