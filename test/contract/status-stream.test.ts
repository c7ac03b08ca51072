import { afterEach, describe, expect, test } from 'bun:test';
import { EventReader } from '../support/event-reader.ts';
import { MINUTE_MS } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';

/** One is in, and the others wait until it has gone. */
const ONE_SLOT = { QUEUE_MAX_ACTIVE: '1', TOKEN_ACTIVE_SECONDS: '36000' };

let service: TestService;
let readers: EventReader[] = [];
afterEach(async () => {
  for (const reader of readers) reader.close();
  readers = [];
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

const pathOf = (userId: number) => `/v1/queue-status/users/${userId}/stream`;
const watch = async (userId: number, token: number): Promise<EventReader> => {
  const reader = await EventReader.open(service.url + pathOf(userId), { 'TOKEN-ID': String(token) });
  readers.push(reader);
  return reader;
};
const statusOf = async (userId: number, token: number) =>
  (await service.get(`/v1/queue-status/users/${userId}`, { token })).body;
const leave = (userId: number, token: number) =>
  service.delete(`/v1/queue-tokens/users/${userId}`, { token });

/** Lets users 1 to `count` join, one of whom is let in. */
const join = async (count: number): Promise<number[]> => {
  const tokens: number[] = [];
  for (let userId = 1; userId <= count; userId++) tokens.push(await service.join(userId));
  return tokens;
};

describe('an open stream', () => {
  test('begins with the status, which is that of a poll', async () => {
    service = await TestService.start({ environment: ONE_SLOT });
    const [, , third = 0] = await join(3);
    const reader = await watch(3, third);
    expect(reader.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(reader.response.headers.get('cache-control')).toBe('no-store');
    const { id, data } = await reader.event();
    expect(id).toBe('3-WAITING-1');
    expect(data).toEqual(await statusOf(3, third));
    expect(Object.keys(data).sort()).toEqual(['joinAt', 'queueId', 'remainingWaitListCount', 'status']);
  });

  test('takes the token in the query, where a browser cannot set the header', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const reader = await EventReader.open(`${service.url}${pathOf(1)}?tokenId=${token}`);
    expect((await reader.event()).data.status).toBe('ACTIVE');
    reader.close();
  });

  test('tells of a change of place at most once a second: not one millisecond earlier, and then the latest', async () => {
    service = await TestService.start({ environment: ONE_SLOT });
    const tokens = await join(5);
    const reader = await watch(5, tokens[4] ?? 0);
    expect((await reader.event()).data.remainingWaitListCount).toBe(3);
    await leave(2, tokens[1] ?? 0);
    // The stream is looked at at 974, and at 999, when it is too early.
    await service.pass(974);
    await service.pass(25);
    await leave(3, tokens[2] ?? 0);
    await service.pass(25);
    expect((await reader.event()).id).toBe('5-WAITING-1');
    await leave(4, tokens[3] ?? 0);
    await service.pass(975);
    await service.pass(25);
    expect((await reader.event()).id).toBe('5-WAITING-0');
  });

  test('tells of an admission at once', async () => {
    service = await TestService.start({ environment: ONE_SLOT });
    const [first = 0, second = 0] = await join(2);
    const reader = await watch(2, second);
    expect((await reader.event()).id).toBe('2-WAITING-0');
    await leave(1, first);
    expect((await reader.event()).data).toMatchObject({ status: 'ACTIVE', remainingWaitListCount: 0 });
  });

  test('tells as its last event that the token completed', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const reader = await watch(1, token);
    await reader.event();
    await service.post('/v1/balance/users/1/recharge', { body: { amount: 100_000 } });
    const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
    const { reservationId } = (await service.post('/v1/reservations', { token, body })).body;
    await service.post('/v1/payments/users/1', { token, body: { reservationId } });
    expect((await reader.event()).id).toBe('1-COMPLETED-0');
    expect(await reader.block()).toBeNull();
  });

  test('tells as its last event that the user left, also to the other tab', async () => {
    service = await TestService.start({ environment: ONE_SLOT });
    const [, second = 0] = await join(2);
    const tabs = [await watch(2, second), await watch(2, second)];
    for (const tab of tabs) expect((await tab.event()).id).toBe('2-WAITING-0');
    await leave(2, second);
    for (const tab of tabs) {
      expect((await tab.event()).data).toMatchObject({ status: 'EXPIRED', remainingWaitListCount: 0 });
      expect(await tab.block()).toBeNull();
    }
  });

  test('tells as its last event that an admitted user ran out of time', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const reader = await watch(1, token);
    expect((await reader.event()).id).toBe('1-ACTIVE-0');
    await service.pass(10 * MINUTE_MS - 1);
    expect(await reader.block()).toBe(':');
    await service.pass(1_000);
    expect((await reader.event()).id).toBe('1-EXPIRED-0');
    expect(await reader.block()).toBeNull();
  });

  test('shows a sign of life after 15 seconds in which nothing changed', async () => {
    service = await TestService.start();
    const reader = await watch(1, await service.join(1));
    await reader.event();
    for (let shown = 0; shown < 3; shown++) {
      await service.pass(14_975);
      await service.pass(25);
      expect(await reader.block()).toBe(':');
    }
  });

  test('shows none one millisecond earlier', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const reader = await watch(1, token);
    await reader.event();
    await service.pass(14_974);
    await service.pass(25);
    await leave(1, token);
    expect((await reader.event()).id).toBe('1-EXPIRED-0');
  });
});

