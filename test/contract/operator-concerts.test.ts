import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { ConcertId } from '../../src/ids.ts';
import { DAY_MS, MINUTE_MS } from '../support/fixture.ts';
import { eventsOf } from '../support/operator-events.ts';
import { TestService } from '../support/service.ts';

const environment = { ADMIN_TOKEN: 'for-the-operator' };
const ONCE = { 'idempotency-key': 'once-and-only-once' };
const NAME_RULE = 'must be a text of 1 to 200 characters, not all of them blank and none of them a control';

let service: TestService;
beforeEach(async () => {
  service = await TestService.start({ environment });
});
afterEach(async () => {
  const { checks } = (await service.operator.get('/audit')).body;
  expect(checks.filter(({ violations }: { violations: number }) => violations !== 0)).toEqual([]);
  await service.stop();
});

const reserve = (userId: number, token: number, seatIds: number[], scheduleId = 1, concertId = 1) =>
  service.post('/v1/reservations', { token, body: { userId, concertId, scheduleId, seatIds } });

const pay = (userId: number, token: number, reservationId: number) =>
  service.post(`/v1/payments/users/${userId}`, { token, body: { reservationId } });

const recharge = (userId: number, amount: number) =>
  service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount } });

const balance = async (userId: number) =>
  (await service.get(`/v1/balance/users/${userId}`)).body.currentAmount;

const cancel = (concertId: number) => service.operator.post(`/concerts/${concertId}/cancel`);

/** Each of these users holds so many single seats of schedule 1 and pays for all of them. */
async function sell(userIds: readonly number[], seatsEach: number): Promise<void> {
  const walk = async (userId: number, index: number): Promise<void> => {
    const token = await service.join(userId);
    await recharge(userId, 10_000_000);
    const seatIds = Array.from({ length: seatsEach }, (_, seat) => index * seatsEach + seat + 1);
    const held = await Promise.all(seatIds.map((seatId) => reserve(userId, token, [seatId])));
    for (const { status, body } of await Promise.all(
      held.map(({ body }) => pay(userId, token, body.reservationId)),
    )) {
      expect({ status, body }).toMatchObject({ status: 200 });
    }
  };
  await Promise.all(userIds.map(walk));
}

test('a concert that is created is on sale under its name, and is renamed at once', async () => {
  const made = await service.operator.post('/concerts', { concertName: ' 봄밤 😀 ' });
  expect([made.status, made.body]).toEqual([
    200,
    { concertId: 3, concertName: ' 봄밤 😀 ', concertStatus: 'ON_SALE' },
  ]);
  const listed = { concertId: 3, concertName: ' 봄밤 😀 ' };
  expect((await service.get('/v1/concerts')).body.concerts).toContainEqual(listed);
  const renamed = await service.operator.patch('/concerts/3', { concertName: 'Encore', unknown: 1 });
  expect([renamed.status, renamed.body]).toEqual([200, { ...made.body, concertName: 'Encore' }]);
  expect((await service.get('/v1/concerts')).body.concerts).toContainEqual({
    ...listed,
    concertName: 'Encore',
  });
  await service.restart();
  expect((await service.get('/v1/concerts')).body.concerts).toContainEqual({
    ...listed,
    concertName: 'Encore',
  });
  expect((await service.operator.patch('/concerts/3', { concertName: 'Encore' })).status).toBe(200);
  const at = service.clock.now();
  expect(await eventsOf(service)).toEqual([
    { at, operation: 'create-concert', before: null, after: made.body },
    { at, operation: 'rename-concert', before: made.body, after: renamed.body },
  ]);
});

test('a concert that is created again with its key is one', async () => {
  const create = (concertName: string) => service.operator.post('/concerts', { concertName }, ONCE);
  const [first, second] = [await create('Encore'), await create('Encore')];
  expect(second.body).toEqual(first.body);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect((await create('Another')).body).toEqual({ code: 422, message: 'idempotency key reused' });
  expect((await service.get('/v1/concerts')).body.concerts).toHaveLength(3);
});

