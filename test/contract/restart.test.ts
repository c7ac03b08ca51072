import { afterEach, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { MINUTE_MS } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';
import { TestClock } from '../support/test-clock.ts';

let service: TestService;
afterEach(async () => {
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

/** A clock that goes on whenever it is looked at. */
class CreepingClock extends TestClock {
  creepMs = 0;

  override now(): number {
    this.jump(this.creepMs);
    return super.now();
  }
}

const statusOf = async (userId: number, token: number) =>
  (await service.get(`/v1/queue-status/users/${userId}`, { token })).body;

test('a restart in the middle keeps every place, every hold, every sale and every balance', async () => {
  service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '3' } });
  const tokens: number[] = [];
  for (let userId = 1; userId <= 10; userId++) tokens.push(await service.join(userId));
  const [first = 0, second = 0] = tokens;
  for (const userId of [1, 2]) {
    await service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount: 10_000 } });
  }
  const hold = (token: number, userId: number, seatIds: number[]) =>
    service.post('/v1/reservations', { token, body: { userId, concertId: 1, scheduleId: 1, seatIds } });
  const sold = (await hold(first, 1, [1, 2])).body;
  await service.post('/v1/payments/users/1', { token: first, body: { reservationId: sold.reservationId } });
  const held = (await hold(second, 2, [3])).body;
  const before = await Promise.all(tokens.map((token, index) => statusOf(index + 1, token)));

  await service.restart();

  expect(await Promise.all(tokens.map((token, index) => statusOf(index + 1, token)))).toEqual(before);
  expect(before.map(({ status }) => status)).toEqual([
    'COMPLETED',
    ...Array(3).fill('ACTIVE'),
    ...Array(6).fill('WAITING'),
  ]);
  const { seats } = (await service.get('/v1/concerts/1/schedules/1/seats', { token: second })).body;
  const taken = seats.filter(({ seatStatus }: { seatStatus: string }) => seatStatus === 'UNAVAILABLE');
  expect(taken.map(({ seatId }: { seatId: number }) => seatId)).toEqual([1, 2, 3]);
  expect((await hold(second, 2, [3])).body).toEqual({ code: 400, message: 'reservation failed' });
  const paid = await service.post('/v1/payments/users/2', {
    token: second,
    body: { reservationId: held.reservationId },
  });
  expect(paid.body).toEqual({ paymentId: 2, amount: 3000, paymentStatus: 'COMPLETED' });
  expect((await service.get('/v1/balance/users/1')).body.currentAmount).toBe(7000);
  expect((await statusOf(5, tokens[4] ?? 0)).status).toBe('ACTIVE');
  expect((await service.post('/v1/queue-tokens/users/11')).status).toBe(200);
  expect((await statusOf(11, (await service.get('/v1/queue-tokens/users/11')).body.tokenId)).queueId).toBe(
    11,
  );
});

test('a waiting place is renewed in full by a restart, so that nobody loses it to us', async () => {
  service = await TestService.start({
    environment: { QUEUE_MAX_ACTIVE: '1', TOKEN_ACTIVE_SECONDS: '36000' },
  });
  await service.join(1);
  const token = await service.join(2);
  await service.pass(10 * MINUTE_MS - 1);
  await service.restart();
  await service.pass(10 * MINUTE_MS - 1);
  expect((await statusOf(2, token)).status).toBe('WAITING');
});

test('what ended while the service was away is over when it is back', async () => {
  service = await TestService.start();
  const token = await service.join(1);
  const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
  await service.post('/v1/reservations', { token, body });
  service.clock.jump(10 * MINUTE_MS);
  await service.restart();
  expect((await statusOf(1, token)).status).toBe('EXPIRED');
  const other = await service.join(2);
  const taken = await service.post('/v1/reservations', { token: other, body: { ...body, userId: 2 } });
  expect(taken.body.reservationId).toBe(2);
});

