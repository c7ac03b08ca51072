import { afterEach, beforeEach, expect, test } from 'bun:test';
import { MINUTE_MS } from '../support/fixture.ts';
import { eventsOf } from '../support/operator-events.ts';
import { TestService } from '../support/service.ts';

let service: TestService;
beforeEach(async () => {
  service = await TestService.start({ environment: { ADMIN_TOKEN: 'for-the-operator' } });
});
afterEach(async () => {
  const { checks } = (await service.operator.get('/audit')).body;
  expect(checks.filter(({ violations }: { violations: number }) => violations !== 0)).toEqual([]);
  await service.stop();
});

const change = (body: unknown, scheduleId = 1) =>
  service.operator.patch(`/schedules/${scheduleId}/seats`, body);

const sales = async () => (await service.operator.get('/schedules/1/sales')).body;

const reserve = (userId: number, token: number, seatIds: number[]) =>
  service.post('/v1/reservations', { token, body: { userId, concertId: 1, scheduleId: 1, seatIds } });

const pay = (userId: number, token: number, reservationId: number) =>
  service.post(`/v1/payments/users/${userId}`, { token, body: { reservationId } });

const seatsSeen = async (token: number): Promise<{ seatPrice: number; seatStatus: string }[]> =>
  (await service.get('/v1/concerts/1/schedules/1/seats', { token })).body.seats;

const recharge = (userId: number) =>
  service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount: 1_000_000 } });

test('the sales of a date count its seats as they are held, sold, freed and blocked', async () => {
  const token = await service.join(1);
  await recharge(1);
  const none = { scheduleId: 1, seats: 50, available: 50, held: 0, sold: 0, blocked: 0, revenue: 0 };
  expect(await sales()).toEqual(none);
  const { reservationId } = (await reserve(1, token, [10, 11])).body;
  const other = (await reserve(1, token, [12])).body.reservationId;
  expect(await sales()).toEqual({ ...none, available: 47, held: 3 });
  await pay(1, token, reservationId);
  expect(await sales()).toEqual({ ...none, available: 47, held: 1, sold: 2, revenue: 21_000 });
  await change({ seatIds: [1, 2], blocked: true });
  expect(await sales()).toEqual({ ...none, available: 45, held: 1, sold: 2, blocked: 2, revenue: 21_000 });
  await service.delete(`/v1/reservations/${other}/users/1`);
  await reserve(1, token, [20]);
  await service.pass(5 * MINUTE_MS - 1);
  expect((await sales()).held).toBe(1);
  await service.pass(1);
  const after = { ...none, available: 46, sold: 2, blocked: 2, revenue: 21_000 };
  expect(await sales()).toEqual(after);
  await service.restart();
  expect(await sales()).toEqual(after);
});

test('another price is that of free seats alone: what is held costs what was promised, what is sold is sold', async () => {
  const token = await service.join(1);
  await recharge(1);
  const { reservationId } = (await reserve(1, token, [1])).body;
  const held = (await reserve(1, token, [2])).body;
  await pay(1, token, reservationId);
  await change({ seatIds: [3], blocked: true });
  const changed = await change({ seatIds: [1, 2, 3, 4, 5], price: 5_000 });
  // Seat 5 costs as much already.
  expect([changed.status, changed.body]).toEqual([200, { scheduleId: 1, changed: 2 }]);
  const prices = async () => (await seatsSeen(token)).slice(0, 6).map(({ seatPrice }) => seatPrice);
  expect(await prices()).toEqual([1_000, 2_000, 5_000, 5_000, 5_000, 6_000]);
  expect((await reserve(1, token, [4])).body.totalPrice).toBe(5_000);
  expect((await pay(1, token, held.reservationId)).body.amount).toBe(2_000);
  expect((await sales()).revenue).toBe(3_000);
  await service.restart();
  const other = await service.join(2);
  expect((await seatsSeen(other)).slice(0, 6).map(({ seatPrice }) => seatPrice)).toEqual([
    1_000, 2_000, 5_000, 5_000, 5_000, 6_000,
  ]);
  expect(await eventsOf(service)).toMatchObject([
    { operation: 'change-seats', after: { scheduleId: 1, blocked: true } },
    {
      operation: 'change-seats',
      before: {
        scheduleId: 1,
        seats: [
          [3, 3_000, true],
          [4, 4_000, false],
        ],
      },
      after: { scheduleId: 1, price: 5_000 },
    },
  ]);
});

test('a blocked seat cannot be had until it is given back, and one that somebody has cannot be blocked', async () => {
  const token = await service.join(1);
  await recharge(1);
  const { reservationId } = (await reserve(1, token, [1])).body;
  await pay(1, token, (await reserve(1, token, [2])).body.reservationId);
  expect((await change({ seatIds: [1, 2, 3, 4], blocked: true })).body.changed).toBe(2);
  expect((await change({ seatIds: [1, 2, 3, 4], blocked: true })).body.changed).toBe(0);
  const blocked = async () => {
    const statuses = (await seatsSeen(token)).slice(0, 5).map(({ seatStatus }) => seatStatus);
    expect(statuses).toEqual([...Array(4).fill('UNAVAILABLE'), 'AVAILABLE']);
    for (const seatIds of [[3], [4, 5]]) {
      expect((await reserve(1, token, seatIds)).body).toEqual({ code: 400, message: 'reservation failed' });
    }
  };
  await blocked();
  await service.restart();
  await blocked();
  expect((await pay(1, token, reservationId)).status).toBe(200);
  expect((await change({ seatIds: [1, 2, 3, 4, 5], blocked: false })).body.changed).toBe(2);
  const again = await service.join(1);
  expect((await reserve(1, again, [3, 4])).body.totalPrice).toBe(7_000);
  expect(await sales()).toMatchObject({ available: 46, held: 2, sold: 2, blocked: 0 });
});

