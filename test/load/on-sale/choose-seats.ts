import type { SeededRandom } from '../../support/seeded-random.ts';

const FREE = Buffer.from('"seatStatus":"AVAILABLE"');
const SEAT_ID = Buffer.from('"seatId":');

/**
 * The first free seats behind a place of the map that is drawn at random, and on from its beginning: a party sits as
 * close together as it can. Fewer when there are no more, and none when the map has none. The map is searched as the
 * bytes that came in, since to parse thousands of seats for a few would keep the driver busy.
 */
export function chooseSeats(
  map: Buffer,
  party: number,
  random: Pick<SeededRandom, 'next'>,
): readonly number[] {
  const middle = Math.floor(random.next() * map.length);
  const seatIds = freeSeats(map, middle, map.length, party);
  return [...seatIds, ...freeSeats(map, 0, middle, party - seatIds.length)];
}

/** Free seats whose status begins at `from` or later and before `to`. */
function freeSeats(map: Buffer, from: number, to: number, max: number): number[] {
  const seatIds: number[] = [];
  for (let at = map.indexOf(FREE, from); seatIds.length < max; at = map.indexOf(FREE, at + 1)) {
    if (at === -1 || at >= to) break;
    const idAt = map.lastIndexOf(SEAT_ID, at) + SEAT_ID.length;
    seatIds.push(Number.parseInt(map.toString('latin1', idAt, at), 10));
  }
  return seatIds;
}
