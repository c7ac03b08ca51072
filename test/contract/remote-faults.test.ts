import { afterEach, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import type { UserId } from '../../src/ids.ts';
import type { Mishap } from '../support/hrana-server.ts';
import { TestService } from '../support/service.ts';

let service: TestService;
afterEach(() => service.stop());

const DEADLINE_MS = 2_000;
const start = async () => {
  const environment = { DATABASE_TIMEOUT_MS: '1000', COMMAND_DEADLINE_MS: String(DEADLINE_MS) };
  service = await TestService.start({ remote: true, environment });
};
const recharge = (userId: number) =>
  service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount: 1 } });
const balance = async (userId: number) => (await service.get(`/v1/balance/users/${userId}`)).body;

/** The balance of a user in the tables, and how many entries of the ledger it is made of. */
async function written(userId: number): Promise<unknown[]> {
  const file = createClient({ url: service.databaseUrl });
  const { rows } = await file.execute({
    sql: 'select balance, (select count(*) from ledger_entries l where l.user_id = u.user_id) from users u where user_id = ?',
    args: [userId],
  });
  file.close();
  return [rows[0]?.[0], rows[0]?.[1]];
}

const FAILED = { code: 500, message: 'recharge failed' };

const mishaps: [what: string, mishap: Mishap][] = [
  ['its connection is lost', 'lost'],
  ['a proxy answers in its place', { status: 502, type: 'text/html', body: '<h1>Bad Gateway</h1>' }],
];

for (const [what, mishap] of mishaps) {
  test(`when ${what} before a commit is applied, the client hears of the failure, and the next commit works`, async () => {
    await start();
    service.remote.next('before', mishap);
    expect((await recharge(1)).body).toEqual(FAILED);
    expect(await balance(1)).toEqual({ userId: 1, currentAmount: 0 });
    expect(await written(1)).toEqual([0, 0]);
    expect((await recharge(1)).body).toEqual({ userId: 1, currentAmount: 1 });
    expect(await written(1)).toEqual([1, 1]);
  });

  test(`when ${what} after a commit was applied, the client hears of the success, and there is one effect`, async () => {
    await start();
    const token = await service.join(1);
    await service.post('/v1/balance/users/1/recharge', { body: { amount: 1_000 } });
    const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
    service.remote.next('after', mishap);
    const { reservationId } = (await service.post('/v1/reservations', { token, body })).body;
    const pay = () => service.post('/v1/payments/users/1', { token, body: { reservationId } });
    service.remote.next('after', mishap);
    const payment = (await pay()).body;
    expect(payment).toEqual({ paymentId: 1, amount: 1_000, paymentStatus: 'COMPLETED' });
    expect((await pay()).body).toEqual(payment);
    expect(await written(1)).toEqual([0, 2]);
    expect((await recharge(2)).status).toBe(200);
  });
}

test('a commit that is not answered in time has failed, and changes nothing when it comes through later', async () => {
  await start();
  const late = Promise.withResolvers<void>();
  const { over } = service.remote.next('before', late.promise);
  expect((await recharge(1)).body).toEqual(FAILED);
  late.resolve();
  await over;
  expect(await balance(1)).toEqual({ userId: 1, currentAmount: 0 });
  expect(await written(1)).toEqual([0, 0]);
  expect((await recharge(1)).body.currentAmount).toBe(1);
  expect(await written(1)).toEqual([1, 1]);
});

test('a commit whose answer comes too late has succeeded', async () => {
  await start();
  const late = Promise.withResolvers<void>();
  service.remote.next('after', late.promise);
  expect((await recharge(1)).body).toEqual({ userId: 1, currentAmount: 1 });
  late.resolve();
  expect((await recharge(1)).body.currentAmount).toBe(2);
  expect(await written(1)).toEqual([2, 2]);
});

test('while the server is down every change is refused and memory answers, and all is well when it is back', async () => {
  await start();
  const token = await service.join(1);
  expect((await recharge(1)).status).toBe(200);
  await service.remote.die();
  expect((await recharge(1)).body).toEqual(FAILED);
  expect((await service.get('/ready')).body).toEqual({ code: 503, message: 'not ready' });
  expect((await service.post('/v1/queue-tokens/users/2')).body.code).toBe(500);
  expect((await service.get('/v1/reservations/users/1')).body.code).toBe(500);
  expect((await service.get('/v1/queue-status/users/1', { token })).body.status).toBe('ACTIVE');
  expect(await balance(1)).toEqual({ userId: 1, currentAmount: 1 });
  await service.pass(1_000);
  await service.remote.listen();
  expect((await service.get('/ready')).status).toBe(200);
  expect((await recharge(1)).body.currentAmount).toBe(2);
  expect((await service.get('/v1/reservations/users/1')).status).toBe(200);
  expect(await written(1)).toEqual([2, 2]);
});

test('when the server dies with a commit, its client waits for the outcome, and others no longer than their deadline', async () => {
  await start();
  expect((await recharge(2)).status).toBe(200);
  const never = Promise.withResolvers<void>();
  const { met } = service.remote.next('before', never.promise);
  const first = recharge(1);
  await met;
  const second = service.desk.submit({
    kind: 'recharge',
    userId: 2 as UserId,
    amount: 1,
  });
  const asked = service.log.next('the outcome of a commit cannot be looked up yet');
  await service.remote.die();
  await asked;
  // The server is back, and is asked at the same time at which it is too late for the second.
  await service.remote.listen();
  service.clock.move(DEADLINE_MS);
  expect(await second).toEqual({ ok: false, reason: 'overloaded' });
  expect((await first).body).toEqual(FAILED);
  never.resolve();
  expect(await written(1)).toEqual([0, 0]);
  expect(await written(2)).toEqual([1, 1]);
  expect((await recharge(1)).body.currentAmount).toBe(1);
});
