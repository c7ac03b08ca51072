import { expect, test } from 'bun:test';
import type { Command, Desk, MaybePromise } from '../../src/coordinator/commands.ts';
import { LateDesk } from '../../src/coordinator/late-desk.ts';
import { peek } from '../../src/coordinator/peek.ts';
import { timeWriter } from '../../src/http/time.ts';
import type { TokenId, UserId } from '../../src/ids.ts';
import { viewSettled } from '../../src/queue/status.ts';
import { StatusStreams } from '../../src/queue/status-streams.ts';
import { ended } from '../../src/queue/token.ts';
import { granted, type Result, refused } from '../../src/refusal.ts';
import { Rules, user } from '../support/rules.ts';
import { TestLog } from '../support/service.ts';
import { TestClock } from '../support/test-clock.ts';

const BEAT_MS = 5;

/** Streams over the rules alone, whose clients read only when the test does. */
function start({ streamsMax = 100, waitingMs = 600_000 } = {}) {
  const clock = new TestClock(0);
  const log = new TestLog();
  const rules = new Rules({ activeMax: 1, waitingMs });
  const asked = new Map<UserId, number>();
  /** Answers what memory does not know, and is to be replaced by the test that needs it. */
  const mailbox = { answer: (): MaybePromise<Result<never>> => refused('not ready') };
  const desk = {
    submit(command: Command) {
      rules.world.pass(clock.now());
      if ('userId' in command) asked.set(command.userId, (asked.get(command.userId) ?? 0) + 1);
      return peek(rules.world, command, clock.now()) ?? mailbox.answer();
    },
    turnAway: () => null,
    reservationsOf: () => refused('not ready'),
    reservation: () => refused('not ready'),
  } as Desk;
  const late = new LateDesk();
  const streams = new StatusStreams({
    desk: late,
    opened: late.opened,
    clock,
    alarm: clock.alarm,
    writeTime: timeWriter('UTC'),
    streamsMax,
    log,
  });
  const ask = (userId: number, tokenId: TokenId) => streams.open({ userId: user(userId), tokenId }, null);
  const open = async (userId: number, tokenId: TokenId) => {
    const opened = await ask(userId, tokenId);
    return opened.ok ? (opened.value?.response ?? null) : opened.reason;
  };
  const openDesk = () => late.open(desk);
  /** Moves the time beat by beat. */
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += BEAT_MS) clock.move(BEAT_MS);
  };
  return { clock, log, rules, streams, asked, mailbox, late, ask, open, openDesk, pass };
}

/** All that a stream has, once it has ended. */
const textOf = async (response: unknown): Promise<string> => {
  if (!(response instanceof Response)) throw new Error(`no stream, but ${response}`);
  return response.text();
};

test('a client that takes nothing for 30 seconds is cut off, not one millisecond earlier, and its slot is free', async () => {
  const { clock, rules, open, openDesk } = start({ streamsMax: 1 });
  openDesk();
  const [first, second] = [rules.join(1, 0), rules.join(2, 0)];
  const unread = await open(1, first);
  expect(unread).toBeInstanceOf(Response);
  // Looked at at 29,974, at 29,999 and at 30,024.
  clock.move(29_974);
  clock.move(25);
  expect(await open(2, second)).toBe('too many streams');
  clock.move(25);
  expect(await open(2, second)).toBeInstanceOf(Response);
  // The event that nobody took is gone.
  expect(await textOf(unread)).toBe('retry: 3000\n\n');
});