describe('the place', () => {
  const environment = { ...ONE_SLOT, TOKEN_WAITING_SECONDS: '60' };

  test('is renewed as long as the stream is open, and not given up when it is closed', async () => {
    service = await TestService.start({ environment });
    const [, second = 0] = await join(2);
    const reader = await watch(2, second);
    await reader.event();
    for (let minutes = 0; minutes < 5; minutes += 0.5) await service.pass(MINUTE_MS / 2);
    expect(await reader.block()).toBe(':');
    reader.close();
    await service.pass(MINUTE_MS - 1);
    expect(await statusOf(2, second)).toMatchObject({ status: 'WAITING', queueId: 2 });
  });

  test('lapses when the stream is closed and nobody asks for it in time', async () => {
    service = await TestService.start({ environment: { ...environment, QUEUE_STREAMS_MAX: '1' } });
    const [, second = 0, third = 0] = await join(3);
    const reader = await watch(2, second);
    await service.pass(MINUTE_MS / 2);
    reader.close();
    const other = await openWhenFree(3, third);
    await service.pass(MINUTE_MS - 1);
    expect((await other.event()).data.remainingWaitListCount).toBe(1);
    await service.pass(1);
    expect((await statusOf(2, second)).status).toBe('EXPIRED');
  });

  test('is one for a user with a stream and a user who polls', async () => {
    service = await TestService.start({ environment: ONE_SLOT });
    const [, second = 0, third = 0] = await join(3);
    const reader = await watch(3, third);
    expect(await service.join(3)).toBe(third);
    expect((await reader.event()).data).toEqual(await statusOf(3, third));
    await leave(2, second);
    expect(await statusOf(3, third)).toMatchObject({ queueId: 3, remainingWaitListCount: 0 });
    await service.pass(1_000);
    expect((await reader.event()).data).toEqual(await statusOf(3, third));
  });
});

describe('a token that has ended', () => {
  test('sends its final status and closes; whoever has heard that is told that there is nothing more', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    await leave(1, token);
    const reader = await watch(1, token);
    const { id, data } = await reader.event();
    expect(data).toEqual(await statusOf(1, token));
    expect(data.status).toBe('EXPIRED');
    expect(await reader.block()).toBeNull();

    const again = (lastEventId: string) =>
      fetch(service.url + pathOf(1), {
        headers: { 'TOKEN-ID': String(token), 'Last-Event-ID': lastEventId },
      });
    const nothing = await again(id);
    expect([nothing.status, await nothing.text()]).toEqual([204, '']);
    const other = await again('1-ACTIVE-0');
    expect(await other.text()).toContain(`id: ${id}\n`);
  });

  test('whoever connects again while the token lives hears the status again', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const headers = { 'TOKEN-ID': String(token), 'Last-Event-ID': '1-ACTIVE-0' };
    const reader = await EventReader.open(service.url + pathOf(1), headers);
    expect((await reader.event()).id).toBe('1-ACTIVE-0');
    reader.close();
  });
});

