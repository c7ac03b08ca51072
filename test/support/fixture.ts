import type { Database } from '../../src/store/database.ts';
import { type Row, text, wholeRows } from '../../src/store/rows.ts';
import { concerts, schedules, seats, users } from '../../src/store/schema.ts';

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;

/** What a test finds in its database. Times are relative to the start, in milliseconds. */
export interface Fixture {
  /** Users 1 to this, with a balance of 0. */
  readonly users?: number;
  readonly concerts?: readonly { name: string; schedules: readonly ScheduleFixture[] }[];
}

export interface ScheduleFixture {
  readonly concertIn?: number;
  readonly saleIn?: number;
  readonly seats?: number;
  readonly price?: number;
}

const STANDARD: Required<Fixture> = {
  users: 100,
  concerts: [
    // Schedule 1 is on sale (seats 1 to 50), schedule 2 opens in a day (seats 51 to 100).
    { name: 'First', schedules: [{}, { saleIn: DAY_MS, concertIn: 40 * DAY_MS }] },
    // Schedule 3 is on sale (seats 101 to 150).
    { name: 'Second', schedules: [{}] },
  ],
};

/** Writes the fixture into an empty database. Seat ids run on through the schedules; a seat costs 1,000 × its number. */
export async function fill(database: Database, now: number, fixture: Fixture): Promise<void> {
  const { users: userCount, concerts: concertList } = { ...STANDARD, ...fixture };
  const userRows = count(userCount).map((userId): Row => [userId, 0, now]);
  const concertRows: Row[] = [];
  const scheduleRows: Row[] = [];
  const seatRows: Row[] = [];
  for (const { name, schedules: list } of concertList) {
    const concertId = concertRows.length + 1;
    concertRows.push([concertId, name, 'ON_SALE', 0, 0, 0]);
    for (const { concertIn = 30 * DAY_MS, saleIn = 0, seats: seatCount = 50, price } of list) {
      const scheduleId = scheduleRows.length + 1;
      scheduleRows.push([scheduleId, concertId, now + concertIn, now + saleIn, 0, null]);
      for (const number of count(seatCount)) {
        seatRows.push([seatRows.length + 1, scheduleId, number, price ?? number * 1000]);
      }
    }
  }
  const { drizzle: db } = database;
  const tables = [
    { query: db.insert(users).select(wholeRows(3)), rows: userRows },
    { query: db.insert(concerts).select(wholeRows(6)), rows: concertRows },
    { query: db.insert(schedules).select(wholeRows(6)), rows: scheduleRows },
    { query: db.insert(seats).select(wholeRows(4)), rows: seatRows },
  ];
  await database.commit(
    tables.map(({ query, rows }) => ({ sql: text(query), json: JSON.stringify(rows), rows: rows.length })),
  );
}

function count(to: number): number[] {
  return Array.from({ length: to }, (_, index) => index + 1);
}
