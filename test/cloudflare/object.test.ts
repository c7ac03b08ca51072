import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@libsql/client';
import { PRODUCT, Workerd } from '../support/workerd.ts';

const ENTRY = fileURLToPath(new URL('batch-worker.ts', import.meta.url));
const ADMIN_TOKEN = 'operator';
const BATCH = 500;
const SEATS_EACH = 100;
const DAY_MS = 24 * 3_600_000;

let folder: string;
let workerd: Workerd | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seatline-'));
});
afterEach(async () => {
  await workerd?.kill();
  workerd = undefined;
  rmSync(folder, { recursive: true });
});

function start(options: Partial<Parameters<typeof Workerd.start>[0]> = {}): Promise<Workerd> {
  return Workerd.start({ entry: ENTRY, folder, ...options });
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads the answer as a client without types would.
async function call(method: string, path: string, body?: unknown, headers = {}): Promise<any> {
  const response = await fetch(`${workerd?.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

const users = Array.from({ length: BATCH }, (_, index) => index + 1);

/** Has the coordinator decide these in one batch. */
async function batch(commandOf: (userId: number, index: number) => object) {
  // biome-ignore lint/suspicious/noExplicitAny: the replies to different commands.
  const replies: any[] = await call('POST', '/test/batch', users.map(commandOf));
  expect(replies.filter(({ ok }) => !ok)).toEqual([]);
  return replies.map(({ value }) => value);
}

test('a batch of 500 commands is one transaction within the limits of the platform', async () => {
  const variables = {
    ADMIN_TOKEN,
    QUEUE_MAX_ACTIVE: '1000',
    QUEUE_ADMIT_BATCH: '1000',
    MAX_SEATS_PER_RESERVATION: String(SEATS_EACH),
  };
  workerd = await start({ variables });
  const laidOut = await call('POST', '/v1/admin/concerts/1/schedules', {
    concertAt: '2099-08-04T10:00:00',
    reservationAt: '2020-08-04T10:00:00',
    priceBands: [{ from: 1, to: BATCH * SEATS_EACH, price: 1_000 }],
  });
  const tokens = await batch((userId) => ({ kind: 'issue-token', userId }));
  const seats = (index: number) =>
    Array.from({ length: SEATS_EACH }, (_, seat) => laidOut.firstSeatId + index * SEATS_EACH + seat);
  const reservations = await batch((userId, index) => ({
    kind: 'reserve',
    userId,
    tokenId: tokens[index].tokenId,
    concertId: 1,
    scheduleId: laidOut.scheduleId,
    seatIds: seats(index),
    idempotencyKey: `reserve-${userId}`,
  }));
  await batch((userId) => ({ kind: 'recharge', userId, amount: SEATS_EACH * 1_000 }));
  await batch((userId, index) => ({
    kind: 'pay',
    userId,
    tokenId: tokens[index].tokenId,
    reservationId: reservations[index].reservationId,
  }));
  const metrics = await (await fetch(`${workerd.url}/metrics`)).text();
  const below = (commands: number): number =>
    Number(new RegExp(`batch_commands_bucket\\{le="${commands}"\\} (\\d+)`).exec(metrics)?.[1]);
  // The four of them, and none in parts.
  expect(below(BATCH) - below(200)).toBe(4);
  const { checks } = await call('GET', '/v1/admin/audit');
  expect(checks.filter(({ violations }: { violations: number }) => violations > 0)).toEqual([]);
  const sales = await call('GET', `/v1/admin/schedules/${laidOut.scheduleId}/sales`);
  expect(sales).toMatchObject({ sold: BATCH * SEATS_EACH });
}, 60_000);

test('an idle coordinator is not woken before something can be due', async () => {
  workerd = await start();
  // The demo: nobody waits, and nothing is held.
  await call('GET', '/ready');
  const wakesAt = await call('GET', '/test/alarm');
  expect(wakesAt).toBeGreaterThan(Date.now() + 29 * DAY_MS);
}, 30_000);

test('the alarm of the platform admits whoever is next, without a request', async () => {
  workerd = await start({ variables: { QUEUE_MAX_ACTIVE: '1', TOKEN_ACTIVE_SECONDS: '1' } });
  for (const userId of [1, 2, 3]) await call('POST', `/v1/queue-tokens/users/${userId}`);
  // To read what is measured makes the coordinator do nothing.
  const metrics = async () => (await fetch(`${workerd?.url}/metrics`)).text();
  const admitted = async () => Number(/^seatline_admissions_total (\d+)$/m.exec(await metrics())?.[1]);
  while ((await admitted()) < 3) await Bun.sleep(50);
  expect(await admitted()).toBe(3);
}, 30_000);

test('who waits and is not heard of lapses, also when nobody else asks for anything', async () => {
  // Longer than an idle object is kept in memory.
  workerd = await start({ variables: { QUEUE_MAX_ACTIVE: '1', TOKEN_WAITING_SECONDS: '15' } });
  for (const userId of [1, 2]) await call('POST', `/v1/queue-tokens/users/${userId}`);
  const database = createClient({ url: `file:${workerd.databaseFile}` });
  const statusOf = async (userId: number) =>
    (await database.execute({ sql: 'select status from queue_tokens where user_id = ?', args: [userId] }))
      .rows[0]?.status;
  while ((await statusOf(2)) !== 'EXPIRED') await Bun.sleep(100);
  expect(await statusOf(1)).toBe('ACTIVE');
  database.close();
}, 30_000);

test('who reads of a concert late is refused by the coordinator', async () => {
  workerd = await start({ variables: { ADMIN_TOKEN } });
  const { tokenId } = await call('POST', '/v1/queue-tokens/users/1');
  const gate = { 'token-id': String(tokenId) };
  const old = await call('GET', '/test/kv/concerts/1');
  await call('POST', '/v1/admin/concerts/1/cancel');
  // As a place of the platform's would still have it.
  await fetch(`${workerd.url}/test/kv/concerts/1`, { method: 'PUT', body: old });
  const seats = await call('GET', '/v1/concerts/1/schedules/1/seats', undefined, gate);
  expect(seats).toEqual({ code: 404, message: 'schedule not found' });
  const dates = await call('GET', '/v1/concerts/1/schedules', undefined, gate);
  expect(dates).toEqual({ concertId: 1, events: [] });
  const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
  expect(await call('POST', '/v1/reservations', body, gate)).toMatchObject({ code: 404 });
}, 30_000);

test('a wrong variable, one that means nothing and a binding that is missing end the start with their names', async () => {
  const starts: [Partial<Parameters<typeof Workerd.start>[0]>, string][] = [
    [{ variables: { HOLD_SECONDS: 'abc' } }, 'HOLD_SECONDS="abc" is not allowed'],
    [{ variables: { PORT: '3000' } }, 'PORT means nothing on Cloudflare'],
    [{ without: ['CATALOGUE'] }, 'the binding CATALOGUE is missing'],
    [{ without: ['ASSETS'] }, 'the binding ASSETS is missing'],
  ];
  for (const [options, said] of starts) {
    await expect(start({ entry: PRODUCT, ...options })).rejects.toThrow(said);
  }
}, 60_000);
