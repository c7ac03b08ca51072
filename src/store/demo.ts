import type { Database } from './database.ts';
import { type Row, text, wholeRows } from './rows.ts';
import { concerts, schedules, seats, users } from './schema.ts';

const USERS = 1_000;
const CONCERTS = ['봄밤 콘서트', 'Summer Live', '연말 앙코르'];
const SEATS = 50;
const DAY_MS = 24 * 3600 * 1000;

/** The price of a seat, by three bands of seat numbers. */
function priceOf(seatNumber: number): number {
  if (seatNumber <= 10) return 15_000;
  return seatNumber <= 30 ? 10_000 : 7_000;
}

/**
 * Fills an empty database with something to try the service on: users with a balance of 0, and concerts with two
 * schedules each, one whose sale is open and one that opens tomorrow. Leaves any other database alone.
 */
export async function loadDemo(database: Database, now: number): Promise<void> {
  const { drizzle: db } = database;
  const isEmpty = (await db.$count(users)) === 0 && (await db.$count(concerts)) === 0;
  if (!isEmpty) return;

  const userRows = numbers(USERS).map((userId): Row => [userId, 0, now]);
  const concertRows = CONCERTS.map((name, index): Row => [index + 1, name, 'ON_SALE', 0, 0, 0]);
  const scheduleRows = CONCERTS.flatMap((_, index): Row[] => {
    const concertId = index + 1;
    return [
      [2 * concertId - 1, concertId, now + 30 * DAY_MS, now, 0, null],
      [2 * concertId, concertId, now + 60 * DAY_MS, now + DAY_MS, 0, null],
    ];
  });
  const seatRows = scheduleRows.flatMap(([scheduleId], index) =>
    numbers(SEATS).map(
      (seatNumber): Row => [index * SEATS + seatNumber, scheduleId ?? null, seatNumber, priceOf(seatNumber)],
    ),
  );
  const insert = (query: Parameters<typeof text>[0], rows: Row[]) => ({
    sql: text(query),
    json: JSON.stringify(rows),
    rows: rows.length,
  });
  await database.commit([
    insert(db.insert(users).select(wholeRows(3)), userRows),
    insert(db.insert(concerts).select(wholeRows(6)), concertRows),
    insert(db.insert(schedules).select(wholeRows(6)), scheduleRows),
    insert(db.insert(seats).select(wholeRows(4)), seatRows),
  ]);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
