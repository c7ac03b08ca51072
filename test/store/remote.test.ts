import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@libsql/client';
import { type Database, OutcomeUnknown, type Statement } from '../../src/store/database.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { users } from '../../src/store/schema.ts';
import { fill } from '../support/fixture.ts';
import { HranaServer, type Mishap } from '../support/hrana-server.ts';

const TIMEOUT_MS = 1_000;
let folder: string;
let server: HranaServer;
let database: Database;
/** The server's file, from outside. */
let file: Client;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seatline-'));
  const path = join(folder, 'test.db');
  server = await HranaServer.start(path);
  database = await openLibsql(server.url, { timeoutMs: TIMEOUT_MS });
  await fill(database, 0, { users: 1, concerts: [] });
  file = createClient({ url: `file:${path}` });
});
afterEach(async () => {
  file.close();
  database.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Adds 1 to the balance of user 1. */
const ADD: Statement = {
  sql: 'update users set balance = balance + 1 where user_id in (select value from json_each(?))',
  json: '[1]',
  rows: 1,
};

const balance = async () => (await file.execute('select balance from users')).rows[0]?.balance;
const read = async () => database.drizzle.select({ balance: users.balance }).from(users);

/** What a commit throws; null when it returns. */
const failureOf = (...statements: Statement[]): Promise<unknown> =>
  database.commit(statements).then(
    () => null,
    (cause: unknown) => cause,
  );

function answer(status: number, body: string, type = 'application/json'): Mishap {
  return { status, body, type };
}

/** What a server would answer that left out what became of the steps: two texts are stored, a batch runs, the end. */
const WITHOUT_STEPS = JSON.stringify({
  results: [
    { type: 'ok', response: { type: 'store_sql' } },
    { type: 'ok', response: { type: 'store_sql' } },
    { type: 'ok', response: { type: 'batch', result: { step_results: [], step_errors: [] } } },
    { type: 'ok', response: { type: 'close' } },
  ],
});

const unclear: [what: string, when: 'before' | 'after', mishap: Mishap][] = [
  ['whose connection is lost before it is applied', 'before', 'lost'],
  ['whose connection is lost after it was applied', 'after', 'lost'],
  ['that a proxy answers with a page before it is applied', 'before', answer(502, '<p>', 'text/html')],
  ['that a proxy answers with a page after it was applied', 'after', answer(504, '<p>', 'text/html')],
  ['that a proxy answers as the server would a failure', 'after', answer(500, '{"message": "sorry"}')],
  ['whose answer is not of the protocol', 'after', answer(200, '{}')],
  ['whose answer is cut', 'after', answer(200, WITHOUT_STEPS.slice(0, -20))],
  ['whose answer says nothing of its steps', 'after', answer(200, WITHOUT_STEPS)],
];

for (const [what, when, mishap] of unclear) {
  test(`a commit ${what} has an unknown outcome, is sent once, and the next one works`, async () => {
    const before = server.served;
    server.next(when, mishap);
    expect(await failureOf(ADD)).toBeInstanceOf(OutcomeUnknown);
    expect(server.served).toBe(before + 1);
    expect(await balance()).toBe(when === 'after' ? 1 : 0);
    expect(await failureOf(ADD)).toBeNull();
    expect(await balance()).toBe(when === 'after' ? 2 : 1);
  });
}

test('a commit that COMMIT itself fails has an unknown outcome', async () => {
  await file.execute('create table debts (user_id references users deferrable initially deferred)');
  const debt = { sql: 'insert into debts select value from json_each(?)', json: '[999]' };
  const failure = await failureOf(ADD, debt);
  expect(failure).toBeInstanceOf(OutcomeUnknown);
  expect(failure).toHaveProperty('cause.message', expect.stringContaining('FOREIGN KEY constraint failed'));
  expect(await balance()).toBe(0);
});

const REFUSED: Statement = { sql: 'insert into users select value, 0, 0 from json_each(?)', json: '[1]' };
const refused: [what: string, statement: Statement, complaint: string][] = [
  ['that breaks a constraint', REFUSED, 'UNIQUE constraint failed: users.user_id'],
  ['that touches other rows than it says', { ...ADD, json: '[2]' }, 'commit_guard_match'],
  ['that is no SQL', { sql: 'selec ?', json: '[]' }, 'syntax error'],
];

for (const [what, statement, complaint] of refused) {
  test(`a commit with a step ${what} fails for certain, and applies nothing of the others`, async () => {
    const failure = await failureOf(ADD, statement);
    expect(failure).not.toBeInstanceOf(OutcomeUnknown);
    expect(failure).toHaveProperty('message', expect.stringContaining(complaint));
    expect(await balance()).toBe(0);
    expect(await failureOf(ADD)).toBeNull();
  });
}

test('a commit to a database that is locked fails for certain', async () => {
  const lock = await file.transaction('write');
  const failure = await failureOf(ADD);
  await lock.rollback();
  expect(failure).not.toBeInstanceOf(OutcomeUnknown);
  expect(failure).toHaveProperty('code', 'SQLITE_BUSY');
  expect(await failureOf(ADD)).toBeNull();
});

test('a commit to a server that is down fails for certain, and the server is used again when it is back', async () => {
  await server.die();
  const failure = await failureOf(ADD);
  expect(failure).not.toBeInstanceOf(OutcomeUnknown);
  expect(failure).toHaveProperty('code', 'ECONNREFUSED');
  await expect(read()).rejects.toThrow();
  await server.listen();
  expect(await failureOf(ADD)).toBeNull();
  expect(await read()).toEqual([{ balance: 1 }]);
});

test('a commit that was under way when the server died has an unknown outcome', async () => {
  const late = Promise.withResolvers<void>();
  const { met, over } = server.next('before', late.promise);
  const failing = failureOf(ADD);
  await met;
  await server.die();
  expect(await failing).toBeInstanceOf(OutcomeUnknown);
  await server.listen();
  expect(await failureOf(ADD)).toBeNull();
  late.resolve();
  await over;
  expect(await balance()).toBe(2);
});

test('a commit that is not answered in time has an unknown outcome, and may still be applied later', async () => {
  const late = Promise.withResolvers<void>();
  const { over } = server.next('before', late.promise);
  expect(await failureOf(ADD)).toHaveProperty('cause.name', 'TimeoutError');
  expect(await balance()).toBe(0);
  expect(await failureOf(ADD)).toBeNull();
  expect(await balance()).toBe(1);
  late.resolve();
  await over;
  expect(await balance()).toBe(2);
});

test('a commit whose answer comes too late was applied all the same', async () => {
  const late = Promise.withResolvers<void>();
  const { met, over } = server.next('after', late.promise);
  const failing = failureOf(ADD);
  await met;
  expect(await balance()).toBe(1);
  expect(await failing).toBeInstanceOf(OutcomeUnknown);
  late.resolve();
  await over;
  expect(await failureOf(ADD)).toBeNull();
  expect(await balance()).toBe(2);
});

test('a read that is lost or not answered in time fails, and the next one works', async () => {
  server.next('before', 'lost', 'other');
  await expect(read()).rejects.toHaveProperty('cause.code', 'ECONNRESET');
  expect(await read()).toEqual([{ balance: 0 }]);
  server.next('before', new Promise(() => {}), 'other');
  await expect(read()).rejects.toHaveProperty('cause.name', 'TimeoutError');
  expect(await read()).toEqual([{ balance: 0 }]);
});

test('reads do not wait for a commit that is under way, nor for one another', async () => {
  const late = Promise.withResolvers<void>();
  const commit = server.next('before', late.promise);
  const other = server.next('before', late.promise, 'other');
  const both = Promise.all([failureOf(ADD), read()]);
  await Promise.all([commit.met, other.met]);
  expect(await read()).toEqual([{ balance: 0 }]);
  late.resolve();
  expect((await both)[0]).toBeNull();
});
