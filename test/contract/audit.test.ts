import { afterEach, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { TestService } from '../support/service.ts';

const ADMIN_TOKEN = 'for-the-operator';

let service: TestService;
afterEach(() => service.stop());

const audit = () => service.operator.get('/audit');

/** Somebody else changes the database behind the service's back. */
async function meddle(sql: string): Promise<void> {
  const client = createClient({ url: service.databaseUrl });
  await client.execute(sql);
  client.close();
}

test('the books are right while users hold, pay and leave, and an audit changes nothing', async () => {
  service = await TestService.start({ environment: { ADMIN_TOKEN, QUEUE_MAX_ACTIVE: '10' } });
  const walk = async (userId: number): Promise<void> => {
    const token = await service.join(userId);
    const body = { userId, concertId: 1, scheduleId: 1, seatIds: [userId] };
    const { reservationId } = (await service.post('/v1/reservations', { token, body })).body;
    await service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount: 50_000 } });
    if (userId % 2 === 0) await service.delete(`/v1/queue-tokens/users/${userId}`, { token });
    else await service.post(`/v1/payments/users/${userId}`, { token, body: { reservationId } });
  };
  const walks = Promise.all(Array.from({ length: 20 }, (_, index) => walk(index + 1)));
  const during = await Promise.all([audit(), audit()]);
  await walks;
  for (const { status, body } of [...during, await audit()]) {
    expect(status).toBe(200);
    expect(body.checks.length).toBeGreaterThan(15);
    expect(body.checks.filter(({ violations }: { violations: number }) => violations !== 0)).toEqual([]);
    expect(body.clean).toBe(true);
  }
  expect(service.log.errors).toEqual([]);
});

test('what is wrong with the books is told by name and number', async () => {
  service = await TestService.start({ environment: { ADMIN_TOKEN } });
  await meddle('update users set balance = 10 where user_id in (98, 99)');
  const { status, body } = await audit();
  expect(status).toBe(200);
  expect(body.clean).toBe(false);
  expect(body.checks).toContainEqual({ name: 'a-balance-is-the-sum-of-its-entries', violations: 2 });
});

test('an audit that cannot be done is a fault of ours, and the service goes on', async () => {
  service = await TestService.start({ environment: { ADMIN_TOKEN } });
  await meddle('alter table payments rename to elsewhere');
  const { status, body } = await audit();
  expect({ status, body }).toEqual({ status: 500, body: { code: 500, message: 'internal error' } });
  expect(service.log.errors).toEqual([
    expect.stringMatching(/^GET \/v1\/admin\/audit failed: .*no such table: payments/),
  ]);
  await meddle('alter table elsewhere rename to payments');
  expect((await audit()).body.clean).toBe(true);
});

test('without ADMIN_TOKEN nobody may ask, and whoever may not is told how to', async () => {
  service = await TestService.start();
  for (const authorization of ['', 'Bearer ', 'Bearer undefined', `Bearer ${ADMIN_TOKEN}`]) {
    const answer = await service.get('/v1/admin/audit', { headers: { authorization } });
    expect(answer.body).toEqual({ code: 401, message: 'unauthorized' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="seatline"');
  }
});

test('whoever is not the operator does not learn which operations there are', async () => {
  service = await TestService.start({ environment: { ADMIN_TOKEN } });
  for (const [method, path] of [
    ['GET', '/v1/admin/nothing'],
    ['POST', '/v1/admin/audit'],
  ] as const) {
    const { body } = await service.call(method, path);
    expect(body).toEqual({ code: 401, message: 'unauthorized' });
  }
});
