import { afterEach, expect, spyOn, test } from 'bun:test';
import Libsql from 'libsql';
import { TestService } from '../support/service.ts';

// A killed process loses nothing that it has written, synced or not, so no crash of one can show this. The driver is
// only watched, to learn which connections the service writes with, whatever opened them.
const prepare = spyOn(Libsql.prototype, 'prepare');
afterEach(() => prepare.mockRestore());

test('the running service writes through one connection, which syncs each commit', async () => {
  const service = await TestService.start();
  prepare.mockClear();
  await service.join(1);
  await service.post('/v1/balance/users/1/recharge', { body: { amount: 1_000 } });
  const { calls, contexts } = prepare.mock;
  const writers = new Set(
    contexts.filter((_, index) => /^(begin|insert|update|delete|commit)/i.test(calls[index]?.[0] ?? '')),
  );
  const settings = [...writers].map((connection) =>
    ['journal_mode', 'synchronous'].map(
      (name) => connection instanceof Libsql && connection.prepare(`pragma ${name}`).pluck().all()[0],
    ),
  );
  expect(settings).toEqual([['wal', 2]]);
  await service.stop();
});
