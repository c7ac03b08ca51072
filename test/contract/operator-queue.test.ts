import { afterEach, expect, test } from 'bun:test';
import { EventReader } from '../support/event-reader.ts';
import { eventsOf } from '../support/operator-events.ts';
import { type Answer, TestService } from '../support/service.ts';

let service: TestService;
afterEach(() => service.stop());

const AS_CONFIGURED = { maxActive: 2, admitBatch: 100, admitIntervalMs: 1_000, paused: false, closed: false };

async function start(environment: Record<string, string> = {}): Promise<void> {
  service = await TestService.start({
    environment: { ADMIN_TOKEN: 'for-the-operator', QUEUE_MAX_ACTIVE: '2', ...environment },
  });
}

/** Lets what the change brought about happen as well, at the same instant. */
async function change(body: unknown): Promise<Answer> {
  const answer = await service.operator.patch('/queue', body);
  await service.pass(0);
  return answer;
}

const queue = async () => (await service.operator.get('/queue')).body;

async function joinAll(userIds: readonly number[]): Promise<Map<number, number>> {
  const tokens = new Map<number, number>();
  for (const userId of userIds) tokens.set(userId, await service.join(userId));
  return tokens;
}

/** Who is active, in the order in which they joined. */
async function active(tokens: ReadonlyMap<number, number>): Promise<number[]> {
  const found: number[] = [];
  for (const [userId, token] of tokens) {
    const { body } = await service.get(`/v1/queue-status/users/${userId}`, { token });
    if (body.status === 'ACTIVE') found.push(userId);
  }
  return found;
}

const leave = (userId: number, tokens: ReadonlyMap<number, number>) =>
  service.delete(`/v1/queue-tokens/users/${userId}`, { token: tokens.get(userId) ?? 0 });

test('the operator sees how the line is set, and its totals', async () => {
  await start();
  const nothing = {
    waiting: 0,
    active: 0,
    admitted: 0,
    lapsed: 0,
    admittedLastMinute: 0,
    headWaitingSeconds: 0,
  };
  expect(await queue()).toEqual({ ...AS_CONFIGURED, ...nothing });
  const tokens = await joinAll([1, 2, 3, 4]);
  await service.pass(30_000);
  await service.join(4);
  const waiting = {
    waiting: 2,
    active: 2,
    admitted: 2,
    lapsed: 0,
    admittedLastMinute: 2,
    headWaitingSeconds: 30,
  };
  expect(await queue()).toEqual({ ...AS_CONFIGURED, ...waiting });
  await leave(1, tokens);
  expect(await queue()).toMatchObject({ waiting: 1, active: 2, admitted: 3 });
});

test('when more may be active, those who are next enter at once; when fewer may, those who are in stay', async () => {
  await start();
  const tokens = await joinAll([1, 2, 3, 4, 5, 6]);
  expect(await active(tokens)).toEqual([1, 2]);
  const raised = await change({ maxActive: 4 });
  expect(raised.body).toMatchObject({ ...AS_CONFIGURED, maxActive: 4 });
  expect(await active(tokens)).toEqual([1, 2, 3, 4]);
  expect((await change({ maxActive: 1 })).body).toMatchObject({ maxActive: 1, active: 4, waiting: 2 });
  expect(await active(tokens)).toEqual([1, 2, 3, 4]);
  for (const userId of [1, 2, 3]) await leave(userId, tokens);
  await service.pass(5_000);
  expect(await queue()).toMatchObject({ active: 1, waiting: 2 });
  await leave(4, tokens);
  await service.pass(0);
  expect(await active(new Map([...tokens].slice(4)))).toEqual([5]);
});

