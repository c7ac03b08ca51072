import { afterEach, beforeEach, expect, test } from 'bun:test';
import { EdgeDesk } from '../../src/cloudflare/edge-desk.ts';
import { Nearby, type PlatformCache } from '../../src/cloudflare/nearby.ts';
import type { Command } from '../../src/coordinator/commands.ts';
import type { ReservationId, TokenId, UserId } from '../../src/ids.ts';
import { schedule, user } from '../support/rules.ts';
import { TestService } from '../support/service.ts';

const STALE_MS = 1_000;
const WAITING_MS = 600_000;
/** One is in, one may enter each second, so that the next two may be told to look for themselves. */
const SETTINGS = {
  QUEUE_MAX_ACTIVE: '1',
  QUEUE_ADMIT_BATCH: '1',
  TOKEN_WAITING_SECONDS: String(WAITING_MS / 1000),
};

/** The platform's cache, but that nothing ever leaves it: how old something is, is for its reader to see. */
class TestCache implements PlatformCache {
  private readonly texts = new Map<string, string>();

  async match(url: string): Promise<Response | undefined> {
    const text = this.texts.get(url);
    return text === undefined ? undefined : new Response(text);
  }

  async put(url: string, response: Response): Promise<void> {
    this.texts.set(url, await response.text());
  }
}

let service: TestService;
let cache: TestCache;
/** What came to the coordinator. */
let asked: Command['kind'][];
let desk: EdgeDesk;
/** Until this, what the coordinator answers is on its way. */
let onTheWay: Promise<void> | undefined;

function nobodyAsks(): never {
  throw new Error('no test asks for reservations here');
}

function edge(staleMs = STALE_MS, waitingMs = WAITING_MS): EdgeDesk {
  const { clock } = service;
  return new EdgeDesk({
    coordinator: () => ({
      async submit(command) {
        asked.push(command.kind);
        const answer = await service.desk.submit(command);
        await onTheWay;
        return answer;
      },
      reservationsOf: nobodyAsks,
      reservation: nobodyAsks,
    }),
    nearby: new Nearby(() => cache, clock),
    clock,
    staleMs,
    waitingMs,
  });
}

beforeEach(async () => {
  service = await TestService.start({ environment: SETTINGS });
  cache = new TestCache();
  asked = [];
  onTheWay = undefined;
  desk = edge();
});
afterEach(() => service.stop());

async function joinAll(count: number): Promise<Map<UserId, TokenId>> {
  const tokens = new Map<UserId, TokenId>();
  for (let userId = 1; userId <= count; userId++) {
    tokens.set(user(userId), (await service.join(userId)) as TokenId);
  }
  return tokens;
}

function poll(tokens: Map<UserId, TokenId>, userId: number, by = desk) {
  const tokenId = tokens.get(user(userId));
  if (tokenId === undefined) throw new Error(`user ${userId} has not joined`);
  return by.submit({ kind: 'poll', userId: user(userId), tokenId });
}

test('who waits is told from a copy what the coordinator would have told, and it is not asked', async () => {
  const tokens = await joinAll(8);
  await poll(tokens, 6);
  asked.length = 0;
  const told = await poll(tokens, 6);
  expect(asked).toEqual(['snapshot-line']);
  expect(told).toEqual(await poll(tokens, 6, edge(0)));
  expect(told).toMatchObject({ ok: true, value: { status: 'WAITING', remainingWaitListCount: 4 } });
});

test('all who are served from one place share its copy, for a second and no longer', async () => {
  const tokens = await joinAll(8);
  await poll(tokens, 6);
  await poll(tokens, 7);
  asked.length = 0;
  const other = edge();
  await poll(tokens, 6);
  await poll(tokens, 7, other);
  service.clock.jump(STALE_MS / 2 - 1);
  await poll(tokens, 7);
  await poll(tokens, 6, other);
  expect(asked).toEqual(['snapshot-line']);
  service.clock.jump(1);
  await poll(tokens, 7);
  await poll(tokens, 6, other);
  expect(asked).toEqual(['snapshot-line', 'snapshot-line']);
});

