import { expect, test } from 'bun:test';
import { type Seat, SeatMap } from '../../src/concerts/seat-map.ts';
import { reservation, schedule, seat } from '../support/rules.ts';

const free = (id: number): Seat => ({
  seatId: seat(id),
  seatNumber: id - 10,
  price: 5,
  status: 'AVAILABLE',
  reservationId: null,
});
const held = (id: number): Seat => ({ ...free(id), status: 'HELD', reservationId: reservation(1) });
const shown = (map: SeatMap) =>
  (JSON.parse(map.toJson()) as { seatStatus: string }[]).map(({ seatStatus }) => seatStatus);

test('it shows what was committed, and counts what is free', () => {
  const map = new SeatMap(schedule(1), [free(11), held(12)]);
  expect(shown(map)).toEqual(['AVAILABLE', 'UNAVAILABLE']);
  expect(map.hasAvailable).toBe(true);
  map.apply(seat(11), held(11));
  expect(shown(map)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
  expect(map.hasAvailable).toBe(false);
  map.release(seat(11));
  map.release(seat(11));
  expect(shown(map)).toEqual(['AVAILABLE', 'UNAVAILABLE']);
  map.apply(seat(11), free(11));
  map.apply(seat(11), held(11));
  expect(map.hasAvailable).toBe(false);
});

test('a hold that ended while it was being paid is sold when the payment is committed', () => {
  const map = new SeatMap(schedule(1), [held(11)]);
  map.release(seat(11));
  expect(map.hasAvailable).toBe(true);
  map.apply(seat(11), { ...held(11), status: 'SOLD' });
  expect(map.hasAvailable).toBe(false);
  expect(shown(map)).toEqual(['UNAVAILABLE']);
});

test('a seat of another schedule is not in it, and a gap in the ids is refused', () => {
  const map = new SeatMap(schedule(1), [free(11), free(12)]);
  expect([map.get(seat(10)), map.get(seat(13))]).toEqual([undefined, undefined]);
  expect(() => new SeatMap(schedule(1), [free(11), free(13)])).toThrow('gap');
});

test('a large map shows every change of any seat, whatever it has shown before', () => {
  const ids = Array.from({ length: 200 }, (_, index) => index + 11);
  const map = new SeatMap(schedule(1), ids.map(free));
  const expected = ids.map((seatId) => ({
    seatId,
    seatNumber: seatId - 10,
    seatStatus: 'AVAILABLE',
    seatPrice: 5,
  }));
  expect(JSON.parse(map.toJson())).toEqual(expected);
  for (const [index, row] of expected.entries()) {
    if (index % 2 === 0) {
      map.apply(seat(row.seatId), held(row.seatId));
      row.seatStatus = 'UNAVAILABLE';
    } else {
      map.reprice(seat(row.seatId), index + 1);
      row.seatPrice = index + 1;
    }
    expect(JSON.parse(map.toJson())).toEqual(expected);
  }
});
