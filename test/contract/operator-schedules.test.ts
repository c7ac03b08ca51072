import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { ConcertId } from '../../src/ids.ts';
import { DAY_MS, MINUTE_MS } from '../support/fixture.ts';
import { eventsOf } from '../support/operator-events.ts';
import { TestService } from '../support/service.ts';

const environment = { ADMIN_TOKEN: 'for-the-operator' };
const ONCE = { 'idempotency-key': 'once-and-only-once' };
const MAX = Number.MAX_SAFE_INTEGER;

/** The clock stands at 2026-07-04T01:00:00, and the seats of the fixture have the ids 1 to 150. */
const TIMES = { concertAt: '2026-12-24T19:00:00', reservationAt: '2026-07-04T01:00:00' };
const GAPS = [
  { from: 101, to: 103, price: 500 },
  { from: 7, to: 8, price: 900 },
];

/** A busy machine may take many times as long as the second that it takes. */
const LARGE_MS_MAX = 60_000;

let service: TestService;
beforeEach(async () => {
  service = await TestService.start({ environment });
});
afterEach(async () => {
  const { checks } = (await service.operator.get('/audit')).body;
  expect(checks.filter(({ violations }: { violations: number }) => violations !== 0)).toEqual([]);
  await service.stop();
});

const schedule = (body: unknown, headers = {}) =>
  service.operator.post('/concerts/2/schedules', body, headers);
const change = (body: unknown, scheduleId = 1) => service.operator.patch(`/schedules/${scheduleId}`, body);

const dates = async (token: number, concertId = 1): Promise<{ scheduleId: number }[]> =>
  (await service.get(`/v1/concerts/${concertId}/schedules`, { token })).body.events;

const reserve = (userId: number, token: number, seatIds: number[], scheduleId = 1, concertId = 1) =>
  service.post('/v1/reservations', { token, body: { userId, concertId, scheduleId, seatIds } });

test('a date gets its seats in the order of their numbers, with gaps, and their ids follow each other', async () => {
  const token = await service.join(1);
  const made = await schedule({ ...TIMES, priceBands: GAPS });
  const body = { scheduleId: 4, concertId: 2, ...TIMES, seatCount: 5, firstSeatId: 151, lastSeatId: 155 };
  expect([made.status, made.body]).toEqual([200, body]);
  expect(await dates(token, 2)).toContainEqual({ scheduleId: 4, ...TIMES });
  const { seats } = (await service.get('/v1/concerts/2/schedules/4/seats', { token })).body;
  const seat = (seatId: number, seatNumber: number, seatPrice: number) => ({
    seatId,
    seatNumber,
    seatStatus: 'AVAILABLE',
    seatPrice,
  });
  expect(seats).toEqual([
    seat(151, 7, 900),
    seat(152, 8, 900),
    seat(153, 101, 500),
    seat(154, 102, 500),
    seat(155, 103, 500),
  ]);
  expect((await reserve(1, token, [152, 153], 4, 2)).body.totalPrice).toBe(1_400);
  const next = await schedule({ ...TIMES, priceBands: [{ from: MAX, to: MAX, price: 1_000_000_000 }] });
  expect(next.body).toMatchObject({ scheduleId: 5, seatCount: 1, firstSeatId: 156, lastSeatId: 156 });
  expect((await eventsOf(service))[0]).toMatchObject({
    operation: 'create-schedule',
    before: null,
    after: { scheduleId: 4, concertId: 2, seatCount: 5, priceBands: GAPS.toReversed() },
  });
});

test(
  'a hundred thousand seats are laid out in one call, and found again by a restart',
  async () => {
    const made = await schedule({ ...TIMES, priceBands: [{ from: 1, to: 100_000, price: 100 }] });
    expect(made.body).toMatchObject({ seatCount: 100_000, firstSeatId: 151, lastSeatId: 100_150 });
    await service.restart();
    const sales = await service.operator.get('/schedules/4/sales');
    expect(sales.body).toMatchObject({ seats: 100_000, available: 100_000 });
    const token = await service.join(1);
    const { seats } = (await service.get('/v1/concerts/2/schedules/4/seats', { token })).body;
    expect([seats.length, seats.at(-1)]).toMatchObject([100_000, { seatId: 100_150, seatNumber: 100_000 }]);
  },
  LARGE_MS_MAX,
);

