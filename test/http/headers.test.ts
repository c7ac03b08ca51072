import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import type { OpenAPIV3 } from 'openapi-types';
import { BODY_BYTES_MAX } from '../../src/http/json.ts';
import { given, operationsOf, resolve } from '../support/document.ts';
import { signed, withSecret } from '../support/issuer.ts';
import { TestService } from '../support/service.ts';

const ADMIN_TOKEN = 'for-the-operator';
const SHOP = 'https://shop.example';
const OTHER_SHOP = 'http://localhost:8080';
const STRANGER = 'https://shop.example.stranger.example';
const EXPOSED = [
  'retry-after',
  'idempotency-replayed',
  'x-request-id',
  'ratelimit',
  'ratelimit-policy',
  'www-authenticate',
  'allow',
  'content-disposition',
  'etag',
];
const CROWD = 50;
const SEATS = '/v1/concerts/1/schedules/1/seats';

type Named = [what: string, answer: Response];

/** Asks one of everything that the service has an answer to: each operation, each page, each kind of failure. */
async function askAll(service: TestService, extra: Record<string, string> = {}): Promise<Named[]> {
  const answers: Named[] = [];
  const ask = async (method: string, path: string, init: RequestInit = {}): Promise<void> => {
    const headers = { ...extra, ...Object.fromEntries(new Headers(init.headers)) };
    const answer = await fetch(service.url + path, { ...init, method, headers, redirect: 'manual' });
    // A stream would go on.
    await answer.body?.cancel();
    answers.push([`${method} ${path}`, answer]);
  };
  const json = { 'content-type': 'application/json' };
  const document: OpenAPIV3.Document = (await service.get('/swagger/json')).body;
  const token = String(await service.join(1));
  for (const known of ['"x"', '*']) {
    const headers = { 'TOKEN-ID': token, 'If-None-Match': known };
    await ask('GET', SEATS, { headers });
    await ask('HEAD', SEATS, { headers });
  }
  for (const { method, path, operation } of operationsOf(document)) {
    const headers = { 'TOKEN-ID': token, authorization: `Bearer ${ADMIN_TOKEN}` };
    const { content } = given(operation.requestBody ?? { content: {} });
    const { schema } = content['application/json'] ?? {};
    const body = schema === undefined ? {} : { body: JSON.stringify(resolve(document, schema).example) };
    const init = { headers: { ...json, ...headers }, ...body };
    const right = path.replaceAll(/\{\w+\}/g, '1');
    await ask(method, right, init);
    await ask(method, path.replaceAll(/\{\w+\}/g, '999999'), init);
    await ask(method, path.replaceAll(/\{\w+\}/g, 'x'), init);
    await ask(method, right, { ...body, headers: body.body === undefined ? {} : json });
    if (method === 'GET') await ask('HEAD', right, { headers });
    await ask('PUT', right);
    await ask('OPTIONS', right);
  }
  for (const path of [
    '',
    '/json',
    '/start.js',
    '/swagger-ui.css',
    '/swagger-ui-bundle.js',
    '/favicon-32x32.png',
  ]) {
    await ask('GET', `/swagger${path}`);
    await ask('HEAD', `/swagger${path}`);
    await ask('POST', `/swagger${path}`);
  }
  await ask('GET', '/');
  await ask('GET', '/v1/nothing');
  await ask('GET', '/v1/admin/nothing');
  const recharge = '/v1/balance/users/1/recharge';
  await ask('POST', recharge, { body: 'a'.repeat(BODY_BYTES_MAX + 1), headers: json });
  await ask('POST', recharge, { body: '{"amount":1}', headers: { 'content-type': 'text/plain' } });
  for (const amount of [1, 1, 2]) {
    const headers = { ...json, 'Idempotency-Key': 'twice-with-another-body' };
    await ask('POST', recharge, { body: JSON.stringify({ amount }), headers });
  }
  const left = { 'TOKEN-ID': String(await service.join(2)) };
  const stream = '/v1/queue-status/users/2/stream';
  await ask('DELETE', '/v1/queue-tokens/users/2', { headers: left });
  const [id = ''] =
    /^id: (.*)$/m.exec(await (await fetch(service.url + stream, { headers: left })).text())?.slice(1) ?? [];
  await ask('GET', stream, { headers: { ...left, 'Last-Event-ID': id } });
  const crowd = Array.from({ length: CROWD }, () =>
    ask('POST', recharge, { body: '{"amount":1}', headers: json }),
  );
  await Promise.all(crowd);
  return answers;
}

/** Which answers have not just this value of a header; null is for none. */
const without = (answers: readonly Named[], header: string, value: string | null): string[] =>
  answers
    .filter(([, answer]) => answer.headers.get(header) !== value)
    .map(([what, { status, headers }]) => `${what}: ${status}, ${header} ${headers.get(header)}`);