test('a seat whose hold has just ended is free to be blocked, and its hold is over', async () => {
  const token = await service.join(1);
  const { reservationId } = (await reserve(1, token, [1])).body;
  service.clock.jump(5 * MINUTE_MS - 1);
  expect((await change({ seatIds: [1], blocked: true })).body.changed).toBe(0);
  service.clock.jump(1);
  expect((await change({ seatIds: [1], blocked: true })).body.changed).toBe(1);
  await service.pass(MINUTE_MS);
  expect((await pay(1, token, reservationId)).body.message).toBe('reservation expired');
  expect(await sales()).toMatchObject({ available: 49, held: 0, blocked: 1 });
});

test('a date whose free seats are all blocked is not listed', async () => {
  const token = await service.join(1);
  const seatIds = Array.from({ length: 50 }, (_, index) => index + 1);
  const listed = async (): Promise<number[]> =>
    (await service.get('/v1/concerts/1/schedules', { token })).body.events.map(
      ({ scheduleId }: { scheduleId: number }) => scheduleId,
    );
  await change({ seatIds, blocked: true });
  expect(await listed()).toEqual([2]);
  await change({ seatIds: [7], blocked: false });
  expect(await listed()).toEqual([1, 2]);
});

test('ten thousand seats are priced in one call, and no more', async () => {
  const made = await service.operator.post('/concerts/1/schedules', {
    concertAt: '2026-12-24T19:00:00',
    reservationAt: '2026-07-04T01:00:00',
    priceBands: [{ from: 1, to: 10_000, price: 100 }],
  });
  const { scheduleId, firstSeatId, seatCount } = made.body;
  const seatIds = Array.from({ length: seatCount }, (_, index) => firstSeatId + index);
  expect((await change({ seatIds, price: 200 }, scheduleId)).body).toEqual({
    scheduleId,
    changed: 10_000,
  });
  const tooMany = await change({ seatIds: [...seatIds, 1], price: 300 }, scheduleId);
  expect(tooMany.body).toEqual({
    code: 400,
    message: 'invalid seatIds: must be a list of 1 to 10000 seats',
  });
  const widest = Array.from({ length: 10_000 }, (_, index) => Number.MAX_SAFE_INTEGER - index);
  const oneALine = JSON.stringify({ seatIds: widest, price: 300 }, null, 4);
  expect((await change(oneALine, scheduleId)).body.message).toBe('seat not found');
  const tooLong = await change(`{"seatIds":[1],"price":1${' '.repeat(256 * 1024)}}`, scheduleId);
  expect(tooLong.body).toEqual({ code: 413, message: 'body too large' });
});

test('a change that cannot be is refused with what is wrong, and changes no seat', async () => {
  const body = 'invalid body: must be an object with seatIds, and with either price or blocked';
  const id = `an integer from 1 to ${Number.MAX_SAFE_INTEGER}`;
  const price = 'invalid price: must be an integer from 1 to 1000000000';
  const cases: [change: unknown, message: string][] = [
    [undefined, body],
    [{}, body],
    [{ seatIds: [1] }, body],
    [{ price: 1, blocked: true }, body],
    [{ seatIds: [1], price: 1, blocked: true }, body],
    [{ seatIds: [1], color: 'red' }, body],
    [{ seatIds: [], price: 1 }, 'invalid seatIds: must be a list of 1 to 10000 seats'],
    [{ seatIds: 1, price: 1 }, 'invalid seatIds: must be a list of 1 to 10000 seats'],
    [{ seatIds: [1, '2'], price: 1 }, `invalid seatIds: each must be ${id}`],
    [{ seatIds: [1, 0], price: 1 }, `invalid seatIds: each must be ${id}`],
    [{ seatIds: [1, 2, 1], price: 1 }, 'invalid seatIds: a seat is named twice'],
    [{ seatIds: [1], price: 0 }, price],
    [{ seatIds: [1], price: 1e12 }, price],
    [{ seatIds: [1], price: null }, price],
    [{ seatIds: [1], blocked: 1 }, 'invalid blocked: must be true or false'],
  ];
  for (const [wrong, message] of cases) {
    const answer = await change(wrong);
    expect([answer.status, answer.body]).toEqual([400, { code: 400, message }]);
  }
  // Seat 51 is of another date.
  for (const seatIds of [
    [1, 51],
    [1, 999_999],
  ]) {
    expect((await change({ seatIds, price: 1 })).body).toEqual({ code: 404, message: 'seat not found' });
  }
  expect((await change({ seatIds: [1], price: 1 }, 99)).body).toEqual({
    code: 404,
    message: 'schedule not found',
  });
  expect((await service.operator.get('/schedules/99/sales')).body).toEqual({
    code: 404,
    message: 'schedule not found',
  });
  expect(await eventsOf(service)).toEqual([]);
});
