import { afterEach, describe, expect, test } from 'bun:test';
import { DAY_MS } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';

const INVALID_TOKEN = { code: 401, message: 'invalid token' };

let service: TestService;
afterEach(async () => {
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

describe('concerts', () => {
  test('what is on sale is shown without a token', async () => {
    service = await TestService.start();
    expect((await service.get('/v1/concerts')).body).toEqual({
      concerts: [
        { concertId: 1, concertName: 'First' },
        { concertId: 2, concertName: 'Second' },
      ],
    });
  });
});

describe('schedules', () => {
  test('they come by date, whatever the order of their ids', async () => {
    service = await TestService.start({
      fixture: {
        concerts: [{ name: 'A', schedules: [{ concertIn: 3 * DAY_MS }, { concertIn: 2 * DAY_MS }] }],
      },
    });
    const token = await service.join(1);
    const { events } = (await service.get('/v1/concerts/1/schedules', { token })).body;
    expect(events.map(({ scheduleId }: { scheduleId: number }) => scheduleId)).toEqual([2, 1]);
  });

  test('one is shown until the millisecond at which its concert begins', async () => {
    service = await TestService.start({
      fixture: { concerts: [{ name: 'A', schedules: [{ concertIn: 60_000 }] }] },
    });
    const token = await service.join(1);
    const count = async () => (await service.get('/v1/concerts/1/schedules', { token })).body.events.length;
    await service.pass(59_999);
    expect(await count()).toBe(1);
    await service.pass(1);
    expect(await count()).toBe(0);
  });

  test('one without a free seat is not shown, and comes back at the millisecond its hold ends', async () => {
    service = await TestService.start({ fixture: { concerts: [{ name: 'A', schedules: [{ seats: 2 }] }] } });
    const token = await service.join(1);
    const other = await service.join(2);
    const count = async () =>
      (await service.get('/v1/concerts/1/schedules', { token: other })).body.events.length;
    const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1, 2] };
    expect((await service.post('/v1/reservations', { token, body })).status).toBe(200);
    expect(await count()).toBe(0);
    service.clock.jump(299_999);
    expect(await count()).toBe(0);
    service.clock.jump(1);
    expect(await count()).toBe(1);
  });

  test('the gate comes first, then the concert', async () => {
    service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '1' } });
    const token = await service.join(1);
    const waiting = await service.join(2);
    for (const bad of [waiting, token + 1, 'abc', '12345678901234567890']) {
      expect((await service.get('/v1/concerts/9/schedules', { token: bad })).body).toEqual(INVALID_TOKEN);
    }
    expect((await service.get('/v1/concerts/9/schedules')).body).toEqual(INVALID_TOKEN);
    expect((await service.get('/v1/concerts/9/schedules', { token })).body).toEqual({
      code: 404,
      message: 'concert not found',
    });
  });
});

describe('seats', () => {
  test('all are shown by number, with exactly their keys', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const { body } = await service.get('/v1/concerts/1/schedules/2/seats', { token });
    expect(Object.keys(body)).toEqual(['concertId', 'concertAt', 'seats']);
    expect(body.seats).toHaveLength(50);
    expect(body.seats[0]).toEqual({ seatId: 51, seatNumber: 1, seatStatus: 'AVAILABLE', seatPrice: 1000 });
    const numbers = body.seats.map(({ seatNumber }: { seatNumber: number }) => seatNumber);
    expect(numbers).toEqual(numbers.toSorted((a: number, b: number) => a - b));
  });

  test('a hold shows as soon as it is acknowledged, a sale stays, and a hold that ends is free at its millisecond', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const other = await service.join(2);
    const look = async () => {
      const { seats } = (await service.get('/v1/concerts/1/schedules/1/seats', { token: other })).body;
      return seats.slice(0, 3).map(({ seatStatus }: { seatStatus: string }) => seatStatus);
    };
    const hold = (seatIds: number[]) =>
      service.post('/v1/reservations', { token, body: { userId: 1, concertId: 1, scheduleId: 1, seatIds } });
    expect(await look()).toEqual(['AVAILABLE', 'AVAILABLE', 'AVAILABLE']);
    const { reservationId } = (await hold([1])).body;
    await hold([2]);
    expect(await look()).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'AVAILABLE']);
    await service.post('/v1/balance/users/1/recharge', { body: { amount: 10_000 } });
    await service.post('/v1/payments/users/1', { token, body: { reservationId } });
    service.clock.jump(299_999);
    expect(await look()).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'AVAILABLE']);
    service.clock.jump(1);
    expect(await look()).toEqual(['UNAVAILABLE', 'AVAILABLE', 'AVAILABLE']);
  });

  test('a cancelled hold is free at once', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
    await service.post('/v1/reservations', { token, body });
    await service.delete('/v1/reservations/1/users/1');
    const { seats } = (await service.get('/v1/concerts/1/schedules/1/seats', { token })).body;
    expect(seats[0].seatStatus).toBe('AVAILABLE');
  });

  test('the gate comes first, then the concert, then the schedule', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const at = async (path: string, options = {}) =>
      (await service.get(`/v1/concerts/${path}/seats`, options)).body;
    expect(await at('9/schedules/9')).toEqual(INVALID_TOKEN);
    expect(await at('9/schedules/9', { token })).toEqual({ code: 404, message: 'concert not found' });
    expect(await at('1/schedules/9', { token })).toEqual({ code: 404, message: 'schedule not found' });
    expect(await at('1/schedules/3', { token })).toEqual({ code: 404, message: 'schedule not found' });
  });

  test('a concert that has begun still shows its seats', async () => {
    service = await TestService.start({
      fixture: { concerts: [{ name: 'A', schedules: [{ concertIn: 60_000 }] }] },
    });
    await service.pass(60_000);
    await service.restart();
    const token = await service.join(1);
    expect((await service.get('/v1/concerts/1/schedules/1/seats', { token })).body.seats).toHaveLength(50);
  });
});
