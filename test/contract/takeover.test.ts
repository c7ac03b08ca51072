import { afterEach, expect, test } from 'bun:test';
import { Epoch } from '../../src/store/epoch.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { user } from '../support/rules.ts';
import { TestService } from '../support/service.ts';

const SECOND_MS = 1_000;

let service: TestService;
afterEach(() => service.stop());

/** Another coordinator begins an epoch, on a way of its own to the same file. */
async function takeOver(): Promise<void> {
  const database = await openLibsql(service.databaseUrl);
  await Epoch.open(database, 4711);
  database.close();
}

test('what nobody knows the outcome of is not answered by a process that is taken over meanwhile', async () => {
  service = await TestService.start({ remote: true });
  const looking = Promise.withResolvers<void>();
  service.remote.next('after', 'lost');
  const look = service.remote.next('before', looking.promise);
  let answer: unknown = 'none';
  const recharge = (userId: number) =>
    service.desk.submit({ kind: 'recharge', userId: user(userId), amount: 500 });
  Promise.resolve(recharge(1)).then((result) => {
    answer = result;
  });
  await look.met;
  const behind = recharge(2);
  await takeOver();
  looking.resolve();
  expect(await behind).toEqual({ ok: false, reason: 'not ready' });
  await service.pass(0);
  expect(answer).toBe('none');
});

test('a process that cannot ask whether it was taken over does not go on answering with success', async () => {
  service = await TestService.start({ remote: true });
  const token = await service.join(1);
  await takeOver();
  await service.remote.die();
  for (let seconds = 0; seconds < 60; seconds++) await service.pass(SECOND_MS);
  expect((await service.get('/v1/queue-status/users/1', { token })).status).toBe(503);
});

test('a slow request to the server does not keep a process from hearing that it was taken over', async () => {
  service = await TestService.start({ remote: true, environment: { DATABASE_TIMEOUT_MS: '600000' } });
  const token = await service.join(1);
  await service.pass(SECOND_MS);
  const slow = Promise.withResolvers<void>();
  const load = service.remote.next('before', slow.promise, 'other');
  const cold = service.get('/v1/balance/users/2');
  await load.met;
  await takeOver();
  const noticed = service.log.next('the epoch cannot be told');
  service.clock.move(SECOND_MS);
  await noticed;
  const { status } = await service.get('/v1/queue-status/users/1', { token });
  slow.resolve();
  await cold;
  expect(status).toBe(503);
});