test('nobody sees a date before it has all its seats, and a start lays out what a stop left', async () => {
  await service.restart({ COMMAND_DEADLINE_MS: '600000' });
  const token = await service.join(1);
  const priceBands = [{ from: 1, to: 20_000, price: 100 }];
  // It is decided, and the time that a stop takes is over before the first seat is there.
  const at = { concertAt: Date.parse('2026-12-24T19:00:00Z'), reservationAt: service.clock.now() };
  const idempotencyKey = ONCE['idempotency-key'];
  void service.desk.submit({
    kind: 'create-schedule',
    concertId: 2 as ConcertId,
    ...at,
    priceBands,
    idempotencyKey,
  });
  const restarted = service.restart();
  service.clock.jump(MINUTE_MS);
  await restarted;
  expect(await dates(token, 2)).toHaveLength(1);
  expect((await service.get('/v1/concerts/2/schedules/4/seats', { token })).status).toBe(404);
  const notFound = { code: 404, message: 'schedule not found' };
  expect((await service.operator.get('/schedules/4/sales')).body).toEqual(notFound);
  // Whatever is carried out wakes the coordinator, which goes on with what is left afterwards.
  expect((await change({ closed: true }, 4)).body).toEqual(notFound);
  // Another date takes none of the ids that were promised.
  const other = await schedule({ ...TIMES, priceBands: GAPS });
  expect(other.body).toMatchObject({ scheduleId: 5, firstSeatId: 20_151 });
  const again = await schedule({ ...TIMES, priceBands }, ONCE);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(again.body).toMatchObject({
    scheduleId: 4,
    seatCount: 20_000,
    firstSeatId: 151,
    lastSeatId: 20_150,
  });
  expect((await dates(token, 2)).map(({ scheduleId }) => scheduleId)).toContain(4);
  expect((await service.operator.get('/schedules/4/sales')).body.seats).toBe(20_000);
});

test('a date that cannot be is refused with what is wrong, and nothing of it is there', async () => {
  const token = await service.join(1);
  const band = { from: 1, to: 50, price: 10_000 };
  const time = 'a time yyyy-MM-ddTHH:mm:ss in the zone of the service';
  const ids = `an integer from 1 to ${MAX}`;
  const cases: [change: Record<string, unknown>, message: string][] = [
    [{ priceBands: [band, { from: 40, to: 60, price: 1 }] }, 'invalid priceBands: 40 to 60 overlaps 1 to 50'],
    [{ priceBands: [band, band] }, 'invalid priceBands: 1 to 50 overlaps 1 to 50'],
    [{ priceBands: [{ ...band, from: 60 }] }, 'invalid priceBands: 60 to 50 is reversed'],
    [
      { priceBands: [{ ...band, price: 0 }] },
      'invalid priceBands: price must be an integer from 1 to 1000000000',
    ],
    [
      { priceBands: [{ ...band, price: -1 }] },
      'invalid priceBands: price must be an integer from 1 to 1000000000',
    ],
    [
      { priceBands: [{ ...band, price: 1.5 }] },
      'invalid priceBands: price must be an integer from 1 to 1000000000',
    ],
    [
      { priceBands: [{ ...band, price: 1e12 }] },
      'invalid priceBands: price must be an integer from 1 to 1000000000',
    ],
    [{ priceBands: [{ ...band, from: 0 }] }, `invalid priceBands: from must be ${ids}`],
    [{ priceBands: [{ ...band, to: '50' }] }, `invalid priceBands: to must be ${ids}`],
    [
      { priceBands: [{ from: 1, to: 2 }] },
      'invalid priceBands: price must be an integer from 1 to 1000000000',
    ],
    [{ priceBands: [{ ...band, to: 2_000_000 }] }, 'invalid priceBands: 2000000 seats are more than 100000'],
    [{ priceBands: [{ ...band, to: 100_001 }] }, 'invalid priceBands: 100001 seats are more than 100000'],
    [{ priceBands: [{ ...band, to: MAX }] }, `invalid priceBands: ${MAX} seats are more than 100000`],
    [{ priceBands: [] }, 'invalid priceBands: must be a list of at least one price band'],
    [{ priceBands: null }, 'invalid priceBands: must be a list of at least one price band'],
    [{ priceBands: undefined }, 'invalid priceBands: must be a list of at least one price band'],
    [{ concertAt: '2026-07-04T01:00:00' }, 'invalid concertAt: it is in the past'],
    [
      { concertAt: '2024-01-01T00:00:00', reservationAt: '2023-01-01T00:00:00' },
      'invalid concertAt: it is in the past',
    ],
    [{ reservationAt: TIMES.concertAt }, 'invalid reservationAt: the sale opens after the concert'],
    [{ reservationAt: '2027-01-01T00:00:00' }, 'invalid reservationAt: the sale opens after the concert'],
    [{ concertAt: { toString: 1 } }, `invalid concertAt: must be ${time}`],
    [{ concertAt: 'tomorrow' }, `invalid concertAt: must be ${time}`],
    [{ concertAt: '2026-12-24T19:00:00Z' }, `invalid concertAt: must be ${time}`],
    [{ reservationAt: 1_800_000_000 }, `invalid reservationAt: must be ${time}`],
    [{ reservationAt: undefined }, `invalid reservationAt: must be ${time}`],
    [
      { concertAt: '2026-02-29T19:00:00' },
      'invalid concertAt: 2026-02-29T19:00:00 must be a time that there is in the zone of the service',
    ],
  ];
  for (const [wrong, message] of cases) {
    const answer = await schedule({ ...TIMES, priceBands: [band], ...wrong });
    expect([answer.status, answer.body]).toEqual([400, { code: 400, message }]);
  }
  const sound = { ...TIMES, priceBands: [band] };
  const nowhere = await service.operator.post('/concerts/99/schedules', sound);
  expect(nowhere.body).toEqual({ code: 404, message: 'concert not found' });
  expect(await dates(token, 2)).toHaveLength(1);
  expect(await eventsOf(service)).toEqual([]);
  expect((await schedule(sound)).body).toMatchObject({ scheduleId: 4, firstSeatId: 151 });
});

