import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { type Client, createClient } from '@libsql/client';
import { DAY_MS } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';

// Dozens of batches, on a disk that may be busy.
setDefaultTimeout(60_000);

const ADMIN_TOKEN = 'for-the-operator';
const MONTH_MS = 30 * DAY_MS;
const HOUR_MS = 3_600_000;
const HOLD_MS = 300_000;
/** Between two batches of housekeeping. */
const PAUSE_MS = 50;

let service: TestService;
let client: Client;
const begin = async (environment: Record<string, string> = {}): Promise<void> => {
  service = await TestService.start({ environment: { ADMIN_TOKEN, ...environment } });
  client = createClient({ url: service.databaseUrl });
};
beforeEach(() => begin());
afterEach(async () => {
  client.close();
  await service.stop();
});

const column = async (sql: string) => (await client.execute(sql)).rows.map((row) => row[0]);
const tokens = () => column('select user_id from queue_tokens order by 1');
const reservations = () => column('select reservation_id from reservations order by 1');
const leave = (userId: number, token: number) =>
  service.delete(`/v1/queue-tokens/users/${userId}`, { token });
const recharge = (userId: number) =>
  service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount: 100_000 } });
const pay = (userId: number, token: number, reservationId: number, headers = {}) =>
  service.post(`/v1/payments/users/${userId}`, { token, body: { reservationId }, headers });

async function reserve(userId: number, token: number, seatId: number): Promise<number> {
  const body = { userId, concertId: 1, scheduleId: 1, seatIds: [seatId] };
  return (await service.post('/v1/reservations', { token, body })).body.reservationId;
}

/** The reservations that a user is shown. */
async function shownTo(userId: number): Promise<unknown[]> {
  const { body } = await service.get(`/v1/reservations/users/${userId}`);
  return body.reservations.map(({ reservationId }: { reservationId: number }) => reservationId);
}

async function expectCleanBooks(): Promise<void> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const { body } = await service.get('/v1/admin/audit', { headers });
  expect(body.checks.filter(({ violations }: { violations: number }) => violations !== 0)).toEqual([]);
  expect(body.clean).toBe(true);
}

test('a token is deleted when it ended 30 days ago, to the millisecond', async () => {
  await service.pass(0);
  const [first, second] = [await service.join(1), await service.join(2)];
  await leave(1, first);
  await service.pass(1);
  await leave(2, second);
  await service.pass(MONTH_MS - 2);
  // Each start looks at once.
  await service.restart();
  await service.pass(0);
  expect(await tokens()).toEqual([1, 2]);
  await service.restart();
  await service.pass(1);
  expect(await tokens()).toEqual([2]);
  await service.pass(HOUR_MS - 1);
  expect(await tokens()).toEqual([2]);
  await service.pass(1);
  expect(await tokens()).toEqual([]);
  await expectCleanBooks();
});

test('a reservation that nobody paid is deleted 30 days after its end, and one that was paid is not', async () => {
  await recharge(1);
  const token = await service.join(1);
  const released = await reserve(1, token, 1);
  await service.delete(`/v1/reservations/${released}/users/1`);
  const expired = await reserve(1, token, 2);
  await service.pass(1);
  const younger = await reserve(1, token, 3);
  const paid = await reserve(1, token, 4);
  await pay(1, token, paid);
  await service.pass(MONTH_MS + HOLD_MS - 2);
  expect(await reservations()).toEqual([released, expired, younger, paid]);
  await service.restart();
  await service.pass(0);
  expect(await reservations()).toEqual([released, expired, younger, paid]);
  await service.restart();
  await service.pass(1);
  expect(await reservations()).toEqual([younger, paid]);
  expect(await shownTo(1)).toEqual([paid, younger]);
  await service.pass(HOUR_MS);
  expect(await shownTo(1)).toEqual([paid]);
  expect(await column('select count(*) from payments')).toEqual([1]);
  expect(await column('select count(*) from ledger_entries')).toEqual([2]);
  expect(await column('select count(*) from users')).toEqual([100]);
  await expectCleanBooks();
  expect(service.log.errors).toEqual([]);
});

test('what has not ended stays, however old it is', async () => {
  await service.stop();
  client.close();
  await begin({
    RETENTION_DAYS: '1',
    TOKEN_ACTIVE_SECONDS: '259200',
    HOLD_SECONDS: '259200',
  });
  await recharge(1);
  const token = await service.join(1);
  const held = await reserve(1, token, 1);
  await service.join(2);
  await service.pass(2 * DAY_MS);
  await service.pass(PAUSE_MS);
  expect(await tokens()).toEqual([1, 2]);
  expect(await reservations()).toEqual([held]);
  expect((await pay(1, token, held)).status).toBe(200);
});