test('a name must be a text that can be read', async () => {
  const longest = '😀'.repeat(200);
  expect((await service.operator.post('/concerts', { concertName: longest })).body.concertName).toBe(longest);
  for (const concertName of [
    ...['', ' ', '\u3000', 'a\nb', 'a\0', '\u007f', '\u2028', '\ud800', `${longest}a`, 'a'.repeat(60_000)],
    ...[null, 1, true, [], ['a'], {}, { toString: 1 }],
  ]) {
    for (const answer of [
      await service.operator.post('/concerts', { concertName }),
      await service.operator.patch('/concerts/1', { concertName }),
    ]) {
      expect(answer.body).toEqual({ code: 400, message: `invalid concertName: ${NAME_RULE}` });
    }
  }
  expect((await service.operator.post('/concerts', {})).body.message).toBe(
    `invalid concertName: ${NAME_RULE}`,
  );
  expect(await eventsOf(service)).toHaveLength(1);
});

test('a concert that there is not cannot be renamed or cancelled', async () => {
  const notFound = { code: 404, message: 'concert not found' };
  expect((await service.operator.patch('/concerts/99', { concertName: 'A' })).body).toEqual(notFound);
  expect((await cancel(99)).body).toEqual(notFound);
  expect((await service.operator.patch('/concerts/x', { concertName: 'A' })).body.message).toBe(
    'invalid concertId',
  );
  expect(await eventsOf(service)).toEqual([]);
});

test('a cancelled concert lets its holds go, returns what was paid, and leaves others alone', async () => {
  await sell([1, 2], 3);
  const third = await service.join(3);
  const held = (await reserve(3, third, [10, 11])).body.reservationId;
  await reserve(3, third, [12]);
  const ended = await service.join(4);
  await reserve(4, ended, [13]);
  await service.pass(5 * MINUTE_MS);
  // The hold of user 4, and those of user 3, have ended by themselves; only these are still held.
  const again = (await reserve(3, third, [10, 11])).body.reservationId;
  const fifth = await service.join(5);
  await reserve(5, fifth, [14]);
  const other = await service.join(6);
  await recharge(6, 2_000_000);
  const kept = (await reserve(6, other, [101, 102], 3, 2)).body.reservationId;
  expect(held).toBeLessThan(again);

  const cancelled = await cancel(1);
  const sum = 1_000 * (1 + 2 + 3 + 4 + 5 + 6);
  const outcome = { concertId: 1, releasedHolds: 2, refundedReservations: 6, refundedAmount: sum };
  expect([cancelled.status, cancelled.body]).toEqual([200, outcome]);

  expect(await Promise.all([1, 2].map(balance))).toEqual([10_000_000, 10_000_000]);
  const mine = (await service.get('/v1/reservations/users/1')).body.reservations;
  expect(new Set(mine.map((r: { reservationStatus: string }) => r.reservationStatus))).toEqual(
    new Set(['REFUNDED']),
  );
  expect((await pay(3, third, again)).body).toEqual({ code: 400, message: 'reservation expired' });
  expect((await pay(6, other, kept)).status).toBe(200);
  const sales = (await service.operator.get('/schedules/1/sales')).body;
  expect(sales).toMatchObject({ seats: 50, available: 50, held: 0, sold: 0, revenue: 0 });
  expect((await service.operator.get('/schedules/3/sales')).body).toMatchObject({ sold: 2, revenue: 3_000 });

  const onlyOnce = await cancel(1);
  expect([onlyOnce.status, onlyOnce.body]).toEqual([200, outcome]);
  expect(await Promise.all([1, 2].map(balance))).toEqual([10_000_000, 10_000_000]);
  const events = (await eventsOf(service)).filter(({ operation }) => operation !== 'refund-concert');
  expect(events).toMatchObject([
    {
      operation: 'cancel-concert',
      before: { concertId: 1, concertStatus: 'ON_SALE' },
      after: { concertId: 1, concertStatus: 'CANCELLED', releasedHolds: 2 },
    },
  ]);
});

