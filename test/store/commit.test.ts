import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@libsql/client';
import { decide } from '../../src/coordinator/decide.ts';
import { recover } from '../../src/coordinator/recover.ts';
import { NO_ROWS, Work } from '../../src/coordinator/work.ts';
import type { World } from '../../src/coordinator/world.ts';
import { committer } from '../../src/store/commit.ts';
import type { Database } from '../../src/store/database.ts';
import { Epoch } from '../../src/store/epoch.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { loader } from '../../src/store/load.ts';
import { fill } from '../support/fixture.ts';
import { POLICY, reservation, reserveCommand, user } from '../support/rules.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const NOW = 1_000_000_000_000;
let folder: string;
let database: Database;
let other: Client;
let world: World;
let commit: (work: Work) => Promise<void>;
let work: Work;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seatline-'));
  const url = `file:${join(folder, 'test.db')}`;
  database = await openLibsql(url);
  await fill(database, NOW, {});
  const { epoch, counters } = await Epoch.open(database, 1);
  world = await recover(loader(database), POLICY, counters, { now: () => NOW }, () => Promise.resolve());
  commit = committer(database, epoch);
  const accounts = await loader(database).accounts([user(1)]);
  work = new Work(
    world,
    { ...NO_ROWS, accounts: new Map(accounts.map((a) => [a.userId, a])) },
    new SeededRandom(),
  );
  other = createClient({ url });
});
afterEach(() => {
  other.close();
  database.close();
  rmSync(folder, { recursive: true });
});

const tables = async () => {
  const names = ['users', 'queue_tokens', 'reservations', 'taken_seats', 'seats', 'ledger_entries'];
  const all = [];
  for (const name of names) all.push((await other.execute(`select * from ${name}`)).rows);
  return JSON.stringify(all);
};

/** User 1 joins, recharges and holds seats 1 and 2. */
const fillWork = () => {
  decide(world, work, { kind: 'issue-token', userId: user(1) }, NOW);
  decide(world, work, { kind: 'recharge', userId: user(1), amount: 500 }, NOW);
  const token = work.token(user(1));
  if (token === undefined) throw new Error('user 1 has no token');
  expect(decide(world, work, reserveCommand(1, token.tokenId, [1, 2]), NOW).ok).toBe(true);
};

test('a whole batch reaches the tables', async () => {
  fillWork();
  await commit(work);
  const one = async (sql: string) => Object.values((await other.execute(sql)).rows[0] ?? {});
  expect(await one('select balance from users where user_id = 1')).toEqual([500]);
  expect(await one('select status, queue_id from queue_tokens')).toEqual(['ACTIVE', 1]);
  expect(await one('select status, total_price from reservations')).toEqual(['PAYMENT_PENDING', 3000]);
  expect(await one('select count(*), min(seat_id), max(seat_id) from taken_seats')).toEqual([2, 1, 2]);
  expect(
    await one('select last_queue_id, last_reservation_id, last_entry_id from coordinator_state'),
  ).toEqual([1, 1, 1]);
});

test('a batch in which a seat changes hands twice leaves it with the last one', async () => {
  fillWork();
  const token = work.token(user(1));
  if (token === undefined) throw new Error('user 1 has no token');
  const owner = { userId: user(1), reservationId: reservation(1) };
  decide(world, work, { kind: 'cancel', ...owner }, NOW);
  decide(world, work, { kind: 'recharge', userId: user(1), amount: 1_000 }, NOW);
  decide(world, work, reserveCommand(1, token.tokenId, [1]), NOW);
  const pay = { ...owner, reservationId: reservation(2), tokenId: token.tokenId };
  expect(decide(world, work, { kind: 'pay', ...pay }, NOW).ok).toBe(true);
  await commit(work);
  const all = async (sql: string) => (await other.execute(sql)).rows.map((row) => Object.values(row));
  expect(await all('select seat_id, reservation_id from taken_seats')).toEqual([[1, 2]]);
  expect(await all('select status, created_at, expires_at - created_at from reservations')).toEqual([
    ['CANCELLED', NOW, POLICY.holdMs],
    ['PAID', NOW, POLICY.holdMs],
  ]);
});

