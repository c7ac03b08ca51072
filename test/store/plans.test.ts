import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@libsql/client';
import { statements } from '../../src/store/commit.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { queries } from '../../src/store/load.ts';
import { operatorStatements } from '../../src/store/operator.ts';
import { recordQueries } from '../../src/store/records.ts';
import { fill } from '../support/fixture.ts';

let folder: string;
let client: Client;
const texts = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seatline-'));
  const url = `file:${join(folder, 'test.db')}`;
  const database = await openLibsql(url);
  await fill(database, 1_000_000_000_000, {});
  for (const [name, text] of Object.entries(statements(database))) texts.set(name, text);
  for (const [name, text] of Object.entries(operatorStatements(database))) texts.set(name, text);
  for (const [name, query] of Object.entries(queries(database.drizzle)))
    texts.set(name, query.getQuery().sql);
  for (const [name, query] of Object.entries(recordQueries(database.drizzle)))
    texts.set(`list ${name}`, query.getQuery().sql);
  database.close();
  // A connection of its own: one that has explained a query cannot commit any more.
  client = createClient({ url });
});
afterAll(() => {
  client.close();
  rmSync(folder, { recursive: true });
});

/** Read once when the service starts, never for a request. */
const AT_THE_START = [
  'concerts',
  'schedules',
  'liveTokens',
  'unpaidReservations',
  'unrefundedSchedules',
  'queueSettings',
];

/** What a foreign key would look for, were a row deleted or had one come before its parent: never for a new parent. */
const OF_FOREIGN_KEYS: Record<string, readonly string[]> = {
  insertUsers: ['SCAN queue_tokens', 'SCAN reservations', 'SCAN ledger_entries'],
  insertSchedules: ['SCAN reservations'],
};

test('every query on the path of a request finds its rows through an index', async () => {
  expect(texts.size).toBeGreaterThan(18);
  const found: Record<string, string[]> = {};
  for (const [name, sql] of texts) {
    if (AT_THE_START.includes(name)) continue;
    const parameters = sql.includes('?1') ? ['[]'] : Array(sql.split('?').length - 1).fill(1);
    const { rows } = await client.execute({ sql: `explain query plan ${sql}`, args: parameters });
    const steps = rows.map((row) => String(row.detail));
    const scans = steps.filter(
      (step) =>
        /^SCAN (?!json_each|id VIRTUAL|key VIRTUAL|seat VIRTUAL|parsed|page|\(subquery)/.test(step) &&
        !/CONSTANT ROW/.test(step) &&
        !OF_FOREIGN_KEYS[name]?.includes(step),
    );
    if (scans.length > 0) found[name] = scans;
  }
  expect(found).toEqual({});
});

test('a token that ended is found by user and id, however many the user had', async () => {
  const { rows } = await client.execute({
    sql: `explain query plan ${texts.get('endedTokens')}`,
    args: ['[]'],
  });
  expect(rows.map(({ detail }) => detail)).toContain(
    'SEARCH queue_tokens USING INDEX queue_tokens_ended (user_id=? AND token_id=?)',
  );
});

test('a query without an index would be found', async () => {
  const { rows } = await client.execute(
    'explain query plan select * from reservations where total_price = 1',
  );
  expect(String(rows[0]?.detail)).toMatch(/^SCAN reservations/);
});

test('the seats of a schedule are read page by page without a sort of all of them', async () => {
  const { rows } = await client.execute({
    sql: `explain query plan ${texts.get('seats')}`,
    args: [1, 0, 10],
  });
  const steps = rows.map(({ detail }) => String(detail));
  expect(steps).toContain('SEARCH seats USING INDEX seats_of_schedule (schedule_id=? AND seat_number>?)');
  expect(steps.filter((step) => step.includes('B-TREE'))).toEqual([]);
});
