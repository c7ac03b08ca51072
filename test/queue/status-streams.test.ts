import { expect, test } from 'bun:test';
import type { Command, Desk } from '../../src/coordinator/commands.ts';
import { peek } from '../../src/coordinator/peek.ts';
import { timeWriter } from '../../src/http/time.ts';
import { StatusStreams } from '../../src/queue/status-streams.ts';
import { refused } from '../../src/refusal.ts';
import { Rules, user } from '../support/rules.ts';
import { TestClock } from '../support/service.ts';

/** Streams over the rules alone, whose clients read only when the test does. */
function start(streamsMax: number) {
  const clock = new TestClock(0);
  const rules = new Rules({ activeMax: 1 });
  const submit = (command: Command) => peek(rules.world, command, clock.now()) ?? refused('not ready');
  const streams = new StatusStreams({
    desk: { submit, reservationsOf: () => refused('not ready') } as Desk,
    opened: Promise.resolve(),
    clock,
    alarm: clock.alarm,
    writeTime: timeWriter('UTC'),
    streamsMax,
  });
  const open = async (userId: number, tokenId: ReturnType<Rules['join']>) => {
    const opened = await streams.open({ userId: user(userId), tokenId }, null);
    return opened.ok ? (opened.value?.response ?? null) : opened.reason;
  };
  return { clock, rules, open };
}

test('a client that takes nothing for 30 seconds is cut off, not one millisecond earlier, and its slot is free', async () => {
  const { clock, rules, open } = start(1);
  const [first, second] = [rules.join(1, 0), rules.join(2, 0)];
  const unread = await open(1, first);
  expect(unread).toBeInstanceOf(Response);
  // Looked at every 25 milliseconds, the last time before the end at 29,999.
  clock.move(29_974);
  clock.move(25);
  expect(await open(2, second)).toBe('too many streams');
  clock.move(25);
  expect(await open(2, second)).toBeInstanceOf(Response);
  // The event that nobody took is gone.
  expect(unread instanceof Response && (await unread.text())).toBe('retry: 3000\n\n');
});

test('a client that reads, however late within the 30 seconds, is not', async () => {
  const { clock, rules, open } = start(1);
  const [first, second] = [rules.join(1, 0), rules.join(2, 0)];
  const response = await open(1, first);
  if (!(response instanceof Response) || response.body === null) throw new Error('the stream did not open');
  const reader = response.body.getReader();
  clock.move(29_999);
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('1-ACTIVE-0')) text += decoder.decode((await reader.read()).value);
  // Room for what comes next.
  const next = reader.read();
  for (let moved = 0; moved < 35_000; moved += 500) clock.move(500);
  expect(decoder.decode((await next).value)).toBe(':\n\n');
  expect(await open(2, second)).toBe('too many streams');
});