test('a date that is moved is seen where it is now, at once and after a restart', async () => {
  const token = await service.join(1);
  const before = { scheduleId: 1, concertAt: '2026-08-03T01:00:00', reservationAt: '2026-07-04T01:00:00' };
  expect(await dates(token)).toContainEqual(before);
  const moved = await change({ concertAt: '2026-09-01T20:00:00', reservationAt: '2026-07-03T00:00:00' });
  const after = { scheduleId: 1, concertAt: '2026-09-01T20:00:00', reservationAt: '2026-07-03T00:00:00' };
  expect([moved.status, moved.body]).toEqual([200, { ...after, closed: false }]);
  const seen = async () => {
    expect(await dates(token)).toContainEqual(after);
    const { concertAt } = (await service.get('/v1/concerts/1/schedules/1/seats', { token })).body;
    expect(concertAt).toBe(after.concertAt);
  };
  await seen();
  expect((await reserve(1, token, [1])).body.concertAt).toBe(after.concertAt);
  await service.restart();
  await seen();
  expect((await change({ concertAt: after.concertAt })).status).toBe(200);
  expect(await eventsOf(service)).toMatchObject([
    {
      operation: 'change-schedule',
      before: { scheduleId: 1, closed: false },
      after: { scheduleId: 1, closed: false },
    },
  ]);
});

test('what was done to a date is listed with times as everywhere', async () => {
  const concertName = '"concertAt":1';
  await service.operator.patch('/concerts/2', { concertName });
  const made = (await schedule({ ...TIMES, priceBands: GAPS })).body;
  await change({ concertAt: '2026-09-01T20:00:00', closed: true });
  const before = { scheduleId: 1, concertAt: '2026-08-03T01:00:00', reservationAt: TIMES.reservationAt };
  expect((await service.operator.get('/events')).body.items).toMatchObject([
    { after: { concertName } },
    { before: null, after: made },
    {
      before: { ...before, closed: false },
      after: { ...before, concertAt: '2026-09-01T20:00:00', closed: true },
    },
  ]);
});

test('a sale opens when it is moved to, to the millisecond', async () => {
  const token = await service.join(1);
  expect((await reserve(1, token, [51], 2)).body.message).toBe('reservation failed');
  await change({ reservationAt: '2026-07-04T01:01:00' }, 2);
  await service.pass(MINUTE_MS - 1);
  expect((await reserve(1, token, [51], 2)).body.message).toBe('reservation failed');
  await service.pass(1);
  expect((await reserve(1, token, [51], 2)).status).toBe(200);
  // What is held stays held when the sale is put off.
  await change({ reservationAt: '2026-07-05T00:00:00' }, 2);
  expect((await reserve(1, token, [52], 2)).body.message).toBe('reservation failed');
  expect((await service.operator.get('/schedules/2/sales')).body.held).toBe(1);
});

