import { expect, setDefaultTimeout, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { signed, withSecret } from '../support/issuer.ts';
import { inFolder, runToItsEnd, ServiceProcess } from '../support/process.ts';
import { Wire } from '../support/wire.ts';

// Each test starts processes.
setDefaultTimeout(30_000);

const ADMIN_TOKEN = 'an-admin-token-that-is-secret';
const AUTH_TOKEN = 'an-auth-token-that-is-secret';
const KEY = 'an-idempotency-key-that-is-secret';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLWEtand0';
const SHOP = 'https://shop.example';
const FORGED_TOKEN = 8_123_456_789_012_345;
const AMOUNT = 7_654_321;

interface Ask {
  readonly token?: number | string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

test('no token, key, JWT or balance is in what it writes, whatever succeeds, is refused or fails', () =>
  inFolder(async (folder) => {
    const file = `file:${folder}/x.db`;
    const service = await ServiceProcess.start({
      PORT: '0',
      DATABASE_URL: file,
      LOG_LEVEL: 'debug',
      ADMIN_TOKEN,
      DATABASE_AUTH_TOKEN: AUTH_TOKEN,
    });
    const ask = async (method: string, path: string, { token, body, headers = {} }: Ask = {}) => {
      const response = await fetch(service.url + path, {
        method,
        headers: {
          authorization: `Bearer ${JWT}`,
          ...(token === undefined ? {} : { 'TOKEN-ID': String(token) }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream');
      if (isEndless) await response.body?.cancel();
      return { status: response.status, body: isEndless ? '' : await response.text() };
    };
    const keyed = { headers: { 'Idempotency-Key': KEY } };
    const everything = async (token: number | string | undefined): Promise<number[]> => {
      const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
      const asked = [
        await ask('POST', '/v1/queue-tokens/users/1', keyed),
        await ask('GET', '/v1/queue-tokens/users/1'),
        await ask('GET', '/v1/queue-status/users/1', { token }),
        await ask('GET', `/v1/queue-status/users/1/stream?tokenId=${token}`),
        await ask('GET', '/v1/concerts'),
        await ask('GET', '/v1/concerts/1/schedules', { token }),
        await ask('GET', '/v1/concerts/1/schedules/1/seats', { token }),
        await ask('POST', '/v1/balance/users/1/recharge', { body: { amount: AMOUNT } }),
        await ask('GET', '/v1/balance/users/1'),
        await ask('POST', '/v1/reservations', { token, body, ...keyed }),
        await ask('POST', '/v1/payments/users/1', { token, body: { reservationId: 1 }, ...keyed }),
        await ask('GET', '/v1/reservations/users/1'),
        await ask('DELETE', '/v1/reservations/1/users/1'),
        await ask('GET', '/v1/admin/audit', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }),
        await ask('GET', `/v1/admin/${token}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}x` } }),
        await ask('GET', `/${KEY}/${token}?tokenId=${token}`),
        await ask('GET', '/metrics'),
        await ask('GET', '/ready'),
        await ask('GET', '/health'),
      ];
      return asked.map(({ status }) => status);
    };
    const tokenId: number = JSON.parse((await ask('POST', '/v1/queue-tokens/users/1')).body).tokenId;
    const sound = await everything(tokenId);
    expect(sound.filter((status) => status === 200)).toHaveLength(16);
    await everything(FORGED_TOKEN);
    await everything(`${FORGED_TOKEN}x`);
    await everything(undefined);

    // The tables go away under it: now every statement fails, and the errors of Drizzle tell their parameters.
    const database = createClient({ url: file });
    const { rows } = await database.execute("select name from sqlite_master where type = 'table'");
    for (const { name } of rows) {
      if (String(name).startsWith('sqlite_') || name === 'coordinator_state') continue;
      await database.execute(`alter table "${name}" rename to "gone_${name}"`);
    }
    const failed = await everything(FORGED_TOKEN);
    expect(failed.filter((status) => status >= 500).length).toBeGreaterThan(3);
    await ask('POST', '/v1/queue-tokens/users/2', { headers: { 'Idempotency-Key': `${KEY}-2` } });
    database.close();

    const { errors } = await service.end('SIGTERM');
    const output = await service.output;
    // They have been at work.
    expect(output).toContain('"route":"/v1/payments/users/{userId}","status":200');
    expect(errors).toContain('Failed query: ');
    expect(errors).toContain('"stack":"at ');
    for (const secret of [ADMIN_TOKEN, AUTH_TOKEN, KEY, JWT, FORGED_TOKEN, tokenId, AMOUNT, 'params']) {
      expect({ secret, isThere: `${output}${errors}`.includes(String(secret)) }).toEqual({
        secret,
        isThere: false,
      });
    }
    // The first two lines of the output are for people; all other lines are JSON.
    for (const line of `${output.slice(service.banner.length)}${errors}`.trim().split('\n')) JSON.parse(line);
  }));

test('with all that can be switched on, each answer is one line of its route, and none tells what came or went', () =>
  inFolder(async (folder) => {
    const jwtSecret = 'a-jwt-secret-of-at-least-thirty-two-bytes';
    const collectorKey = 'a-key-of-the-collector-that-is-secret';
    const service = await ServiceProcess.start({
      PORT: '0',
      DATABASE_URL: `file:${folder}/x.db`,
      DATABASE_AUTH_TOKEN: AUTH_TOKEN,
      LOG_LEVEL: 'debug',
      ADMIN_TOKEN,
      AUTH_JWT_SECRET: jwtSecret,
      RATE_LIMIT: 'on',
      CORS_ORIGINS: SHOP,
      MAILBOX_MAX: '1',
      // Nobody listens there.
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${collectorKey}`,
    });
    const jwtOf = (userId: number): string =>
      signed({ alg: 'HS256' }, { sub: String(userId), exp: 4e9 }, withSecret(jwtSecret));
    const [jwt, otherJwt] = [jwtOf(1), jwtOf(2)];
    const forged = signed({ alg: 'HS256' }, { sub: '1', exp: 4e9 }, withSecret('another'));
    const operator = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const user = { authorization: `Bearer ${jwt}`, 'Idempotency-Key': KEY };
    const json = { 'content-type': 'application/json' };
    const expected: string[] = [];
    const ask = async (route: string, status: number | number[], init: RequestInit = {}, query = '') => {
      const { method = 'GET' } = init;
      const id = `asked-${expected.push('') - 1}`;
      const path = route === 'none' ? '/none' : route.replaceAll(/\{\w+\}/g, '1');
      const headers = { origin: SHOP, 'X-Request-Id': id, ...Object.fromEntries(new Headers(init.headers)) };
      const response = await fetch(service.url + path + query, { ...init, headers });
      const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
      if (isEndless) await response.body?.cancel();
      expect([status].flat()).toContain(response.status);
      expected[Number(id.slice(6))] = `${method} ${route} ${response.status} ${id}`;
      return isEndless ? '' : response.text();
    };
    const stream = '/v1/queue-status/users/{userId}/stream';
    const joining = '/v1/queue-tokens/users/{userId}';
    const balance = '/v1/balance/users/{userId}';
    const post = { method: 'POST' };

    const joined = await ask(joining, 200, { ...post, headers: user });
    const { tokenId } = JSON.parse(joined);
    const withToken = { ...user, 'TOKEN-ID': String(tokenId) };
    await ask(`${balance}/recharge`, 200, {
      ...post,
      headers: { ...json, ...user, 'Idempotency-Key': `${KEY}-2` },
      body: JSON.stringify({ amount: AMOUNT }),
    });
    await ask(`${balance}/recharge`, 400, { ...post, headers: { ...json, ...user }, body: `{"${AMOUNT}"` });
    expect(await ask(balance, 200, { headers: user })).toContain(String(AMOUNT));
    await ask(stream, 200, { headers: user }, `?tokenId=${tokenId}`);
    await ask('/v1/concerts/{concertId}/schedules/{scheduleId}/seats', 200, { headers: withToken });
    await ask('/v1/reservations', 200, {
      ...post,
      headers: { ...json, ...withToken, 'Idempotency-Key': `${KEY}-3` },
      body: '{"userId":1,"concertId":1,"scheduleId":1,"seatIds":[1]}',
    });
    await ask('/v1/reservations/{reservationId}/users/{userId}', 200, { method: 'DELETE', headers: user });
    await ask(balance, 403, { headers: { authorization: `Bearer ${otherJwt}` } });
    await ask(balance, 200, { method: 'HEAD', headers: user });
    await ask('none', 204, { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } });
    await ask('none', 404, { headers: user }, `?tokenId=${tokenId}`);
    await ask('none', 401, { headers: { authorization: `Bearer ${ADMIN_TOKEN}x` } }, `/../v1/admin/${KEY}`);
    expect(await ask('/v1/admin/users/{userId}', 200, { headers: operator })).toContain(String(tokenId));
    await ask('/v1/admin/users/import', 200, {
      ...post,
      headers: { ...operator, 'content-type': 'application/x-ndjson' },
      body: `{"userId":${FORGED_TOKEN}}\n{"userId":"${KEY}"}\n`,
    });
    await ask('/v1/admin/reports/sales.csv', 200, { headers: operator }, '?scheduleId=1');
    const ledger = await ask('/v1/admin/reports/ledger.csv', 200, { headers: operator });
    expect(ledger).toContain(String(AMOUNT));
    await ask('/v1/admin/concerts', 401, { ...post, headers: { authorization: `Bearer ${ADMIN_TOKEN}x` } });
    await ask('/v1/admin/concerts/{concertId}', 400, {
      method: 'PATCH',
      headers: { ...operator, ...json },
      body: `{"${KEY}":1}`,
    });
    await ask('/metrics', 200);
    const crowd = Array.from({ length: 30 }, () => ask(joining, [200, 503], { ...post, headers: withToken }));
    await Promise.all(crowd);
    const strangers = [];
    for (let time = 0; time < 110; time++) {
      strangers.push(ask(balance, [401, 429], { headers: { authorization: `Bearer ${forged}` } }));
    }
    await Promise.all(strangers);

    // One that goes away in the middle of its body.
    const wire = await Wire.open(service.url);
    await wire.send(
      'POST /v1/reservations HTTP/1.1\r\nHost: a\r\nX-Request-Id: gone\r\nContent-Length: 99\r\n\r\n{',
    );
    await ask('/health', 200);
    wire.close();
    await ask('/ready', 200);

    const { errors } = await service.end('SIGTERM');
    const output = (await service.output).slice(service.banner.length);
    const written = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ method, route, status, requestId }) => `${method} ${route} ${status} ${requestId}`);
    expect(written.filter((line) => !line.endsWith('gone')).sort()).toEqual(expected.sort());
    expect(written.filter((line) => line.endsWith('gone'))).toHaveLength(1);
    for (const status of [204, 401, 403, 404, 429, 503]) {
      expect(written.some((line) => line.includes(` ${status} `))).toBe(true);
    }
    expect(errors).toContain('the collector does not take the spans');
    for (const secret of [
      ...[ADMIN_TOKEN, AUTH_TOKEN, KEY, AMOUNT, FORGED_TOKEN, tokenId, jwtSecret, collectorKey],
      ...[jwt, otherJwt, forged].flatMap((token) => token.split('.').slice(1)),
    ]) {
      expect([secret, `${output}${errors}`.includes(String(secret))]).toEqual([secret, false]);
    }
  }));

test('a request is one line, in the order in which they were answered, and none is lost when it stops', () =>
  inFolder(async (folder) => {
    const service = await ServiceProcess.start({ PORT: '0', DATABASE_URL: `file:${folder}/x.db` });
    for (let number = 1; number <= 500; number++) {
      await fetch(`${service.url}/health`, { headers: { 'X-Request-Id': `request-${number}` } });
    }
    await service.end('SIGTERM');
    const lines = (await service.output).slice(service.banner.length).trim().split('\n');
    const ids = lines.map((line) => JSON.parse(line).requestId);
    expect(ids).toEqual(Array.from({ length: 500 }, (_, index) => `request-${index + 1}`));
    expect(Object.keys(JSON.parse(lines[0] ?? ''))).toEqual([
      'level',
      'time',
      'method',
      'route',
      'status',
      'durationMs',
      'requestId',
    ]);
  }));

for (const [level, lines] of [
  ['info', 1],
  ['warn', 0],
  ['silent', 0],
] as const) {
  test(`at LOG_LEVEL=${level} a request is ${lines} lines`, () =>
    inFolder(async (folder) => {
      const service = await ServiceProcess.start({
        PORT: '0',
        DATABASE_URL: `file:${folder}/x.db`,
        LOG_LEVEL: level,
      });
      await fetch(`${service.url}/health`);
      await service.end('SIGTERM');
      const output = (await service.output).slice(service.banner.length);
      expect(output.match(/\n/g) ?? []).toHaveLength(lines);
    }));
}

test('an output that nobody reads any more spoils no answer', () =>
  inFolder(async (folder) => {
    const environment = { PORT: '0', DATABASE_URL: `file:${folder}/x.db` };
    // Whoever reads it goes away when it has the address.
    const within = ['bash', '-c', 'exec "$@" > >(head -n 2)', 'bash'];
    const service = await ServiceProcess.start(environment, within);
    for (let number = 0; number < 300; number++) {
      expect((await fetch(`${service.url}/health`)).status).toBe(200);
    }
    expect(await service.end('SIGTERM')).toMatchObject({ code: 0 });
  }));

test('a level that is none is refused', async () => {
  const { code, errors } = await runToItsEnd({ LOG_LEVEL: 'loud' });
  expect([code, errors]).toEqual([
    1,
    'LOG_LEVEL="loud" is not allowed: it must be silent, fatal, error, warn, info, debug\n',
  ]);
});
