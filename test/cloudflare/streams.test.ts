import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { EventReader } from '../support/event-reader.ts';
import { TestService } from '../support/service.ts';

setDefaultTimeout(60_000);

/** How often an open stream looks whether there is something to tell. */
const LOOK_MS = 1_000;

let service: TestService;
let reader: EventReader;
afterEach(async () => {
  reader.close();
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

const start = async (environment = {}): Promise<void> => {
  service = await TestService.start({ host: 'workerd', environment });
};
const watch = async (userId: number, token: number): Promise<void> => {
  const headers = { 'TOKEN-ID': String(token) };
  reader = await EventReader.open(`${service.url}/v1/queue-status/users/${userId}/stream`, headers);
};
const leave = (userId: number, token: number) =>
  service.delete(`/v1/queue-tokens/users/${userId}`, { token });

test('a stream of the edge tells within a second of an admission, and as its last event of the end', async () => {
  await start({ QUEUE_MAX_ACTIVE: '1' });
  const [first, second] = [await service.join(1), await service.join(2)];
  await watch(2, second);
  expect((await reader.event()).id).toBe('2-WAITING-0');
  await leave(1, first);
  await service.pass(LOOK_MS);
  expect((await reader.event()).id).toBe('2-ACTIVE-0');
  await leave(2, second);
  await service.pass(LOOK_MS);
  expect((await reader.event()).id).toBe('2-EXPIRED-0');
  expect(await reader.block()).toBeNull();
});

test('it tells as its last event that the token completed', async () => {
  await start();
  const token = await service.join(1);
  await watch(1, token);
  expect((await reader.event()).id).toBe('1-ACTIVE-0');
  await service.post('/v1/balance/users/1/recharge', { body: { amount: 100_000 } });
  const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
  const { reservationId } = (await service.post('/v1/reservations', { token, body })).body;
  await service.post('/v1/payments/users/1', { token, body: { reservationId } });
  await service.pass(LOOK_MS);
  expect((await reader.event()).id).toBe('1-COMPLETED-0');
  expect(await reader.block()).toBeNull();
});

test('it shows a sign of life after 15 seconds in which nothing changed', async () => {
  await start();
  await watch(1, await service.join(1));
  await reader.event();
  for (let second = 1; second <= 15; second++) await service.pass(LOOK_MS);
  expect(await reader.block()).toBe(':');
});