test('a client that reads, however late within the 30 seconds, is not', async () => {
  const { clock, rules, open, openDesk } = start({ streamsMax: 1 });
  openDesk();
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

test('all streams are looked at in half a second, and none of them much more than once', async () => {
  const { rules, asked, open, openDesk, pass } = start();
  openDesk();
  const users = Array.from({ length: 20 }, (_, index) => index + 1);
  for (const id of users) for (const _ of [1, 2, 3]) await open(id, rules.join(id, 0));
  // Nobody is looked at whose last event is not a second old.
  asked.clear();
  pass(995);
  expect(asked.size).toBe(0);
  pass(505);
  asked.clear();
  pass(500);
  for (const id of users) {
    expect(asked.get(user(id)) ?? 0).toBeGreaterThanOrEqual(3);
    expect(asked.get(user(id)) ?? 0).toBeLessThanOrEqual(6);
  }
});

test('streams that are opened one after another keep nobody from being looked at', async () => {
  const { rules, open, openDesk, pass } = start({ waitingMs: 4_000 });
  openDesk();
  rules.join(1, 0);
  const [patient, busy] = [rules.join(2, 0), rules.join(3, 0)];
  await open(2, patient);
  for (let opened = 0; opened < 1_600; opened++) {
    await open(3, busy);
    pass(BEAT_MS);
  }
  expect(rules.world.line.get(user(2))).toMatchObject({ tokenId: patient, status: 'WAITING' });
});

test('when many are closed at once, those that are left are looked at as before', async () => {
  const { rules, asked, open, openDesk, pass } = start();
  openDesk();
  rules.join(1, 0);
  const last = rules.join(2, 0);
  await open(2, last);
  const others = [];
  for (let id = 3; id <= 20; id++) {
    const token = rules.join(id, 0);
    for (const _ of [1, 2, 3, 4, 5]) others.push(await open(id, token));
  }
  pass(1_000 + BEAT_MS);
  asked.clear();
  for (const other of others) if (other instanceof Response) await other.body?.cancel();
  pass(100);
  expect(asked.get(user(2)) ?? 0).toBeGreaterThan(0);
});

test('a stream that is asked for while the service starts is kept until it has started', async () => {
  const { rules, late, ask, openDesk } = start();
  const token = rules.join(1, 0);
  expect(late.submit({ kind: 'poll', userId: user(1), tokenId: token })).toEqual(refused('not ready'));
  let answered = false;
  const asking = ask(1, token).finally(() => {
    answered = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  openDesk();
  expect((await asking).ok).toBe(true);
});

test('how a token ended is asked for once, and told once', async () => {
  const { rules, streams, mailbox, open, openDesk, pass } = start();
  openDesk();
  const token = rules.join(1, 0);
  const response = await open(1, token);
  const live = rules.world.line.get(user(1));
  if (live === undefined) throw new Error('user 1 has no token');
  const over = ended(live, 'EXPIRED', 1);
  let asked = 0;
  const answer = Promise.withResolvers<Result<never>>();
  mailbox.answer = () => {
    asked++;
    return answer.promise;
  };
  rules.world.line.apply(over);
  pass(2_000);
  expect(asked).toBe(1);
  streams.committed([{ after: over }]);
  streams.committed([{ after: over }]);
  answer.resolve(granted(viewSettled(over)) as Result<never>);
  pass(2_000);
  const text = await textOf(response);
  expect(text.match(/^id: .*$/gm)).toEqual(['id: 1-EXPIRED-0']);
});

test('the end of an earlier token of a user ends no stream of the present one', async () => {
  const { rules, streams, open, openDesk } = start({ streamsMax: 1 });
  openDesk();
  const token = rules.join(1, 0);
  await open(1, token);
  const live = rules.world.line.get(user(1));
  if (live === undefined) throw new Error('user 1 has no token');
  streams.committed([{ after: { ...ended(live, 'EXPIRED', 1), tokenId: (token + 1) as TokenId } }]);
  expect(await open(1, token)).toBe('too many streams');
});

test('a stream closes when its poll is refused, at once or later', async () => {
  for (const answer of [refused('internal error'), Promise.resolve(refused('internal error'))]) {
    const { rules, mailbox, open, openDesk, pass } = start({ streamsMax: 1 });
    openDesk();
    const response = await open(1, rules.join(1, 0));
    const live = rules.world.line.get(user(1));
    if (live === undefined) throw new Error('user 1 has no token');
    mailbox.answer = () => answer;
    rules.world.line.apply(ended(live, 'EXPIRED', 1));
    pass(1_500);
    // It ends, and without a final status.
    expect(await textOf(response)).not.toContain('EXPIRED');
  }
});

test('a stream closes when its poll fails, which is logged', async () => {
  const { log, rules, mailbox, open, openDesk, pass } = start({ streamsMax: 1 });
  openDesk();
  const response = await open(1, rules.join(1, 0));
  const live = rules.world.line.get(user(1));
  if (live === undefined) throw new Error('user 1 has no token');
  mailbox.answer = () => Promise.reject(new Error('the coordinator began anew'));
  rules.world.line.apply(ended(live, 'EXPIRED', 1));
  pass(1_500);
  expect(await textOf(response)).not.toContain('EXPIRED');
  expect(log.errors).toEqual(['a stream could not be told its status: the coordinator began anew']);
});

test('after the end of the service, a stream is over before it tells anything, so that its client comes back', async () => {
  const { rules, streams, open, openDesk } = start();
  openDesk();
  const token = rules.join(1, 0);
  const before = await open(1, token);
  streams.close();
  const after = await open(1, token);
  expect(await textOf(before)).toBe('retry: 3000\n\n');
  expect(await textOf(after)).toBe('retry: 3000\n\n');
});