describe('a stream is refused', () => {
  test('with a wrong token as a poll is, in the shape of every failure', async () => {
    service = await TestService.start();
    const [mine, theirs] = [await service.join(1), await service.join(2)];
    const wrong = [theirs, mine + 1, 'abc', '', '0', '-1', '1.5', '12345678901234567890'];
    for (const token of wrong) {
      const answer = await service.get(pathOf(1), { token });
      expect([answer.status, answer.body]).toEqual([401, { code: 401, message: 'invalid token' }]);
      expect(answer.headers.get('content-type')).toStartWith('application/json');
      expect((await service.get(`${pathOf(1)}?tokenId=${token}`)).status).toBe(401);
    }
    expect((await service.get(pathOf(1))).status).toBe(401);
    expect((await service.get(`${pathOf(1)}?tokenId=${mine}&tokenId=${mine}`)).status).toBe(401);
    // The header is the one that counts, also where it says nothing.
    expect((await service.get(`${pathOf(1)}?tokenId=${mine}`, { token: '' })).status).toBe(401);
    expect((await service.get(`${pathOf(1)}?tokenId=${mine}`, { token: theirs })).status).toBe(401);
    const unknown = await service.get(pathOf(101), { token: mine });
    expect(unknown.body).toEqual({ code: 404, message: 'user not found' });
    expect((await service.get(pathOf(0), { token: mine })).body).toEqual({
      code: 400,
      message: 'invalid userId',
    });
  });

  test('when too many are open, until one is closed', async () => {
    service = await TestService.start({ environment: { QUEUE_STREAMS_MAX: '2' } });
    const tokens = await join(3);
    const first = await watch(1, tokens[0] ?? 0);
    await watch(2, tokens[1] ?? 0);
    const refused = await service.get(pathOf(3), { token: tokens[2] ?? 0 });
    expect(refused.body).toEqual({ code: 503, message: 'too many streams' });
    expect(refused.headers.get('retry-after')).toBe('1');
    first.close();
    await openWhenFree(3, tokens[2] ?? 0);
  });

  test('no user keeps others out: the seventh stream of one closes its oldest', async () => {
    service = await TestService.start();
    const token = await service.join(1);
    const streams: EventReader[] = [];
    for (let count = 0; count < 7; count++) streams.push(await watch(1, token));
    for (const stream of streams) expect((await stream.event()).id).toBe('1-ACTIVE-0');
    expect(await streams[0]?.block()).toBeNull();
    await leave(1, token);
    for (const stream of streams.slice(1)) expect((await stream.event()).id).toBe('1-EXPIRED-0');
  });

  test('HEAD is answered, and leaves no stream behind', async () => {
    service = await TestService.start({ environment: { QUEUE_STREAMS_MAX: '1' } });
    const token = await service.join(1);
    const headers = { 'TOKEN-ID': String(token) };
    const head = await fetch(service.url + pathOf(1), { method: 'HEAD', headers });
    expect([head.status, head.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    await openWhenFree(1, token);
  });
});

test('a stop closes the streams without a word, and their clients find their place after the start', async () => {
  service = await TestService.start({ environment: ONE_SLOT });
  const [, second = 0] = await join(2);
  const reader = await watch(2, second);
  const before = await reader.event();
  await service.restart();
  expect(await reader.block()).toBeNull();
  expect(await (await watch(2, second)).event()).toEqual(before);
});

/** Opens a stream as soon as the service has noticed that another was closed, which comes over the network. */
async function openWhenFree(userId: number, token: number): Promise<EventReader> {
  for (;;) {
    try {
      return await watch(userId, token);
    } catch (error) {
      if (!String(error).includes('too many streams')) throw error;
    }
  }
}