test('the batch and the interval of admission change at the instant', async () => {
  await start({ QUEUE_MAX_ACTIVE: '100', QUEUE_ADMIT_BATCH: '1' });
  const tokens = await joinAll([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await active(tokens)).toEqual([1]);
  await change({ admitBatch: 3 });
  expect(await active(tokens)).toEqual([1, 2, 3]);
  await change({ admitIntervalMs: 10_000 });
  await service.pass(9_999);
  expect(await active(tokens)).toHaveLength(3);
  await service.pass(1);
  expect(await active(tokens)).toHaveLength(6);
  await service.pass(500);
  await change({ admitIntervalMs: 400 });
  expect(await active(tokens)).toHaveLength(8);
});

test('while the line is paused nobody enters, and when it goes on the head does first', async () => {
  await start();
  const tokens = await joinAll([1, 2, 3, 4, 5]);
  expect((await change({ paused: true })).body).toMatchObject({ ...AS_CONFIGURED, paused: true });
  await leave(1, tokens);
  await service.pass(5_000);
  const paused = async () => {
    expect(await queue()).toMatchObject({ paused: true, waiting: 3, active: 1 });
    const head = await service.get('/v1/queue-status/users/3', { token: tokens.get(3) ?? 0 });
    expect(head.body).toMatchObject({ status: 'WAITING', remainingWaitListCount: 0 });
    expect(Number(head.headers.get('retry-after'))).toBeWithin(10, 31);
  };
  await paused();
  await service.restart();
  await service.pass(5_000);
  await paused();
  await service.join(6);
  expect(await queue()).toMatchObject({ waiting: 4, active: 1 });
  expect((await change({ paused: false })).body.paused).toBe(false);
  const others = new Map([...tokens].slice(1));
  expect(await active(others)).toEqual([2, 3]);
  await change({ maxActive: 3 });
  expect(await active(others)).toEqual([2, 3, 4]);
});

test('while the line is closed nobody new joins, and those in line keep their places', async () => {
  await start();
  const tokens = await joinAll([1, 2, 3, 4]);
  expect((await change({ closed: true })).body.closed).toBe(true);
  const closed = async () => {
    const refused = await service.post('/v1/queue-tokens/users/9');
    expect([refused.status, refused.body]).toEqual([503, { code: 503, message: 'queue closed' }]);
    expect(refused.headers.get('retry-after')).toBe('30');
    expect((await service.post('/v1/queue-tokens/users/999')).body.message).toBe('user not found');
    expect(await service.join(4)).toBe(tokens.get(4) ?? 0);
    expect((await service.get('/v1/queue-tokens/users/3')).body.tokenId).toBe(tokens.get(3));
  };
  await closed();
  await service.restart();
  await closed();
  await leave(1, tokens);
  await service.pass(1_000);
  expect(await active(new Map([...tokens].slice(1)))).toEqual([2, 3]);
  // Whoever has left is new.
  expect((await service.post('/v1/queue-tokens/users/1')).body.message).toBe('queue closed');
  await change({ closed: false });
  expect(await service.join(9)).toBeGreaterThan(0);
  expect(await queue()).toMatchObject({ waiting: 2, active: 2 });
});

test('what the operator has set outlasts a restart, whatever is configured; the rest is as configured', async () => {
  await start();
  await change({ maxActive: 7, admitIntervalMs: 3_600_000 });
  await service.restart({ QUEUE_MAX_ACTIVE: '50', QUEUE_ADMIT_BATCH: '60', QUEUE_ADMIT_INTERVAL_MS: '70' });
  const set = { maxActive: 7, admitBatch: 60, admitIntervalMs: 3_600_000, paused: false, closed: false };
  expect(await queue()).toMatchObject(set);
  await change({ paused: false });
  const [only, ...others] = await eventsOf(service);
  expect(others).toEqual([]);
  expect(only).toMatchObject({
    at: service.clock.now(),
    operation: 'change-queue',
    before: AS_CONFIGURED,
    after: { ...AS_CONFIGURED, maxActive: 7, admitIntervalMs: 3_600_000 },
  });
});

test('what is set to what is configured is set: it leaves an event, once, and outlasts another configuration', async () => {
  await start();
  await change({ maxActive: 2 });
  await change({ maxActive: 2 });
  expect(await eventsOf(service)).toMatchObject([{ operation: 'change-queue' }]);
  await service.restart({ QUEUE_MAX_ACTIVE: '7' });
  expect(await queue()).toMatchObject(AS_CONFIGURED);
});

test('a setting that cannot be is refused with what is wrong, and changes nothing', async () => {
  await start();
  const users = 'must be an integer from 1 to 1000000';
  const ms = 'must be an integer from 1 to 3600000';
  const flag = 'must be true or false';
  const wrong: Record<string, [values: unknown[], rule: string]> = {
    maxActive: [[0, -1, 1.5, 1_000_001, 1e12, '5', null, [], true], users],
    admitBatch: [[0, 1_000_001, 1e12, null], users],
    admitIntervalMs: [[0, 3_600_001, 1e12, null], ms],
    paused: [[0, 1, 'true', null, {}], flag],
    closed: [[0, 'false', null], flag],
  };
  for (const [name, [values, rule]] of Object.entries(wrong)) {
    for (const value of values) {
      const answer = await change({ maxActive: 5, [name]: value });
      expect([answer.status, answer.body]).toEqual([400, { code: 400, message: `invalid ${name}: ${rule}` }]);
    }
  }
  const fields = 'maxActive, admitBatch, admitIntervalMs, paused and closed';
  for (const body of [undefined, {}, [], { max: 1 }]) {
    const message = `invalid body: must be an object with at least one of ${fields}`;
    expect((await change(body)).body).toEqual({ code: 400, message });
  }
  expect(await queue()).toMatchObject(AS_CONFIGURED);
  expect(await eventsOf(service)).toEqual([]);
});

test('the widest settings are taken', async () => {
  await start();
  for (const widest of [
    { maxActive: 1, admitBatch: 1, admitIntervalMs: 1 },
    { maxActive: 1_000_000, admitBatch: 1_000_000, admitIntervalMs: 3_600_000 },
  ]) {
    expect((await change(widest)).body).toMatchObject(widest);
  }
});

test('a stream is told at once of an admission that the operator brings about', async () => {
  await start();
  const tokens = await joinAll([1, 2, 3]);

  const token = tokens.get(3) ?? 0;
  const stream = await EventReader.open(`${service.url}/v1/queue-status/users/3/stream?tokenId=${token}`);
  expect((await stream.event()).data).toMatchObject({ status: 'WAITING' });
  await change({ paused: true });
  await leave(1, tokens);
  await service.pass(5_000);
  await change({ paused: false });
  expect((await stream.event()).data).toMatchObject({ status: 'ACTIVE' });
  stream.close();
});
