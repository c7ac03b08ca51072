import { sql } from 'drizzle-orm';
import { openLibsql } from '../../../src/store/libsql.ts';
import { fill } from '../../support/fixture.ts';

export const USERS = 100_000;
export const CONCERT_ID = 1;
const SEATS_PER_SCHEDULE = 2_500;
/** Whose seats have the ids from 1 to `SEATS`. */
export const SCHEDULE_IDS: readonly number[] = [1, 2, 3, 4];
export const SEATS = SEATS_PER_SCHEDULE * SCHEDULE_IDS.length;

/** Writes a concert whose seats everybody wants. */
export async function seed(databaseUrl: string, now: number): Promise<void> {
  const database = await openLibsql(databaseUrl);
  const schedules = SCHEDULE_IDS.map((id) => ({ seats: SEATS_PER_SCHEDULE, price: 10_000 * id }));
  await fill(database, now, { users: USERS, concerts: [{ name: 'Stadium night', schedules }] });
  // Into the one file.
  await database.drizzle.run(sql`pragma wal_checkpoint(truncate)`);
  database.close();
}
