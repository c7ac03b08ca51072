import { afterEach, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { TestService } from '../support/service.ts';
import { lintMetrics, readMetrics } from './text-format.ts';

const PROMTOOL = Bun.which('promtool');
const RECHARGE = '/v1/balance/users/1/recharge';

let service: TestService;
afterEach(() => service.stop());

/** The value of a sample; undefined when it is not there. */
async function measured(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const { body } = await service.get('/metrics');
  return readMetrics(body)
    .flatMap(({ samples }) => samples)
    .find(
      (sample) => sample.name === name && Object.entries(labels).every(([k, v]) => sample.labels[k] === v),
    )?.value;
}

/** Two buyers of whom one pays, one who lets a hold end, and some who are refused. */
async function sell(): Promise<void> {
  const hold = async (userId: number, seatIds: number[]) => {
    const token = await service.join(userId);
    const body = { userId, concertId: 1, scheduleId: 1, seatIds };
    const { reservationId } = (await service.post('/v1/reservations', { token, body })).body;
    return { token, body: { reservationId } };
  };
  await service.post(RECHARGE, { body: { amount: 100_000 } });
  await service.post('/v1/payments/users/1', await hold(1, [1, 2]));
  await service.post('/v1/payments/users/2', await hold(2, [3]));
  await hold(3, [1]);
  await service.get('/v1/balance/users/999');
  await service.pass(300_000);
}

test('its text is as the format has it, and its names are as they should be', async () => {
  service = await TestService.start();
  await sell();
  const { body, headers } = await service.get('/metrics');
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-store');
  const metrics = readMetrics(body);
  expect(metrics.length).toBeGreaterThan(14);
  expect(lintMetrics(metrics)).toEqual([]);
  // What is no metric yet would be a hole in every graph.
  for (const { name, samples } of metrics) expect([name, samples.length > 0]).toEqual([name, true]);
});

test("README's table has each of them, and no other", async () => {
  service = await TestService.start();
  const readme = await Bun.file(new URL('../../README.md', import.meta.url)).text();
  const [, table = ''] = /## Metrics\n([\s\S]*?)\n## /.exec(readme) ?? [];
  const rows = table.match(/^\| `.*?\|/gm) ?? [];
  const named = rows.flatMap((row) =>
    [...row.matchAll(/`([a-z_]+)`/g)].map(([, name]) => `seatline_${name}`),
  );
  const names = readMetrics((await service.get('/metrics')).body).map(({ name }) => name);
  expect(named.sort()).toEqual(names.sort());
});

test.skipIf(PROMTOOL === null)('promtool finds nothing in it', async () => {
  service = await TestService.start();
  await sell();
  const { body } = await service.get('/metrics');
  expect(promtool(body)).toBe('');
  expect(promtool(body.replaceAll('seatline_sales_total', 'seatline_sales'))).not.toBe('');
});

test('a bad name or number is found by the check', async () => {
  service = await TestService.start();
  const { body } = await service.get('/metrics');
  const spoilt = [
    ['seatline_sales_total', 'seatline_sales'],
    ['seatline_sales_total', 'sales_total'],
    ['seatline_waiting_users', 'seatline_waiting_users_total'],
    ['commit_duration_seconds', 'commit_duration_milliseconds'],
    ['le="+Inf"', 'le="9"'],
  ] as const;
  for (const [from, to] of spoilt) {
    expect([to, lintMetrics(readMetrics(body.replaceAll(from, to))).length > 0]).toEqual([to, true]);
  }
  for (const broken of [body.trimEnd(), body.replace('# TYPE', '#TYPE'), body.replace(/ 0\n/, ' zero\n')]) {
    expect(() => readMetrics(broken)).toThrow();
  }
});

test('counts what was committed, and what was refused, by its reason', async () => {
  service = await TestService.start();
  await sell();
  expect(await measured('seatline_admissions_total')).toBe(3);
  expect(await measured('seatline_holds_total')).toBe(2);
  expect(await measured('seatline_sales_total')).toBe(1);
  expect(await measured('seatline_hold_expiries_total')).toBe(1);
  expect(await measured('seatline_refusals_total', { reason: 'not enough balance' })).toBe(1);
  expect(await measured('seatline_refusals_total', { reason: 'reservation failed' })).toBe(1);
  expect(await measured('seatline_refusals_total', { reason: 'user not found' })).toBe(1);
  expect(await measured('seatline_refusals_total', { reason: 'overloaded' })).toBe(0);
  await service.pass(600_000);
  expect(await measured('seatline_lapses_total')).toBe(2);
});

test('does not say that nothing was refused of what the coordinator never hears of', async () => {
  service = await TestService.start({
    environment: { RATE_LIMIT: 'on', RATE_GUESSES_PER_ADDRESS: '1', QUEUE_STREAMS_MAX: '0' },
  });
  const stream = `/v1/queue-status/users/1/stream?tokenId=${await service.join(1)}`;
  expect((await service.get(stream)).body.message).toBe('too many streams');
  for (let time = 0; time < 11; time++) await service.get('/v1/admin/audit');
  const refused = (reason: string) => measured('seatline_refusals_total', { reason });
  for (const reason of ['too many streams', 'unauthorized', 'too many requests', 'forbidden']) {
    expect([reason, await refused(reason)]).toEqual([reason, undefined]);
  }
  const route = '/v1/admin/audit';
  const count = (status: string) =>
    measured('seatline_http_request_duration_seconds_count', { route, status });
  expect([await count('401'), await count('429')]).toEqual([10, 1]);
});

test('shows the line as it is now, and how large the database is', async () => {
  service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '1' } });
  expect(await measured('seatline_active_users')).toBe(0);
  for (const userId of [1, 2, 3]) await service.join(userId);
  expect(await measured('seatline_active_users')).toBe(1);
  expect(await measured('seatline_waiting_users')).toBe(2);
  expect(await measured('seatline_mailbox_commands')).toBe(0);
  const pages = (await measured('seatline_database_size_bytes')) ?? 0;
  expect(pages).toBeGreaterThan(0);
  expect(pages % 4096).toBe(0);
});

test('has each request once, by its route and its status; a stream when it opens', async () => {
  service = await TestService.start();
  const token = await service.join(1);
  for (const userId of [1, 2, 3]) await service.get(`/v1/balance/users/${userId}`);
  await service.get('/v1/balance/users/x');
  await service.get('/v1/none');
  const stream = await fetch(`${service.url}/v1/queue-status/users/1/stream?tokenId=${token}`);
  const count = (route: string, status: string) =>
    measured('seatline_http_request_duration_seconds_count', { method: 'GET', route, status });
  expect(await count('/v1/balance/users/{userId}', '200')).toBe(3);
  expect(await count('/v1/balance/users/{userId}', '400')).toBe(1);
  expect(await count('none', '404')).toBe(1);
  expect(await count('/v1/queue-status/users/{userId}/stream', '200')).toBe(1);
  await stream.body?.cancel();
});

test('counts the commands of a batch, its commit, and a batch that fails', async () => {
  service = await TestService.start();
  await service.post(RECHARGE, { body: { amount: 1 } });
  expect(await measured('seatline_batch_commands_sum')).toBe(1);
  expect(await measured('seatline_batch_commands_count')).toBe(1);
  expect(await measured('seatline_commit_duration_seconds_count')).toBe(1);
  expect(await measured('seatline_batch_failures_total')).toBe(0);
  const other = createClient({ url: service.databaseUrl });
  const lock = await other.transaction('write');
  expect((await service.post(RECHARGE, { body: { amount: 1 } })).status).toBe(500);
  await lock.rollback();
  other.close();
  expect((await service.post(RECHARGE, { body: { amount: 1 } })).status).toBe(200);
  expect(await measured('seatline_batch_failures_total')).toBe(1);
  expect(await measured('seatline_batch_commands_count')).toBe(3);
  expect(await measured('seatline_commit_duration_seconds_count')).toBe(2);
});

function promtool(text: string): string {
  const { stdout, stderr } = Bun.spawnSync([PROMTOOL ?? '', 'check', 'metrics'], {
    stdin: Buffer.from(text),
  });
  return `${stdout}${stderr}`;
}