test('a cancelled concert is not there for buyers, and its dates cannot be changed any more', async () => {
  const token = await service.join(1);
  await cancel(1);
  const notFound = { code: 404, message: 'concert not found' };
  expect((await service.get('/v1/concerts')).body.concerts).toEqual([
    { concertId: 2, concertName: 'Second' },
  ]);
  expect((await service.get('/v1/concerts/1/schedules', { token })).body).toEqual(notFound);
  expect((await service.get('/v1/concerts/1/schedules/1/seats', { token })).body).toEqual(notFound);
  expect((await reserve(1, token, [1])).body).toEqual(notFound);
  const refused = { code: 400, message: 'concert cancelled' };
  const { operator } = service;
  const schedule = {
    concertAt: '2027-01-01T00:00:00',
    reservationAt: '2026-01-01T00:00:00',
    priceBands: [{ from: 1, to: 1, price: 1 }],
  };
  expect((await operator.post('/concerts/1/schedules', schedule)).body).toEqual(refused);
  expect((await operator.patch('/schedules/1', { closed: true })).body).toEqual(refused);
  expect((await operator.patch('/schedules/1/seats', { seatIds: [1], price: 1 })).body).toEqual(refused);
  expect((await operator.get('/schedules/1/sales')).status).toBe(200);
  const renamed = await operator.patch('/concerts/1', { concertName: 'Gone' });
  expect(renamed.body).toEqual({ concertId: 1, concertName: 'Gone', concertStatus: 'CANCELLED' });
  expect((await service.get('/v1/concerts')).body.concerts).toHaveLength(1);
  await service.restart();
  expect((await service.get('/v1/concerts')).body.concerts).toHaveLength(1);
});

test('a token that a released hold alone kept alive ends with it, and its slot is given on', async () => {
  await service.restart({ QUEUE_MAX_ACTIVE: '1' });
  const token = await service.join(1);
  const waiting = await service.join(2);
  await service.pass(9 * MINUTE_MS);
  await reserve(1, token, [1]);
  await service.join(2);
  await service.pass(2 * MINUTE_MS);
  const status = (userId: number, token: number) =>
    service.get(`/v1/queue-status/users/${userId}`, { token });
  expect((await status(1, token)).body.status).toBe('ACTIVE');
  expect((await status(2, waiting)).body.status).toBe('WAITING');
  expect((await cancel(1)).body.releasedHolds).toBe(1);
  expect((await status(1, token)).body.status).toBe('EXPIRED');
  expect((await status(2, waiting)).body.status).toBe('ACTIVE');
});

test('two who cancel at once, and one who does so after a stop in the middle, hear the same; money comes back once', async () => {
  await service.stop();
  service = await TestService.start({
    environment: { ...environment, COMMAND_DEADLINE_MS: '600000' },
    fixture: { concerts: [{ name: 'Large', schedules: [{ seats: 1_000, price: 100 }, {}] }] },
  });
  const buyers = Array.from({ length: 20 }, (_, index) => index + 1);
  await sell(buyers, 40);
  const outcome = { concertId: 1, releasedHolds: 1, refundedReservations: 800, refundedAmount: 80_000 };
  const token = await service.join(21);
  await reserve(21, token, [1_000]);
  // It is decided, and the time that a stop takes is over before the first refund.
  void service.desk.submit({ kind: 'cancel-concert', concertId: 1 as ConcertId });
  const restarted = service.restart();
  service.clock.jump(MINUTE_MS);
  await restarted;
  expect((await service.get('/v1/concerts')).body.concerts).toEqual([]);
  expect(await balance(1)).toBe(10_000_000 - 4_000);
  const [first, second] = await Promise.all([cancel(1), cancel(1)]);
  expect([first.body, second.body]).toEqual([outcome, outcome]);
  expect(await Promise.all(buyers.map(balance))).toEqual(buyers.map(() => 10_000_000));
  await service.restart();
  expect((await cancel(1)).body).toEqual(outcome);
  const refunds = (await eventsOf(service)).filter(({ operation }) => operation === 'refund-concert');
  expect(refunds.at(-1)?.after).toEqual(outcome);
});

test('a cancellation may carry a key, but not a malformed one', async () => {
  const post = (key: string) =>
    service.operator.post('/concerts/1/cancel', undefined, { 'idempotency-key': key });
  expect((await post('short')).body).toEqual({ code: 400, message: 'invalid Idempotency-Key' });
  expect((await service.get('/v1/concerts')).body.concerts).toHaveLength(2);
  expect((await post('long-enough')).status).toBe(200);
});

test('whatever body comes with a cancellation is left unread', async () => {
  for (const body of ['{', 'a'.repeat(100_000), '{"x":1}']) {
    expect((await service.operator.post('/concerts/1/cancel', body)).status).toBe(200);
  }
});

test('a date that is over is refunded as well', async () => {
  await sell([1], 1);
  await service.pass(31 * DAY_MS);
  await service.restart();
  expect((await cancel(1)).body).toMatchObject({ refundedReservations: 1, refundedAmount: 1_000 });
  expect(await balance(1)).toBe(10_000_000);
});