test('while the next copy is on its way, the others are told from the last: the coordinator hears of one', async () => {
  const tokens = await joinAll(8);
  for (const userId of [6, 7, 8]) await poll(tokens, userId);
  await poll(tokens, 6);
  const before = await poll(tokens, 7);
  service.clock.jump(STALE_MS / 2);
  asked.length = 0;
  const gate = Promise.withResolvers<void>();
  onTheWay = gate.promise;
  const first = poll(tokens, 6);
  while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  service.clock.jump(STALE_MS / 2 - 1);
  expect(await poll(tokens, 7)).toMatchObject({ ok: true, value: { remainingWaitListCount: 5 } });
  expect(asked).toEqual(['snapshot-line']);
  // When the one who asked is gone, the copy is not used for longer than it may be.
  service.clock.jump(1);
  onTheWay = undefined;
  await poll(tokens, 8);
  expect(asked).toEqual(['snapshot-line', 'snapshot-line']);
  gate.resolve();
  expect(await first).toMatchObject({ ok: true, value: { status: 'WAITING' } });
  expect(before).toMatchObject({ ok: true, value: { remainingWaitListCount: 5 } });
});

test('where a place lasts for a short time only, whoever asks when told to does not lose it', async () => {
  await service.stop();
  service = await TestService.start({ environment: { ...SETTINGS, TOKEN_WAITING_SECONDS: '60' } });
  desk = edge(STALE_MS, 60_000);
  const tokens = await joinAll(8);
  for (let asks = 0; asks < 6; asks++) {
    expect(await poll(tokens, 6)).toMatchObject({ ok: true, value: { status: 'WAITING' } });
    // Half of that time is the longest that anyone is told to wait, and the answer takes its way.
    service.clock.jump(29_999 + (asks % 2) * 2_000);
  }
});

test('a place that somebody ahead gave up is counted in the next copy', async () => {
  const tokens = await joinAll(8);
  await poll(tokens, 6);
  const ahead = async () => {
    const told = await poll(tokens, 6);
    return told.ok && told.value.remainingWaitListCount;
  };
  expect(await ahead()).toBe(4);
  const token = tokens.get(user(3)) as TokenId;
  await service.delete('/v1/queue-tokens/users/3', { token });
  expect(await ahead()).toBe(4);
  service.clock.jump(STALE_MS);
  expect(await ahead()).toBe(3);
});

test('whose turn it may be asks the coordinator every time', async () => {
  const tokens = await joinAll(8);
  // Ahead of them are none and one, and two may have been admitted since the copy was made.
  for (const userId of [2, 3]) {
    await poll(tokens, userId);
    asked.length = 0;
    await poll(tokens, userId);
    expect(asked).toContain('poll');
  }
  await poll(tokens, 4);
  asked.length = 0;
  await poll(tokens, 4);
  expect(asked).not.toContain('poll');
});

test('who was admitted hears so with the next copy, from the coordinator', async () => {
  const tokens = await joinAll(8);
  await poll(tokens, 6);
  for (const userId of [1, 2, 3, 4, 5]) {
    await service.delete(`/v1/queue-tokens/users/${userId}`, { token: tokens.get(user(userId)) as TokenId });
    await service.pass(1_000);
  }
  expect(await poll(tokens, 6)).toMatchObject({ ok: true, value: { status: 'ACTIVE' } });
});

test('a token that ended is refused with the next copy, by the coordinator', async () => {
  const tokens = await joinAll(8);
  const token = tokens.get(user(6)) as TokenId;
  await poll(tokens, 6);
  await service.delete('/v1/queue-tokens/users/6', { token });
  expect(await poll(tokens, 6)).toMatchObject({ ok: true, value: { status: 'EXPIRED' } });
});

