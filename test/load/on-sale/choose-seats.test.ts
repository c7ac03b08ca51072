import { expect, test } from 'bun:test';
import { SeededRandom } from '../../support/seeded-random.ts';
import { chooseSeats } from './choose-seats.ts';

/** The answer of the service, where the seats with these ids are free. */
function mapOf(seats: number, free: readonly number[]): Buffer {
  const entries = Array.from({ length: seats }, (_, index) => ({
    seatId: 101 + index,
    seatNumber: 1 + index,
    seatStatus: free.includes(101 + index) ? 'AVAILABLE' : 'UNAVAILABLE',
    seatPrice: 10_000,
  }));
  return Buffer.from(JSON.stringify({ concertId: 1, concertAt: '2026-07-04T10:00:00', seats: entries }));
}

const first = { next: () => 0 };
const middle = { next: () => 0.5 };
const last = { next: () => 0.999_999 };

test('a party takes the next free seats behind the place it likes', () => {
  const map = mapOf(50, [103, 104, 120, 140, 141, 149]);
  expect(chooseSeats(map, 1, first)).toEqual([103]);
  expect(chooseSeats(map, 3, first)).toEqual([103, 104, 120]);
  expect(chooseSeats(map, 2, middle)).toEqual([140, 141]);
});

test('behind the last seat it goes on with the first, and names no seat twice', () => {
  const map = mapOf(50, [103, 104, 120, 140]);
  expect(chooseSeats(map, 3, middle)).toEqual([140, 103, 104]);
  expect(chooseSeats(map, 4, middle)).toEqual([140, 103, 104, 120]);
  expect(chooseSeats(map, 2, last)).toEqual([103, 104]);
});

test('it takes fewer where there are no more, and none where all are taken', () => {
  expect(chooseSeats(mapOf(50, [107]), 4, middle)).toEqual([107]);
  expect(chooseSeats(mapOf(50, [107, 140]), 4, middle)).toEqual([140, 107]);
  expect(chooseSeats(mapOf(50, []), 4, middle)).toEqual([]);
  expect(chooseSeats(mapOf(0, []), 4, first)).toEqual([]);
});

test('wherever the place is, all of its seats are free and different, and each free seat has its chance', () => {
  const free = [101, 102, 117, 118, 119, 130, 150];
  const map = mapOf(50, free);
  const random = new SeededRandom(7);
  const seen = new Set<number>();
  for (let turn = 0; turn < 2_000; turn++) {
    const party = 1 + (turn % 4);
    const seatIds = chooseSeats(map, party, random);
    expect(new Set(seatIds).size).toBe(party);
    for (const seatId of seatIds) {
      expect(free).toContain(seatId);
      seen.add(seatId);
    }
  }
  expect([...seen].toSorted((a, b) => a - b)).toEqual(free);
});