test('a date that is over can be put off, and is on sale again', async () => {
  await service.pass(30 * DAY_MS);
  await service.restart();
  const token = await service.join(1);
  expect(await dates(token)).toEqual([expect.objectContaining({ scheduleId: 2 })]);
  expect((await change({ reservationAt: '2026-08-01T00:00:00' })).body.message).toBe(
    'invalid concertAt: it is in the past',
  );
  expect((await change({ concertAt: '2026-12-24T19:00:00' })).status).toBe(200);
  expect((await dates(token)).map(({ scheduleId }) => scheduleId)).toContain(1);
  expect((await reserve(1, token, [1])).status).toBe(200);
});

test('a closed sale is not seen and sells nothing but what is held, until it is opened again', async () => {
  const token = await service.join(1);
  const { reservationId } = (await reserve(1, token, [1])).body;
  await reserve(1, token, [2]);
  await service.post('/v1/balance/users/1/recharge', { body: { amount: 50_000 } });
  expect((await change({ closed: true })).body.closed).toBe(true);
  const closed = async () => {
    expect((await dates(token)).map(({ scheduleId }) => scheduleId)).toEqual([2]);
    expect((await reserve(1, token, [3])).body).toEqual({ code: 400, message: 'reservation failed' });
  };
  await closed();
  await service.restart();
  await closed();
  const paid = await service.post('/v1/payments/users/1', { token, body: { reservationId } });
  expect(paid.body).toMatchObject({ amount: 1_000, paymentStatus: 'COMPLETED' });
  expect((await change({ closed: false })).body.closed).toBe(false);
  expect((await dates(token)).map(({ scheduleId }) => scheduleId)).toEqual([1, 2]);
  expect((await reserve(1, token, [3])).status).toBe(200);
  expect(await eventsOf(service)).toMatchObject([
    { operation: 'change-schedule', before: { closed: false }, after: { closed: true } },
    { operation: 'change-schedule', before: { closed: true }, after: { closed: false } },
  ]);
});

test('a change that cannot be is refused with what is wrong, and changes nothing', async () => {
  const body = 'invalid body: must be an object with at least one of concertAt, reservationAt and closed';
  const cases: [change: unknown, message: string][] = [
    [{}, body],
    [{ seats: 1 }, body],
    [[], body],
    [undefined, body],
    [{ closed: null }, 'invalid closed: must be true or false'],
    [{ closed: 'yes' }, 'invalid closed: must be true or false'],
    [{ concertAt: null }, 'invalid concertAt: must be a time yyyy-MM-ddTHH:mm:ss in the zone of the service'],
    [{ concertAt: '2026-07-04T01:00:00' }, 'invalid concertAt: it is in the past'],
    [{ reservationAt: '2026-08-03T01:00:00' }, 'invalid reservationAt: the sale opens after the concert'],
    [{ closed: true, concertAt: '2020-01-01T00:00:00' }, 'invalid concertAt: it is in the past'],
  ];
  for (const [wrong, message] of cases) {
    const answer = await change(wrong);
    expect([answer.status, answer.body]).toEqual([400, { code: 400, message }]);
  }
  expect((await change({ closed: true }, 99)).body).toEqual({ code: 404, message: 'schedule not found' });
  expect(await eventsOf(service)).toEqual([]);
});

test('times are read in the zone of the service', async () => {
  await service.restart({ TIME_ZONE: 'Asia/Seoul' });
  const token = await service.join(1);
  // In Seoul it is ten in the morning.
  const times = { concertAt: '2026-07-04T10:00:01', reservationAt: '2026-07-04T10:00:00' };
  expect((await schedule({ ...TIMES, priceBands: GAPS, concertAt: '2026-07-04T10:00:00' })).status).toBe(400);
  expect((await schedule({ ...times, priceBands: GAPS })).body).toMatchObject(times);
  expect((await reserve(1, token, [151], 4, 2)).body.concertAt).toBe(times.concertAt);
});