/** The answers that tell of a state which a client may keep, as long as it asks whether it is still so. */
const ofState = (answers: readonly Named[]): Named[] =>
  answers.filter(([what, { status }]) => what.endsWith(` ${SEATS}`) && status < 400);

const ofNoState = (answers: readonly Named[]): Named[] => {
  const kept = ofState(answers);
  return answers.filter((named) => !kept.includes(named));
};

const crossOrigin = (answers: readonly Named[]): string[] =>
  answers.flatMap(([, { headers }]) =>
    [...headers.keys()].filter((name) => name.startsWith('access-control-')),
  );

const start = (origins?: string) =>
  TestService.start({
    environment: {
      ADMIN_TOKEN,
      MAILBOX_MAX: '1',
      ...(origins === undefined ? {} : { CORS_ORIGINS: origins }),
    },
  });

describe('every answer', () => {
  let service: TestService;
  let answers: Named[];
  beforeAll(async () => {
    service = await start();
    answers = await askAll(service, { origin: SHOP });
  });
  afterAll(() => service.stop());

  test('is kept by no cache, and taken for what it says it is; whatever it is', () => {
    expect(without(ofNoState(answers), 'cache-control', 'no-store')).toEqual([]);
    expect(without(answers, 'x-content-type-options', 'nosniff')).toEqual([]);
    const statuses = new Set(answers.map(([, { status }]) => status));
    expect([...statuses].sort()).toEqual([200, 204, 304, 400, 401, 404, 405, 413, 415, 422, 503]);
    expect(answers.length).toBeGreaterThan(150);
  });

  test('that is a map of seats is kept by who asked alone, and has a tag to ask again with', () => {
    const kept = ofState(answers);
    expect(kept.length).toBeGreaterThanOrEqual(4);
    expect(without(kept, 'cache-control', 'private, no-cache')).toEqual([]);
    for (const [, { headers }] of kept) expect(headers.get('etag')).toMatch(/^W\/"/);
    expect(without(ofNoState(answers), 'etag', null)).toEqual([]);
  });

  test('that a text or a JSON is says how it is written, also where the headers are merged', () => {
    const json = answers.filter(([what]) => / \/v1\/|\/json$/.test(what) && !/^HEAD/.test(what));
    const others = json.filter(
      ([, { status, headers }]) =>
        ![204, 304].includes(status) &&
        !/^(application\/json|text\/(event-stream|csv))/.test(headers.get('content-type') ?? ''),
    );
    expect(others).toEqual([]);
  });

  test('to one who is no operator says what credential it wants, with and without a body', () => {
    const refused = answers.filter(
      ([what, { status }]) => /^(GET|POST|PATCH) \/v1\/admin/.test(what) && status === 401,
    );
    expect(refused.length).toBeGreaterThan(20);
    expect(without(refused, 'www-authenticate', 'Bearer realm="seatline"')).toEqual([]);
  });

  test('is for pages of the service only, unless others are named', () => {
    expect(crossOrigin(answers)).toEqual([]);
    expect(without(answers, 'vary', null)).toEqual([]);
  });

  test('with a page of the documentation says what that page may do, and to whom it belongs', async () => {
    const { headers } = await fetch(`${service.url}/swagger`);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    // No other answer is a page.
    const pages = answers.filter(([, answer]) => answer.headers.get('content-type')?.startsWith('text/html'));
    for (const [what] of pages) expect(what).toMatch(/^(GET|HEAD) \/swagger$/);
  });
});

const preflight = (service: TestService, origin: string, path = '/v1/balance/users/1/recharge') =>
  fetch(service.url + path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });

const listOf = (answer: Response, header: string): string[] =>
  (answer.headers.get(header) ?? '').toLowerCase().split(', ');

