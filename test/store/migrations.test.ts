import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@libsql/client';
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { TokenId } from '../../src/ids.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { loader } from '../../src/store/load.ts';
import * as schema from '../../src/store/schema.ts';
import { inFolder } from '../support/process.ts';
import { schedule, seat, user } from '../support/rules.ts';

const MIGRATIONS = fileURLToPath(new URL('../../drizzle', import.meta.url));

test('the migrations lead to the schema', async () => {
  const { entries } = await Bun.file(join(MIGRATIONS, 'meta/_journal.json')).json();
  const number = String(entries.length - 1).padStart(4, '0');
  const last = await Bun.file(join(MIGRATIONS, `meta/${number}_snapshot.json`)).json();
  const now = await generateSQLiteDrizzleJson({ ...schema }, last.id);
  expect(await generateSQLiteMigration(last, now)).toEqual([]);
});

test('a database of the first version keeps its reservations, who has which seat, and every place in line', async () => {
  await inFolder(async (folder) => {
    const url = `file:${join(folder, 'old.db')}`;
    const client = createClient({ url });
    const [first] = readMigrationFiles({ migrationsFolder: MIGRATIONS });
    if (first === undefined) throw new Error('there are no migrations');
    await client.executeMultiple(readFileSync(join(MIGRATIONS, '0000_initial.sql'), 'utf8'));
    await client.executeMultiple(`
      create table __drizzle_migrations (id integer primary key, hash text not null, created_at numeric);
      insert into __drizzle_migrations (hash, created_at) values ('${first.hash}', ${first.folderMillis});
      insert into users values (1, 0, 0);
      insert into concerts values (1, 'A', 'ON_SALE');
      insert into schedules values (1, 1, 1000, 0);
      insert into seats values (1, 1, 11, 500), (2, 1, 12, 500), (3, 1, 13, 500);
      insert into reservations values (1, 1, 1, 900, 'PAYMENT_PENDING', 5, 6), (2, 1, 1, 500, 'CANCELLED', 5, 6);
      insert into reservation_seats values (1, 0, 3, 400, 1), (1, 1, 1, 500, 1), (2, 0, 2, 500, 0);
      insert into payments values (1, 1, 900, 5);
      insert into queue_tokens values (70, 1, 4, 'EXPIRED', 1, 0, 2, 2), (9, 1, 6, 'WAITING', 3, 0, 8, null)`);
    client.close();

    const database = await openLibsql(url);
    const load = loader(database);
    expect(await load.unpaidReservations()).toMatchObject([
      {
        reservationId: 1,
        seats: [
          { seatId: 3, seatNumber: 13, price: 400 },
          { seatId: 1, seatNumber: 11, price: 500 },
        ],
        totalPrice: 900,
        expiresAt: 6,
      },
    ]);
    const page = { before: 100, limit: 10, unpaid: [] };
    expect(await load.reservationsOf(user(1), page, 0)).toMatchObject([
      { reservationId: 2, seats: [{ seatId: 2, seatNumber: 12, price: 500 }] },
    ]);
    const seatMap = await load.seatMap(schedule(1));
    expect([1, 2, 3].map((id) => seatMap.get(seat(id))?.status)).toEqual(['HELD', 'AVAILABLE', 'HELD']);
    const live = await Array.fromAsync(load.liveTokens());
    expect(live.flat()).toMatchObject([
      { tokenId: 9, userId: 1, queueId: 6, status: 'WAITING', expiresAt: 8 },
    ]);
    const keys = [70, 9, 71].map((tokenId) => [user(1), tokenId as TokenId] as const);
    expect(await load.endedTokens(keys)).toMatchObject([{ tokenId: 70, queueId: 4, endedAt: 2 }]);
    expect(await database.drizzle.all('pragma foreign_key_check')).toEqual([]);
    database.close();
  });
});
