import { afterEach, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { Epoch } from '../../src/store/epoch.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { Caller } from '../support/caller.ts';
import { EventReader } from '../support/event-reader.ts';
import { TestService } from '../support/service.ts';

let service: TestService;
afterEach(() => service.stop());

test('a commit that fails is answered in the shape of the contract, changes nothing, and the next one works', async () => {
  service = await TestService.start();
  const token = await service.join(1);
  await service.post('/v1/balance/users/1/recharge', { body: { amount: 5000 } });
  const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
  const { reservationId } = (await service.post('/v1/reservations', { token, body })).body;
  const pay = () => service.post('/v1/payments/users/1', { token, body: { reservationId } });
  const recharge = () => service.post('/v1/balance/users/1/recharge', { body: { amount: 1 } });
  const reserve = () => service.post('/v1/reservations', { token, body: { ...body, seatIds: [2] } });

  const other = createClient({ url: service.databaseUrl });
  const lock = await other.transaction('write');
  try {
    expect((await pay()).body).toEqual({ code: 500, message: 'payment failed' });
    expect((await recharge()).body).toEqual({ code: 500, message: 'recharge failed' });
    expect((await reserve()).body).toEqual({ code: 500, message: 'internal error' });
    const notReady = await service.get('/ready');
    expect(notReady.body).toEqual({ code: 503, message: 'not ready' });
    expect(notReady.headers.get('retry-after')).toBe('1');
    expect((await service.get('/v1/balance/users/1')).body.currentAmount).toBe(5000);
  } finally {
    await lock.rollback();
    other.close();
  }
  expect(service.log.errors).toHaveLength(4);
  expect((await reserve()).status).toBe(200);
  expect((await pay()).body).toEqual({ paymentId: 1, amount: 1000, paymentStatus: 'COMPLETED' });
  expect((await recharge()).body.currentAmount).toBe(4001);
  expect((await service.get('/ready')).status).toBe(200);
});

test('after a read that failed, the next one finds the accounts that it asks for', async () => {
  service = await TestService.start();
  const balance = async (userId: number) => (await service.get(`/v1/balance/users/${userId}`)).body;
  const other = createClient({ url: service.databaseUrl });
  try {
    await other.executeMultiple(`
      alter table users rename to kept;
      create view users as select user_id, json_extract('{', '$') as balance from kept`);
    expect(await balance(1)).toEqual({ code: 500, message: 'internal error' });
    await other.executeMultiple('drop view users; alter table kept rename to users');
  } finally {
    other.close();
  }
  expect(service.log.errors).toHaveLength(1);
  expect(await balance(2)).toEqual({ userId: 2, currentAmount: 0 });
});

for (const [kind, remote, noticedAfter] of [
  ['a file', false, 'from the next millisecond on'],
  ['a server', true, 'within a second'],
] as const) {
  test(`when another process has taken ${kind} over, every operation is refused ${noticedAfter}, and streams end`, async () => {
    service = await TestService.start({ remote });
    const token = await service.join(1);
    const stream = await EventReader.open(`${service.url}/v1/queue-status/users/1/stream?tokenId=${token}`);
    expect((await stream.event()).data.status).toBe('ACTIVE');
    const other = await openLibsql(service.databaseUrl);
    await Epoch.open(other, 7);
    other.close();
    await service.pass(remote ? 1_000 : 1);

    for (const reply of await new Caller(service.url).everything(1, token)) {
      const body = { code: 503, message: 'not ready' };
      expect(reply).toEqual({ status: 503, body, retryAfter: '1' });
    }
    await service.pass(1_000);
    expect(await stream.block()).toBeNull();
    expect((await service.get('/health')).status).toBe(200);
  });
}