const meddling: [name: string, sql: string, complaint: string][] = [
  ['a balance that has changed', 'update users set balance = 1 where user_id = 1', 'commit_guard_match'],
  ['an epoch that has passed', 'update coordinator_state set epoch = epoch + 1', 'commit_guard_match'],
  [
    'a seat that another reservation keeps',
    `insert into reservations values (9, 2, 1, '[[1,1,1]]', 1, 'PAYMENT_PENDING', 1, 2);
     insert into taken_seats values (1, 9)`,
    'UNIQUE constraint failed: taken_seats.seat_id',
  ],
  [
    'a place in line that somebody has',
    `insert into queue_tokens values (1, 9, 2, 'WAITING', 1, 0, 2, null)`,
    'UNIQUE constraint failed: queue_tokens.queue_id',
  ],
];

const meddlingLater: [name: string, sql: string][] = [
  ['a token that has ended', "update queue_tokens set status = 'EXPIRED', ended_at = 5"],
  ['a reservation that is not unpaid any more', "update reservations set status = 'PAID'"],
  ['a seat that the reservation has given up', 'delete from taken_seats where seat_id = 2'],
];

for (const [name, sql] of meddlingLater) {
  test(`${name} stops a batch that counts on it`, async () => {
    fillWork();
    await commit(work);
    world.apply(work);
    await other.executeMultiple(sql);
    const before = await tables();
    work = new Work(world, NO_ROWS, new SeededRandom());
    const tokenId = world.line.get(user(1))?.tokenId;
    if (tokenId === undefined) throw new Error('user 1 has no token');
    expect(decide(world, work, { kind: 'leave', userId: user(1), tokenId }, NOW).ok).toBe(true);
    await expect(commit(work)).rejects.toThrow('commit_guard_match');
    expect(await tables()).toBe(before);
  });
}

for (const [name, sql, complaint] of meddling) {
  test(`${name} stops the whole batch`, async () => {
    fillWork();
    await other.executeMultiple(sql);
    const before = await tables();
    await expect(commit(work)).rejects.toThrow(complaint);
    expect(await tables()).toBe(before);
  });
}

test('a user with two live tokens stops the start, and the second is not asked for within a batch', async () => {
  await other.executeMultiple(
    `insert into queue_tokens values (8, 1, 1, 'ACTIVE', 1, 2, 2, null), (9, 2, 1, 'WAITING', 1, 0, 2, null)`,
  );
  const recovering = recover(loader(database), POLICY, world.counters, { now: () => NOW }, () =>
    Promise.resolve(),
  );
  await expect(recovering).rejects.toThrow('user 1 has a place already');
  work.join(user(2), NOW);
  expect(() => work.join(user(2), NOW)).toThrow('user 2 has a live token');
});

test('the database keeps its own invariants', async () => {
  const refused = [
    'update users set balance = -1 where user_id = 1',
    'update seats set price = 0 where seat_id = 1',
    "insert into queue_tokens values (1, 1, 1, 'LOST', 1, 0, 2, null)",
    "insert into queue_tokens values (1, 1, 999, 'WAITING', 1, 0, 2, null)",
    "insert into reservations values (1, 1, 1, '[]', 0, 'PAID', 1, 2)",
    "insert into ledger_entries values (1, 1, 5, 'PAYMENT', null, 1)",
    'insert into commit_guard values (1, 1, 2)',
  ];
  for (const sql of refused) await expect(other.execute(sql)).rejects.toThrow('constraint failed');
  await other.executeMultiple(`insert into reservations values (1, 1, 1, '[]', 5, 'PAID', 1, 2);
    insert into payments values (1, 1, 5, 1)`);
  await expect(other.execute('insert into payments values (2, 1, 5, 1)')).rejects.toThrow('UNIQUE');
});

test('an answer is kept under its key in the transaction of its effect', async () => {
  fillWork();
  work.keptAnswers.push({
    userId: user(1),
    operation: 'recharge',
    key: 'a key of mine',
    request: '{}',
    answer: '{}',
    createdAt: NOW,
  });
  await commit(work);
  const { rows } = await other.execute('select operation, key, answer from idempotency_keys');
  expect(rows.map((row) => Object.values(row))).toEqual([['recharge', 'a key of mine', '{}']]);
});

test('a reservation that is paid while its list is read is shown once, as paid', async () => {
  fillWork();
  await commit(work);
  await other.execute("update reservations set status = 'PAID'");
  const page = { before: 100, limit: 10, unpaid: [reservation(1)] };
  const shown = await loader(database).reservationsOf(user(1), page, NOW);
  expect(shown.map((r) => [r.reservationId, r.reservationStatus])).toEqual([[reservation(1), 'PAID']]);
});
