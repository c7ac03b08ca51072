import { expect, test } from 'bun:test';
import { MemoryKv } from '../../src/kv/memory.ts';
import { TestClock } from '../support/test-clock.ts';

test('a value stays until it is deleted, or until its time to live is over', async () => {
  const clock = new TestClock(0);
  const kv = new MemoryKv(clock);
  await kv.put('stays', 'a');
  await kv.put('goes', 'b', { expirationTtl: 60 });
  clock.move(59_999);
  expect(await kv.get('goes')).toBe('b');
  clock.move(1);
  expect(await kv.get('goes')).toBeNull();
  expect(await kv.get('stays')).toBe('a');
  await kv.delete('stays');
  expect(await kv.get('stays')).toBeNull();
  expect(await kv.get('never was')).toBeNull();
});

test('keys are listed in order, by prefix and by pages, with the second at which they end', async () => {
  const clock = new TestClock(10_000);
  const kv = new MemoryKv(clock);
  for (const key of ['b/2', 'a/1', 'b/1', 'b/3']) await kv.put(key, key);
  await kv.put('b/4', '', { expirationTtl: 60 });
  const first = await kv.list({ prefix: 'b/', limit: 2 });
  expect(first).toEqual({ keys: [{ name: 'b/1' }, { name: 'b/2' }], list_complete: false, cursor: 'b/2' });
  const rest = await kv.list({ prefix: 'b/', cursor: first.cursor ?? '' });
  expect(rest).toEqual({ keys: [{ name: 'b/3' }, { name: 'b/4', expiration: 70 }], list_complete: true });
});