test('somebody with another token is told what the coordinator tells', async () => {
  const tokens = await joinAll(8);
  await poll(tokens, 6);
  const stranger = await desk.submit({ kind: 'poll', userId: user(6), tokenId: 4 as TokenId });
  expect(stranger).toMatchObject({ ok: false, reason: 'invalid token' });
});

test('a place is renewed in half of the time that it lasts, so that whoever polls never loses it', async () => {
  const tokens = await joinAll(8);
  await poll(tokens, 6);
  asked.length = 0;
  service.clock.jump(WAITING_MS / 2 - 1);
  await poll(tokens, 6);
  expect(asked).not.toContain('poll');
  service.clock.jump(1);
  await poll(tokens, 6);
  expect(asked).toContain('poll');
  service.clock.jump(WAITING_MS - 1);
  expect(await poll(tokens, 6)).toMatchObject({ ok: true, value: { status: 'WAITING' } });
});

test('while the line is paused, polls are told from copies all the same', async () => {
  await service.stop();
  service = await TestService.start({ environment: { ...SETTINGS, ADMIN_TOKEN: 'operator' } });
  desk = edge();
  const tokens = await joinAll(8);
  await service.operator.patch('/queue', { paused: true });
  await poll(tokens, 6);
  asked.length = 0;
  expect(await poll(tokens, 6)).toEqual(await poll(tokens, 6, edge(0)));
  expect(asked).toEqual(['snapshot-line', 'poll']);
});

test('seats are shown from a copy that is a second old at most; to hold one, the coordinator is asked', async () => {
  const tokens = await joinAll(1);
  const tokenId = tokens.get(user(1)) as TokenId;
  const look = () => desk.submit({ kind: 'view-seats', tokenId, scheduleId: schedule(1) });
  const before = await look();
  const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
  await service.post('/v1/reservations', { token: tokenId, body });
  asked.length = 0;
  service.clock.jump(STALE_MS - 1);
  expect(await look()).toEqual(before);
  expect(asked).toEqual([]);
  const again = await service.post('/v1/reservations', { token: tokenId, body });
  expect(again.body).toEqual({ code: 400, message: 'reservation failed' });
  service.clock.jump(1);
  expect(await look()).not.toEqual(before);
});

test('a token that does not open the gate does not open it to a copy of the seats', async () => {
  const tokens = await joinAll(2);
  const look = (userId: number) =>
    desk.submit({
      kind: 'view-seats',
      tokenId: tokens.get(user(userId)) as TokenId,
      scheduleId: schedule(1),
    });
  expect(await look(1)).toMatchObject({ ok: true });
  expect(await look(2)).toMatchObject({ ok: false, reason: 'invalid token' });
});

test('where nothing may be old, the coordinator answers everything', async () => {
  const tokens = await joinAll(8);
  const exact = edge(0);
  await poll(tokens, 6, exact);
  await poll(tokens, 6, exact);
  expect(asked).toEqual(['poll', 'poll']);
});

test('what the platform says it cannot carry is refused as overloaded, and any other failure is passed on', async () => {
  const failing = (error: Error) =>
    new EdgeDesk({
      coordinator: () => ({
        submit: () => Promise.reject(error),
        reservationsOf: () => Promise.reject(error),
        reservation: () => Promise.reject(error),
      }),
      nearby: new Nearby(() => cache, service.clock),
      clock: service.clock,
      staleMs: STALE_MS,
      waitingMs: WAITING_MS,
    });
  const overloaded = Object.assign(new Error('Durable Object is overloaded'), { overloaded: true });
  expect(await failing(overloaded).submit({ kind: 'probe' })).toMatchObject({ reason: 'overloaded' });
  expect(await failing(overloaded).reservation(1 as ReservationId)).toMatchObject({ reason: 'overloaded' });
  const answer = Promise.resolve(failing(new Error('gone')).submit({ kind: 'probe' }));
  await expect(answer).rejects.toThrow('gone');
});
