import { afterEach, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { granted, type Result, refused } from '../../src/refusal.ts';
import { user } from '../support/rules.ts';
import { TestService } from '../support/service.ts';

const DEADLINE_MS = 2_000;
const AMOUNT = 500;

let service: TestService;
afterEach(() => service.stop());

/** Nothing is carried out before the event loop turns: until then, each finds the mailbox as the last one left it. */
const recharge = async (userId: number): Promise<Result<number>> => {
  const result = await service.desk.submit({ kind: 'recharge', userId: user(userId), amount: AMOUNT });
  return result.ok ? granted(result.value.currentAmount) : result;
};
const done = granted(AMOUNT);
const overloaded = refused('overloaded');

/** Who has been given money, as the tables tell. */
async function recharged(): Promise<number[]> {
  const client = createClient({ url: service.databaseUrl });
  try {
    const { rows } = await client.execute('select user_id from ledger_entries order by entry_id');
    return rows.map(({ user_id }) => Number(user_id));
  } finally {
    client.close();
  }
}

test('a full mailbox carries out what it has, and what it refused has not happened and does not', async () => {
  service = await TestService.start({ environment: { MAILBOX_MAX: '3' } });
  const results = await Promise.all([1, 2, 3, 4, 5].map(recharge));
  expect(results).toEqual([done, done, done, overloaded, overloaded]);
  expect(await recharged()).toEqual([1, 2, 3]);
  expect(await recharge(5)).toEqual(done);
  expect(await recharged()).toEqual([1, 2, 3, 5]);
});

test('whoever is refused hears it when the event loop turns, and not before', async () => {
  service = await TestService.start({ environment: { MAILBOX_MAX: '1' } });
  const taken = recharge(1);
  const heard: string[] = [];
  const turnedAway = recharge(2).then(({ ok }) => heard.push(ok ? 'done' : 'refused'));
  // A promise that needs no turn is settled by then.
  for (let step = 0; step < 100; step++) await Promise.resolve();
  heard.push('turn');
  await Promise.all([turnedAway, taken]);
  expect(heard).toEqual(['turn', 'refused']);
});

test('a full mailbox still answers what memory knows, and whether the service is ready', async () => {
  service = await TestService.start({ environment: { MAILBOX_MAX: '1' } });
  await recharge(1);
  const taken = recharge(2);
  const known = service.desk.submit({ kind: 'find-balance', userId: user(1) });
  expect(known).toEqual(granted({ userId: user(1), currentAmount: AMOUNT }));
  const probe = service.desk.submit({ kind: 'probe' });
  expect(await recharge(3)).toEqual(overloaded);
  expect(await probe).toEqual(granted(null));
  expect(await taken).toEqual(done);
});

test('a crowd past the limit is answered 503 with Retry-After, and polls and /ready are answered beside it', async () => {
  service = await TestService.start({ environment: { MAILBOX_MAX: '1' } });
  const token = await service.join(1);
  const crowd = Array.from({ length: 50 }, (_, index) => index + 2).map(async (userId) => {
    const answer = await service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount: AMOUNT } });
    return { userId, answer };
  });
  const poll = service.get('/v1/queue-status/users/1', { token });
  const ready = service.get('/ready');
  const [answers, polled, readiness] = await Promise.all([Promise.all(crowd), poll, ready]);
  const served = answers.filter(({ answer }) => answer.status === 200);
  const refusals = answers.filter(({ answer }) => answer.status !== 200);
  expect(served.length).toBeGreaterThan(0);
  expect(refusals.length).toBeGreaterThan(0);
  for (const { answer } of refusals) {
    expect(answer.status).toBe(503);
    expect(answer.body).toEqual({ code: 503, message: 'overloaded' });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.headers.get('content-type')).toStartWith('application/json');
  }
  expect((await recharged()).sort((a, b) => a - b)).toEqual(served.map(({ userId }) => userId));
  expect([polled.status, readiness.status]).toEqual([200, 200]);
});

test('a page that may call the service can read that there is no room', async () => {
  const origin = 'https://tickets.example';
  service = await TestService.start({ environment: { MAILBOX_MAX: '1', CORS_ORIGINS: origin } });
  const crowd = Array.from({ length: 50 }, (_, index) =>
    service.call('POST', `/v1/queue-tokens/users/${index + 1}`, { headers: { origin } }),
  );
  const refusals = (await Promise.all(crowd)).filter(({ status }) => status === 503);
  expect(refusals.length).toBeGreaterThan(0);
  for (const { headers } of refusals) expect(headers.get('access-control-allow-origin')).toBe(origin);
});

test('while there is no room, a request that changes something is not even looked at', async () => {
  service = await TestService.start({ environment: { MAILBOX_MAX: '1' } });
  const crowd = Array.from({ length: 50 }, (_, index) => [
    service.post(`/v1/balance/users/${index + 1}/recharge`, { body: { amount: AMOUNT } }),
    service.post('/v1/reservations', { body: '{' }),
  ]);
  const answers = await Promise.all(crowd.map(([, malformed]) => malformed));
  const statuses = new Set(answers.map((answer) => answer?.status));
  await Promise.all(crowd.flat());
  expect(statuses).toContain(503);
  expect([...statuses].filter((status) => status !== 503 && status !== 400)).toEqual([]);
});

test('a command is carried out 1 ms before its deadline, and is refused at it and does not happen', async () => {
  service = await TestService.start();
  const inTime = recharge(1);
  service.clock.jump(DEADLINE_MS - 1);
  expect(await inTime).toEqual(done);
  const late = recharge(2);
  service.clock.jump(DEADLINE_MS);
  expect(await late).toEqual(overloaded);
  expect(await recharged()).toEqual([1]);
  expect(await recharge(2)).toEqual(done);
});

test('only what is late is refused: those who came after it are carried out', async () => {
  service = await TestService.start();
  const late = [1, 2].map(recharge);
  service.clock.jump(1);
  const inTime = recharge(3);
  service.clock.jump(DEADLINE_MS - 1);
  expect(await Promise.all([...late, inTime])).toEqual([overloaded, overloaded, done]);
  expect(await recharged()).toEqual([3]);
});

test('what is late hears so at its deadline, without waiting for the batch', async () => {
  service = await TestService.start({ environment: { COMMAND_DEADLINE_MS: '5' } });
  const heard: unknown[] = [];
  const late = recharge(1).then((result) => heard.push(result));
  service.clock.move(4);
  for (let step = 0; step < 100; step++) await Promise.resolve();
  expect(heard).toEqual([]);
  service.clock.move(1);
  for (let step = 0; step < 100; step++) await Promise.resolve();
  expect(heard).toEqual([overloaded]);
  await late;
  await service.pass(0);
  expect(await recharged()).toEqual([]);
});

test('whoever asks whether the service is ready takes no room from those who want something', async () => {
  service = await TestService.start({ environment: { MAILBOX_MAX: '2' } });
  const probes = [1, 2, 3].map(() => service.desk.submit({ kind: 'probe' }));
  expect(await recharge(1)).toEqual(done);
  expect(await Promise.all(probes)).toEqual([1, 2, 3].map(() => granted(null)));
});