describe('where origins are named', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await start(`${SHOP}, ${OTHER_SHOP}`);
  });
  afterAll(() => service.stop());

  for (const origin of [SHOP, OTHER_SHOP]) {
    test(`a page of ${origin} can read every answer, also a failure, and the headers that tell when to come again`, async () => {
      const answers = await askAll(service, { origin });
      expect(without(answers, 'access-control-allow-origin', origin)).toEqual([]);
      expect(without(answers, 'access-control-allow-credentials', null)).toEqual([]);
      expect(without(answers, 'vary', 'Origin')).toEqual([]);
      expect(without(ofNoState(answers), 'cache-control', 'no-store')).toEqual([]);
      expect(without(ofState(answers), 'cache-control', 'private, no-cache')).toEqual([]);
      for (const [, answer] of answers) {
        expect(listOf(answer, 'access-control-expose-headers')).toEqual(expect.arrayContaining(EXPOSED));
      }
      expect(new Set(answers.map(([, { status }]) => status))).toContain(503);
    });
  }

  test('a page of another origin can read none, and caches are told that it depends on the origin', async () => {
    for (const origin of [
      STRANGER,
      SHOP.replace('https', 'http'),
      `${SHOP}:8443`,
      `${SHOP},${OTHER_SHOP}`,
      'null',
      '*',
    ]) {
      const answer = await fetch(`${service.url}/v1/concerts`, { headers: { origin } });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(answer.headers.get('vary')).toBe('Origin');
      const refused = await preflight(service, origin);
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([405, null]);
      expect(refused.headers.get('access-control-allow-headers')).toBeNull();
    }
    const { headers } = await fetch(`${service.url}/v1/concerts`);
    expect([headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([null, 'Origin']);
  });

  test('a page that asks first is told what it may send', async () => {
    for (const path of ['/v1/balance/users/1/recharge', '/v1/nothing']) {
      const answer = await preflight(service, SHOP, path);
      expect([answer.status, await answer.text()]).toEqual([204, '']);
      expect(answer.headers.get('access-control-allow-origin')).toBe(SHOP);
      expect(listOf(answer, 'access-control-allow-methods')).toEqual(['get', 'post', 'patch', 'delete']);
      expect(listOf(answer, 'access-control-allow-headers').sort()).toEqual([
        'authorization',
        'content-type',
        'idempotency-key',
        'if-none-match',
        'last-event-id',
        'token-id',
        'x-request-id',
      ]);
      expect(answer.headers.get('access-control-max-age')).toBe('3600');
      expect(answer.headers.get('vary')).toBe('Origin');
    }
  });

  test('an OPTIONS that asks for nothing is a method that no route has', async () => {
    const answer = await fetch(`${service.url}/v1/concerts`, {
      method: 'OPTIONS',
      headers: { origin: SHOP },
    });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

test('a page can read that it is refused for who asks, for how often, and for a fault of ours', async () => {
  const secret = 'a-secret-of-at-least-thirty-two-bytes';
  const service = await TestService.start({
    environment: {
      CORS_ORIGINS: SHOP,
      AUTH_JWT_SECRET: secret,
      RATE_LIMIT: 'on',
      RATE_GUESSES_PER_ADDRESS: '1',
    },
  });
  const authorization = `Bearer ${signed({ alg: 'HS256' }, { sub: '1', exp: 4e9 }, withSecret(secret))}`;
  const answers: Named[] = [];
  const ask = async (userId: number, headers: Record<string, string>, method = 'GET'): Promise<void> => {
    const path = method === 'GET' ? `/v1/balance/users/${userId}` : `/v1/queue-tokens/users/${userId}`;
    const answer = await fetch(service.url + path, { method, headers: { origin: SHOP, ...headers } });
    answers.push([`${method} ${path}`, answer]);
  };
  await ask(1, { authorization });
  await ask(2, { authorization });
  for (let time = 0; time < 11; time++) await ask(1, {});
  const other = createClient({ url: service.databaseUrl });
  const lock = await other.transaction('write');
  await ask(1, { authorization }, 'POST');
  await lock.rollback();
  other.close();
  await ask(1, { authorization }, 'POST');
  expect([...new Set(answers.map(([, { status }]) => status))]).toEqual([200, 403, 401, 429, 500]);
  expect(without(answers, 'access-control-allow-origin', SHOP)).toEqual([]);
  expect(without(answers, 'vary', 'Origin')).toEqual([]);
  expect(without(answers, 'cache-control', 'no-store')).toEqual([]);
  expect(without(answers, 'x-content-type-options', 'nosniff')).toEqual([]);
  expect(without(answers, 'x-request-id', null)).toHaveLength(answers.length);
  for (const [, answer] of answers) {
    expect(listOf(answer, 'access-control-expose-headers')).toEqual(expect.arrayContaining(EXPOSED));
  }
  await service.stop();
});

test('where every origin may, none is told apart, and no credentials of a browser are taken', async () => {
  const service = await start('*');
  const answers = await askAll(service, { origin: STRANGER });
  expect(without(answers, 'access-control-allow-origin', '*')).toEqual([]);
  expect(without(answers, 'access-control-allow-credentials', null)).toEqual([]);
  expect(without(answers, 'vary', null)).toEqual([]);
  expect((await preflight(service, STRANGER)).status).toBe(204);
  await service.stop();
});

test('where none is named, a page that asks first is refused like any other unknown method', async () => {
  const service = await start();
  const answer = await preflight(service, SHOP);
  expect([answer.status, crossOrigin([['preflight', answer]])]).toEqual([405, []]);
  await service.stop();
});