test('a hold whose concert began while the service was away is paid, let go, and swept', async () => {
  service = await TestService.start({
    fixture: { concerts: [{ name: 'A', schedules: [{ concertIn: MINUTE_MS }] }] },
  });
  const token = await service.join(1);
  await service.post('/v1/balance/users/1/recharge', { body: { amount: 10_000 } });
  for (const seatId of [1, 2, 3]) {
    const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [seatId] };
    await service.post('/v1/reservations', { token, body });
  }
  service.clock.jump(2 * MINUTE_MS);
  await service.restart();
  const paid = await service.post('/v1/payments/users/1', { token, body: { reservationId: 1 } });
  expect(paid.status).toBe(200);
  expect((await service.delete('/v1/reservations/2/users/1')).status).toBe(200);
  await service.pass(5 * MINUTE_MS);
  const { reservations } = (await service.get('/v1/reservations/users/1')).body;
  expect(reservations.map((r: { reservationStatus: string }) => r.reservationStatus)).toEqual([
    'EXPIRED',
    'CANCELLED',
    'PAID',
  ]);
});

test('however many lapse at once, all of them are written down without a pause', async () => {
  service = await TestService.start({
    fixture: { users: 1_300 },
    environment: { QUEUE_MAX_ACTIVE: '1', TOKEN_WAITING_SECONDS: '60', TOKEN_ACTIVE_SECONDS: '36000' },
  });
  await Promise.all(Array.from({ length: 1_200 }, (_, index) => service.join(index + 1)));
  await service.pass(MINUTE_MS);
  await service.pass(0);
  await service.pass(0);
  const client = createClient({ url: service.databaseUrl });
  const { rows } = await client.execute(
    "select count(*) as count from queue_tokens where status = 'EXPIRED'",
  );
  client.close();
  expect(rows[0]?.count).toBe(1_199);
});

test('a stop does not go on writing for ever: what is left over waits in full after the next start', async () => {
  const clock = new CreepingClock();
  service = await TestService.start({
    clock,
    fixture: { users: 2_600 },
    environment: { QUEUE_MAX_ACTIVE: '1', TOKEN_WAITING_SECONDS: '60', TOKEN_ACTIVE_SECONDS: '36000' },
  });
  await Promise.all(Array.from({ length: 2_500 }, (_, index) => service.join(index + 1)));
  clock.jump(MINUTE_MS);
  clock.creepMs = 400;
  await service.restart();
  clock.creepMs = 0;
  const { waiting, lapsed } = await service.line();
  expect(lapsed).toBeGreaterThan(0);
  expect(waiting).toBeGreaterThan(0);
  expect(waiting + lapsed).toBe(2_499);
});

test('places that lapsed before a stop stay lapsed, however many they were', async () => {
  service = await TestService.start({
    fixture: { users: 2_600 },
    environment: { QUEUE_MAX_ACTIVE: '1', TOKEN_WAITING_SECONDS: '60', TOKEN_ACTIVE_SECONDS: '36000' },
  });
  await Promise.all(Array.from({ length: 2_500 }, (_, index) => service.join(index + 1)));
  service.clock.jump(MINUTE_MS);
  await service.restart();
  const token = await service.join(2_600);
  expect(await statusOf(2_600, token)).toMatchObject({ queueId: 2_501, remainingWaitListCount: 0 });
});

test('the sweep writes down what time has ended', async () => {
  service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '1' } });
  const token = await service.join(1);
  const waiting = await service.join(2);
  const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1, 2] };
  await service.post('/v1/reservations', { token, body });
  await service.pass(10 * MINUTE_MS);
  expect((await statusOf(2, waiting)).status).toBe('EXPIRED');
  const client = createClient({ url: service.databaseUrl });
  try {
    const rows = async (query: string) => (await client.execute(query)).rows.map((row) => Object.values(row));
    expect(await rows('select status from reservations')).toEqual([['EXPIRED']]);
    expect(await rows('select * from taken_seats')).toEqual([]);
    expect(await rows('select status, ended_at - joined_at from queue_tokens order by queue_id')).toEqual([
      ['EXPIRED', 10 * MINUTE_MS],
      ['EXPIRED', 10 * MINUTE_MS],
    ]);
  } finally {
    client.close();
  }
});
