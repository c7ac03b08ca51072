import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Housekeeping, LOOKED_AT_MAX } from '../../src/coordinator/housekeeping.ts';
import type { Database } from '../../src/store/database.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { loader } from '../../src/store/load.ts';
import { type Row, text, wholeRows } from '../../src/store/rows.ts';
import { queueTokens, reservations } from '../../src/store/schema.ts';
import { fill } from '../support/fixture.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RETENTION_MS = 30 * DAY_MS;
const NOW = Date.parse('2026-07-04T01:00:00Z');
const OLD = NOW - 31 * DAY_MS;

let folder: string;
let database: Database;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seatline-'));
  database = await openLibsql(`file:${join(folder, 'test.db')}`);
  await fill(database, 0, { users: LOOKED_AT_MAX + 1 });
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

function insert(query: Parameters<typeof text>[0], row: Row): Promise<void> {
  return database.commit([{ sql: text(query), json: JSON.stringify([row]) }]);
}

/** A token that was made then, and ended at once or not at all. */
function addToken(queueId: number, joinedAt: number, isLive = false): Promise<void> {
  const row = [queueId, queueId, queueId, isLive ? 'WAITING' : 'EXPIRED', joinedAt, 0, NOW + DAY_MS];
  return insert(database.drizzle.insert(queueTokens).select(wholeRows(8)), [
    ...row,
    isLive ? null : joinedAt,
  ]);
}

/** How long there is nothing to do, once all that is old is deleted. */
async function restMs(): Promise<number> {
  const housekeeping = new Housekeeping(loader(database), RETENTION_MS);
  do {
    await housekeeping.next(NOW);
    housekeeping.gone(NOW);
  } while (housekeeping.dueAt < NOW + HOUR_MS);
  return housekeeping.dueAt - NOW;
}

test('where there is nothing, nothing can be old before all of the time to keep it has passed', async () => {
  expect(await restMs()).toBe(RETENTION_MS);
});

test('the next token to be old is waited for to the millisecond', async () => {
  await addToken(1, OLD);
  await addToken(2, NOW - 5 * DAY_MS);
  expect(await restMs()).toBe(25 * DAY_MS);
});

test('so is the next reservation, and the sooner of the two', async () => {
  await addToken(1, NOW - 5 * DAY_MS);
  const row = [1, 1, 1, [[1, 1, 1000]], 1000, 'EXPIRED', NOW - 7 * DAY_MS, NOW - 6 * DAY_MS];
  await insert(database.drizzle.insert(reservations).select(wholeRows(8)), row);
  expect(await restMs()).toBe(24 * DAY_MS);
});

test('rows that become old soon are looked for an hour later, together', async () => {
  await addToken(1, NOW - RETENTION_MS + 1);
  expect(await restMs()).toBe(HOUR_MS);
});

test('an old token that is live may end any time, so that it is looked at every hour', async () => {
  await addToken(1, OLD, true);
  await addToken(2, NOW);
  expect(await restMs()).toBe(HOUR_MS);
});

test('so is one that has more old ones behind it than are looked at together', async () => {
  await addToken(1, OLD, true);
  const ended = Array.from({ length: LOOKED_AT_MAX }, (_, index): Row => {
    const id = index + 2;
    return [id, id, id, 'EXPIRED', OLD, 0, NOW, OLD];
  });
  const sql = text(database.drizzle.insert(queueTokens).select(wholeRows(8)));
  await database.commit([{ sql, json: JSON.stringify(ended) }]);
  expect(await restMs()).toBe(HOUR_MS);
});
