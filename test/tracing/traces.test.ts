import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { fileURLToPath } from 'node:url';
import { Collector, type ReceivedSpan } from '../support/collector.ts';
import { EventReader } from '../support/event-reader.ts';
import { inFolder, ServiceProcess } from '../support/process.ts';

// Each test starts a process.
setDefaultTimeout(30_000);

let collector: Collector;
beforeEach(() => {
  collector = new Collector();
});
afterEach(() => collector.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
/** The clock in the spans of requests counts whole milliseconds. */
const CLOCK_STEP_MS = 1;

/** Drives the program, traced unless the environment says otherwise, and returns how it ended. */
async function drive(
  work: (url: string) => Promise<unknown>,
  environment: Record<string, string> = {},
): Promise<{ code: number; errors: string; ms: number }> {
  return inFolder(async (folder) => {
    const service = await ServiceProcess.start({
      PORT: '0',
      DATABASE_URL: `file:${folder}/x.db`,
      ...collector.environment,
      ...environment,
    });
    await work(service.url);
    return service.end('SIGTERM');
  });
}

/** Joins the line, is admitted, and returns the token. */
async function enter(url: string, userId: number): Promise<string> {
  const joined = await fetch(`${url}/v1/queue-tokens/users/${userId}`, { method: 'POST' });
  const [, token = ''] = /"tokenId":(\d+)/.exec(await joined.text()) ?? [];
  return token;
}

function reserve(url: string, token: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/reservations`, {
    method: 'POST',
    headers: { ...JSON_TYPE, 'TOKEN-ID': token, ...headers },
    body: '{"userId": 1, "concertId": 1, "scheduleId": 1, "seatIds": [10, 11]}',
  });
}

function one(spans: readonly ReceivedSpan[]): ReceivedSpan {
  const [span] = spans;
  if (span === undefined || spans.length > 1) throw new Error(`${spans.length} spans instead of one`);
  return span;
}

test('a reservation is a request in the trace of its client, and a tick that loads, decides and commits', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const parentId = 'b7ad6b7169203331';
  const ended = await drive(async (url) => {
    const token = await enter(url, 1);
    const held = await reserve(url, token, { traceparent: `00-${traceId}-${parentId}-01` });
    expect(held.status).toBe(200);
  });
  expect(ended).toMatchObject({ code: 0, errors: '' });
  expect([...collector.services]).toEqual(['seatline']);

  const request = one(collector.named('POST /v1/reservations'));
  expect(request).toMatchObject({ traceId, parentSpanId: parentId, hasFailed: false });
  expect(request.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/v1/reservations',
    'http.response.status_code': 200,
  });

  const tick = one(collector.named('tick').filter(({ links }) => links.includes(request.spanId)));
  expect(request.links).toEqual([tick.spanId]);
  expect(tick).toMatchObject({ parentSpanId: undefined, hasFailed: false });
  expect(tick.attributes).toEqual({ 'seatline.commands': 1 });
  expect(tick.begin).toBeGreaterThanOrEqual(request.begin - CLOCK_STEP_MS);
  expect(tick.end).toBeLessThanOrEqual(request.end + CLOCK_STEP_MS);

  const steps = collector.spans.filter(({ parentSpanId }) => parentSpanId === tick.spanId);
  expect(steps.map(({ name }) => name)).toEqual(['load', 'decide', 'commit']);
  for (const { traceId } of steps) expect(traceId).toBe(tick.traceId);
  const times = steps.flatMap(({ begin, end }) => [begin, end]);
  expect([tick.begin, ...times, tick.end]).toEqual(
    [tick.begin, ...times, tick.end].toSorted((a, b) => a - b),
  );
});

test('every request has one span with its route and status, whatever became of it', async () => {
  const statuses: number[] = [];
  await drive(
    async (url) => {
      const ask = async (path: string, init: RequestInit = {}) => {
        const response = await fetch(url + path, init);
        await response.text();
        statuses.push(response.status);
      };
      await ask('/health');
      await ask('/health', { method: 'HEAD' });
      await ask('/swagger/json');
      await ask('/v1/balance/users/0');
      await ask('/v1/queue-status/users/1', { headers: { 'TOKEN-ID': '5' } });
      await ask('/v1/balance/users/1/recharge', { method: 'POST', headers: JSON_TYPE, body: '{"amount":' });
      await ask('/nowhere');
      await ask('/health', { method: 'POST' });
      await Promise.all(
        Array.from({ length: 100 }, (_, n) => ask(`/v1/queue-tokens/users/${n + 1}`, { method: 'POST' })),
      );
    },
    { MAILBOX_MAX: '1', OTEL_SERVICE_NAME: 'the shop' },
  );
  expect([...collector.services]).toEqual(['the shop']);
  const requests = collector.spans.filter(({ attributes }) => 'http.request.method' in attributes);
  expect(requests.slice(0, 8).map(({ name, attributes }) => [name, attributes])).toEqual(
    (
      [
        ['GET', '/health', 200],
        ['HEAD', '/health', 200],
        ['GET', '/swagger/json', 200],
        ['GET', '/v1/balance/users/:userId', 400],
        ['GET', '/v1/queue-status/users/:userId', 401],
        ['POST', '/v1/balance/users/:userId/recharge', 400],
        ['GET', undefined, 404],
        ['POST', undefined, 405],
      ] as const
    ).map(([method, route, status]) => [
      route === undefined ? method : `${method} ${route}`,
      {
        'http.request.method': method,
        ...(route === undefined ? {} : { 'http.route': route }),
        'http.response.status_code': status,
      },
    ]),
  );
  // Those that a full mailbox turns away are not looked at, also by the traces.
  expect(statuses).toContain(503);
  const lookedAt = statuses.filter((status) => status !== 503);
  const told = requests.map(({ attributes }) => attributes['http.response.status_code']);
  expect(told.toSorted()).toEqual(lookedAt.toSorted());
});

test('nothing that a request carries or is answered with reaches the collector', async () => {
  const secrets = {
    key: 'a-key-of-a-client-8e03978e',
    admin: 'the-operators-token',
    jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
    cookie: 'a-cookie',
    agent: 'an-agent',
    address: '198.51.100.7',
    amount: '7654321',
    field: 'a-field-that-is-wrong',
    path: 'a-path-that-is-none',
    query: 'a-query',
    baggage: 'some-baggage',
  };
  let token = '';
  let asked = 0;
  await drive(
    async (url) => {
      const headers = {
        'idempotency-key': secrets.key,
        authorization: `Bearer ${secrets.jwt}`,
        cookie: `session=${secrets.cookie}`,
        'user-agent': secrets.agent,
        'x-forwarded-for': secrets.address,
        baggage: `mine=${secrets.baggage}`,
      };
      const ask = async (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) => {
        asked += 1;
        const response = await fetch(url + path, { ...init, headers: { ...headers, ...init.headers } });
        return response.text();
      };
      asked += 1;
      token = await enter(url, 1);
      const recharge = (body: string) =>
        ask('/v1/balance/users/1/recharge', { method: 'POST', headers: JSON_TYPE, body });
      expect(await recharge(`{"amount": ${secrets.amount}}`)).toContain(secrets.amount);
      await recharge(`{"amount": "${secrets.field}"}`);
      await recharge(`{"amount": ${secrets.field}`);
      await ask('/v1/queue-status/users/1', { headers: { 'TOKEN-ID': token } });
      await ask(`/v1/queue-status/users/${secrets.field}?${secrets.query}`);
      await ask(`/${secrets.path}?tokenId=${token}`);
      await ask('/v1/admin/audit', { headers: { authorization: `Bearer ${secrets.admin}` } });
      asked += 1;
      const stream = await EventReader.open(`${url}/v1/queue-status/users/1/stream?tokenId=${token}`);
      await stream.close();
    },
    { ADMIN_TOKEN: secrets.admin },
  );
  expect(collector.spans.filter(({ attributes }) => 'http.request.method' in attributes)).toHaveLength(asked);
  expect(token).toMatch(/^\d{10,}$/);
  for (const secret of [...Object.values(secrets), token]) expect(collector.text).not.toContain(secret);
});

test('a client that counts on not being recorded is not', async () => {
  await drive(async (url) => {
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' };
    await fetch(`${url}/health`, { headers });
    await fetch(`${url}/v1/concerts`);
  });
  expect(collector.named('GET /health')).toEqual([]);
  expect(collector.named('GET /v1/concerts')).toHaveLength(1);
});

test('a collector that refuses everything is complained of once', async () => {
  collector.answer = () => new Response('no', { status: 400 });
  const ended = await drive(
    async (url) => {
      for (let times = 0; times < 3; times++) {
        const sent = collector.next();
        expect((await fetch(`${url}/v1/concerts`)).status).toBe(200);
        await sent;
      }
    },
    { OTEL_BSP_SCHEDULE_DELAY: '1' },
  );
  expect(ended.code).toBe(0);
  expect(ended.errors.match(/the collector/g)).toHaveLength(1);
});

test('a service whose collector is away serves, complains and stops as ever', async () => {
  await collector.stop();
  const ended = await drive(async (url) => {
    const token = await enter(url, 1);
    expect((await reserve(url, token)).status).toBe(200);
  });
  expect(ended.code).toBe(0);
  expect(ended.errors).toContain('the collector does not take the spans');
  expect(ended.errors.trim().split('\n')).toHaveLength(1);
});

test('a service whose collector never answers ends before its stop is cut off', async () => {
  collector.answer = () => new Promise(() => {});
  const ended = await drive(async (url) => {
    expect((await fetch(`${url}/v1/concerts`)).status).toBe(200);
  });
  expect(ended).toMatchObject({ code: 0, errors: '' });
  // Whatever a stop waits for, it is cut off after four and a half seconds.
  expect(ended.ms).toBeLessThan(4_000);
});

test('a service that is not traced loads nothing of it', async () => {
  const ready = (url: string) => fetch(`${url}/ready`);
  const listing = { BUN_OPTIONS: `--preload ${fileURLToPath(new URL('list-modules.ts', import.meta.url))}` };
  expect((await drive(ready, listing)).errors).toContain('/@opentelemetry/sdk-');
  const untraced = await drive(ready, { ...listing, OTEL_EXPORTER_OTLP_ENDPOINT: '' });
  expect(untraced.errors).not.toContain('/@opentelemetry/sdk-');
  expect(untraced.errors).toContain('/node_modules/');
  expect(collector.named('GET /ready')).toHaveLength(1);
});
