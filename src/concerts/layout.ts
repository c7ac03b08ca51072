import type { SeatId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import type { Seat } from './seat-map.ts';

/** Seats with these numbers, both included, cost this much each. */
export interface PriceBand {
  readonly from: number;
  readonly to: number;
  /** In the currency's smallest unit. */
  readonly price: number;
}

/** Bands in the order of their numbers, and the id of the first seat; the ids of the others follow. */
export interface Layout {
  readonly firstSeatId: SeatId;
  readonly bands: readonly PriceBand[];
}

/** A seat that nobody has had yet. */
export type NewSeat = Pick<Seat, 'seatId' | 'seatNumber' | 'price'>;

export const SEATS_MAX = 100_000;
/** Such that whatever a schedule with the most seats brings in is an integer that everyone can read. */
export const PRICE_MAX = 1_000_000_000;

/**
 * The bands in the order of their seat numbers. Refuses with `invalid priceBands`, and which band is wrong, when one is
 * reversed, two overlap, there are more than `SEATS_MAX` seats or a price is none.
 */
export function orderBands(bands: readonly PriceBand[]): Result<readonly PriceBand[]> {
  const ordered = bands.toSorted((a, b) => a.from - b.from);
  for (const [index, band] of ordered.entries()) {
    const before = ordered[index - 1];
    const wrong = wrongWith(band) ?? (before && before.to >= band.from ? `overlaps ${nameOf(before)}` : null);
    if (wrong !== null) return refused('invalid priceBands', `${nameOf(band)} ${wrong}`);
  }
  const count = countSeats(ordered);
  if (count > SEATS_MAX) return refused('invalid priceBands', `${count} seats are more than ${SEATS_MAX}`);
  return count === 0 ? refused('invalid priceBands', 'there is no seat') : granted(ordered);
}

export function countSeats(bands: readonly PriceBand[]): number {
  return bands.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

export function lastSeatId({ firstSeatId, bands }: Layout): SeatId {
  return (firstSeatId + countSeats(bands) - 1) as SeatId;
}

/** The first seats of a layout, `seatsMax` at most, and the layout of the others; null when there are no more. */
export function takeSeats(layout: Layout, seatsMax: number): { seats: NewSeat[]; rest: Layout | null } {
  const seats: NewSeat[] = [];
  let { firstSeatId } = layout;
  for (const [index, band] of layout.bands.entries()) {
    for (let seatNumber = band.from; seatNumber <= band.to; seatNumber++) {
      if (seats.length === seatsMax) {
        const bands = [{ ...band, from: seatNumber }, ...layout.bands.slice(index + 1)];
        return { seats, rest: { firstSeatId, bands } };
      }
      seats.push({ seatId: firstSeatId, seatNumber, price: band.price });
      firstSeatId = (firstSeatId + 1) as SeatId;
    }
  }
  return { seats, rest: null };
}

function wrongWith({ from, to, price }: PriceBand): string | null {
  if (from < 1 || to > Number.MAX_SAFE_INTEGER) return `is not within 1 and ${Number.MAX_SAFE_INTEGER}`;
  if (from > to) return 'is reversed';
  return price < 1 || price > PRICE_MAX ? `costs ${price}, which is not from 1 to ${PRICE_MAX}` : null;
}

function nameOf({ from, to }: PriceBand): string {
  return `${from} to ${to}`;
}
