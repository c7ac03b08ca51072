import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../src/store/database.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { loader } from '../../src/store/load.ts';
import { fill } from '../support/fixture.ts';
import { schedule, seat } from '../support/rules.ts';

let folder: string;
let database: Database;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seatline-'));
  database = await openLibsql(`file:${join(folder, 'test.db')}`);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

test('the seats of a large date are read in parts, between which others go on, and all of them', async () => {
  await fill(database, 0, { concerts: [{ name: 'Large', schedules: [{ seats: 3 }, { seats: 4_001 }] }] });
  let pauses = 0;
  const load = loader(database, async () => {
    pauses++;
  });
  const seatMap = await load.seatMap(schedule(2));
  expect(pauses).toBe(3);
  expect([...seatMap.seats()].length).toBe(4_001);
  const ends = [3, 4, 2_003, 2_004, 4_004, 4_005].map((seatId) => seatMap.get(seat(seatId))?.seatNumber);
  expect(ends).toEqual([undefined, 1, 2_000, 2_001, 4_001, undefined]);
});
