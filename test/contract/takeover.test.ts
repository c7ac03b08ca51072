import { afterEach, expect, test } from 'bun:test';
import { Epoch } from '../../src/store/epoch.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { user } from '../support/rules.ts';
import { TestService } from '../support/service.ts';

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
