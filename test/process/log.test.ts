import { expect, setDefaultTimeout, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { inFolder, runToItsEnd, ServiceProcess } from '../support/process.ts';

// Each test starts processes.
setDefaultTimeout(30_000);

const ADMIN_TOKEN = 'an-admin-token-that-is-secret';
const AUTH_TOKEN = 'an-auth-token-that-is-secret';
const KEY = 'an-idempotency-key-that-is-secret';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLWEtand0';
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