test('an answer is given again as long as it is kept, also with the shortest retention', async () => {
  await service.stop();
  client.close();
  await begin({ RETENTION_DAYS: '1' });
  await recharge(1);
  const token = await service.join(1);
  const held = await reserve(1, token, 1);
  const headers = { 'idempotency-key': 'pays-only-once' };
  const first = await pay(1, token, held, headers);
  await service.pass(DAY_MS - 1);
  const again = await pay(1, token, held, headers);
  expect(again).toMatchObject({ status: 200, body: first.body });
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  await service.pass(HOUR_MS);
  expect(await tokens()).toEqual([]);
  // The token that opened the shop is gone: nobody can tell any more that it was this user's.
  expect((await pay(1, token, held, headers)).status).toBe(401);
  await expectCleanBooks();
});

test('much is deleted in small batches, past what stays, while requests are answered', async () => {
  const now = service.clock.now();
  // Of the reservations, more are paid than are looked at together.
  await client.executeMultiple(`
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 2345)
    insert into queue_tokens select n, n, 1 + n % 100, 'EXPIRED', ${now} + n, 0, ${now} + n, ${now} + n from numbers;
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 2345)
    insert into reservations select n, 1 + n % 100, 1, '[[1,1,1000]]', 1000,
      iif(n between 100 and 1500, 'REFUNDED', 'EXPIRED'), ${now} + n, ${now} + n from numbers;
    update coordinator_state set last_queue_id = 2345, last_reservation_id = 2345`);
  await service.restart();
  const counts = async () =>
    [
      await column('select count(*) from queue_tokens'),
      await column('select count(*) from reservations'),
    ].map(([count]) => Number(count));
  const left: number[][] = [await counts()];
  await service.pass(MONTH_MS + 2345);
  for (let batches = 1; batches <= 60; batches++) {
    left.push(await counts());
    await service.pass(PAUSE_MS);
    expect((await service.get('/v1/balance/users/1')).status).toBe(200);
  }
  expect(left.at(-1)).toEqual([0, 1401]);
  const deleted = left.flatMap((after, index) =>
    after.map((count, of) => (left[index - 1]?.[of] ?? count) - count),
  );
  expect(Math.max(...deleted)).toBe(50);
  expect(service.log.errors).toEqual([]);
});

test('a hold of which nobody has written down yet that it ended is not passed over', async () => {
  await service.stop();
  client.close();
  service = await TestService.start({ fixture: { concerts: [{ name: 'A', schedules: [{ seats: 501 }] }] } });
  client = createClient({ url: service.databaseUrl });
  const now = service.clock.now();
  // One more than a sweep writes down at a time.
  await client.executeMultiple(`
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 501)
    insert into reservations select n, 1 + n % 100, 1, json_array(json_array(n, n, n * 1000)), n * 1000,
      'PAYMENT_PENDING', ${now}, ${now} + ${HOLD_MS} from numbers;
    insert into taken_seats select reservation_id, reservation_id from reservations;
    update coordinator_state set last_reservation_id = 501`);
  await service.restart();
  await service.pass(MONTH_MS + HOLD_MS);
  expect((await reservations()).length).toBeGreaterThan(400);
  await service.pass(HOUR_MS);
  for (let batches = 1; batches <= 11; batches++) await service.pass(PAUSE_MS);
  expect(await reservations()).toEqual([]);
});

test('a start on a database of which everything old is deleted goes on counting where it was', async () => {
  await leave(1, await service.join(1));
  const token = await service.join(2);
  const held = await reserve(2, token, 1);
  await service.pass(2 * MONTH_MS);
  expect([await tokens(), await reservations()]).toEqual([[], []]);
  await service.restart();
  const later = await service.join(3);
  expect(await column('select queue_id from queue_tokens')).toEqual([3]);
  const { body } = await service.get('/v1/queue-status/users/3', { token: later });
  expect(body).toMatchObject({ queueId: 3, remainingWaitListCount: 0 });
  expect((await service.get('/v1/queue-status/users/2', { token })).status).toBe(401);
  const cancel = await service.delete(`/v1/reservations/${held}/users/2`);
  expect(cancel).toMatchObject({ status: 404, body: { message: 'reservation not found' } });
  await expectCleanBooks();
});
