import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OpenAPIV3 } from 'openapi-types';
import openapiTypes, { astToString } from 'openapi-typescript';
import { Auditor } from '../../src/admin/auditor.ts';
import { createApp } from '../../src/app.ts';
import { Catalogue } from '../../src/concerts/catalogue.ts';
import { NO_LIMITS } from '../../src/http/rate-limits.ts';
import { timeReader, timeWriter } from '../../src/http/time.ts';
import { MemoryKv } from '../../src/kv/memory.ts';
import { StatusStreams } from '../../src/queue/status-streams.ts';
import { Records } from '../../src/store/records.ts';
import {
  type Described,
  differences,
  given,
  operationsOf,
  parametersOf,
  pathPattern,
  resolve,
  type Schema,
} from '../support/document.ts';
import { EventReader } from '../support/event-reader.ts';
import { type Answer, type CallOptions, TestLog, TestService } from '../support/service.ts';
import { TestClock } from '../support/test-clock.ts';

/** A tool of its own process starts cold, and the machine may be busy. */
const TOOL_MS_MAX = 60_000;

const EVENTS = 'text/event-stream';
const PLAIN = 'text/plain';
const CSV = 'text/csv';

const ADMIN_TOKEN = 'for-the-operator';

let service: TestService;
let document: OpenAPIV3.Document;
let operations: Described[];
/** Where the tools find the document, and the packages of the project. */
let folder: string;

beforeAll(async () => {
  service = await TestService.start({ environment: { ADMIN_TOKEN } });
  document = (await service.get('/swagger/json')).body;
  operations = operationsOf(document);
  folder = mkdtempSync(join(tmpdir(), 'seatline-document-'));
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
  await Bun.write(join(folder, 'openapi.json'), JSON.stringify(document, null, 2));
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

describe('the page', () => {
  test('and all that it loads are served by the service', async () => {
    const page = await fetch(`${service.url}/swagger`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const links = [...(await page.text()).matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) =>
      String(link),
    );
    expect(links).toHaveLength(4);
    for (const link of links) {
      expect(link).toStartWith('/swagger/');
      const answer = await fetch(service.url + link);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^(text\/(css|javascript)|image\/png)/);
    }
    // Anywhere but on localhost the page would otherwise have the document checked by a host of its makers'.
    expect(await (await fetch(`${service.url}/swagger/start.js`)).text()).toContain('validatorUrl: null');
  });
});

describe('the document', () => {
  test(
    "is OpenAPI 3, and redocly's recommended rules find no error in it",
    async () => {
      expect(document.openapi).toStartWith('3.');
      const { totals, problems } = await lint();
      expect(totals.errors).toBe(0);
      // The rule asks for a refusal of every operation; one that takes no input has nothing to refuse.
      const warned = problems.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`);
      expect(warned).toEqual([
        'operation-4xx-response #/paths/~1v1~1concerts/get/responses',
        'operation-4xx-response #/paths/~1health/get/responses',
        'operation-4xx-response #/paths/~1ready/get/responses',
        'operation-4xx-response #/paths/~1metrics/get/responses',
      ]);
    },
    TOOL_MS_MAX,
  );

  test('has every route of the service under /v1, and no other', () => {
    const unreachable = () => {
      throw new Error('listing the routes serves no request');
    };
    const clock = new TestClock();
    const desk = {
      submit: unreachable,
      turnAway: unreachable,
      reservationsOf: unreachable,
      reservation: unreachable,
    };
    const writeTime = timeWriter('UTC');
    const { routes } = createApp({
      desk,
      streams: new StatusStreams({
        desk,
        opened: Promise.resolve(),
        clock,
        alarm: clock.alarm,
        writeTime,
        streamsMax: 1,
        log: { error() {} },
      }),
      catalogue: new Catalogue(new MemoryKv(clock)),
      writeTime,
      rateLimits: NO_LIMITS,
      idPrefix: () => 'x',
      readTime: timeReader('UTC'),
      auditor: new Auditor(),
      records: new Records(() => Promise.resolve()),
      adminToken: undefined,
      userTokens: undefined,
      corsOrigins: [],
      log: new TestLog(),
      metrics: { text: unreachable },
      swaggerAsset: unreachable,
    });
    const served = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const inApi = (route: string) => route.includes(' /v1/');
    const documented = operations.map(({ method, path }) => `${method} ${path}`);
    expect(documented.filter(inApi).sort()).toEqual(served.filter(inApi).sort());
    expect(documented.filter(inApi).length).toBeGreaterThanOrEqual(9);
  });

  test('gives every operation a summary, a tag that it explains, and an operationId of its own', () => {
    const tags = document.tags?.map(({ name }) => name);
    for (const { operation } of operations) {
      expect(operation.summary).toMatch(/^[A-Z].{5,}[^.]$/);
      expect(operation.tags).toHaveLength(1);
      expect(tags).toContain(operation.tags?.[0]);
      // The plugin would make one out of method and path, such as `postV1BalanceUsersByUserIdRecharge`.
      expect(operation.operationId).toMatch(/^[a-z]+([A-Z][a-z]+)+$/);
    }
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  test('shows an example for each status of each operation, in JSON alone, as an event, as a text or as a table', () => {
    for (const { operation } of operations) {
      const statuses = Object.keys(operation.responses);
      expect(statuses).toContain('200');
      // All but one reach for what can break.
      if (operation.operationId !== 'getHealth') expect(statuses).toContain('500');
      for (const status of statuses) {
        const response = responseOf(operation, status);
        if (status === '204' || status === '304') {
          expect(response.content).toBeUndefined();
          continue;
        }
        if (response.content?.[EVENTS] !== undefined) {
          expect(eventsOf(response).example).toMatch(/^id: .*\ndata: \{.*\}\n\n$/);
          continue;
        }
        if (response.content?.[PLAIN] !== undefined) {
          expect(textOf(response).example).toEqual(expect.any(String));
          continue;
        }
        if (response.content?.[CSV] !== undefined) {
          expect(response.content[CSV].example).toMatch(/^(\w+,)+\w+\r\n([\w:-]*,)+[\w:-]+\r\n$/);
          continue;
        }
        const { example, examples } = jsonOf(response);
        const values = examples === undefined ? [example] : Object.values(examples).map(exampleValue);
        expect(values).not.toBeEmpty();
        if (status === '200') expect(values).toEqual([expect.anything()]);
        else for (const value of values) expect(value).toMatchObject({ code: Number(status) });
      }
    }
  });

  test('shows an example of each body, which the page fills in', () => {
    const withBody = operations.filter(({ operation }) => hasJsonBody(operation));
    expect(withBody.map(({ operation }) => operation.operationId)).toEqual(
      expect.arrayContaining(['reserveSeats', 'payReservation', 'rechargeBalance']),
    );
    for (const { operation } of withBody) {
      const schema = resolve(document, bodySchemaOf(operation));
      expect(differences(document, schema, schema.example)).toEqual([]);
    }
  });

  test('calls every number an integer, never a union with text', () => {
    const unions: string[] = [];
    const types = new Set<string>();
    JSON.parse(JSON.stringify(document), (key, value: unknown) => {
      if (['anyOf', 'oneOf', 'allOf'].includes(key)) unions.push(JSON.stringify(value));
      if (key === 'type' && typeof value === 'string') types.add(value);
      return value;
    });
    expect(unions).toEqual([]);
    expect(types).toContain('integer');
    expect(types).not.toContain('number');
    const numbers = operations
      .flatMap(({ operation }) => parametersOf(operation))
      .filter(({ name }) => /Id$|^TOKEN-ID$|^(limit|before)$/.test(name));
    expect(numbers.length).toBeGreaterThan(operations.length);
    for (const { schema } of numbers) expect(schema).toMatchObject({ type: 'integer', format: 'int64' });
  });

  test('spells the header TOKEN-ID wherever a token is asked for', () => {
    const asking = operations.filter(({ operation }) =>
      parametersOf(operation).some(({ name, required }) => name === 'TOKEN-ID' && required === true),
    );
    expect(asking.map(({ operation }) => operation.operationId).sort()).toEqual([
      'getQueueStatus',
      'leaveQueue',
      'listSchedules',
      'listSeats',
      'payReservation',
      'reserveSeats',
    ]);
    const headers = operations
      .flatMap(({ operation }) => parametersOf(operation))
      .filter(({ name, in: place }) => place === 'header' && /token/i.test(name));
    // A stream may be asked for with the token in the query.
    expect(headers.filter(({ required }) => required !== true)).toHaveLength(1);
    expect(headers).toHaveLength(asking.length + 1);
  });

  test('tells of a limit where it is counted how often one asks, or asks with a wrong token, and nowhere else', () => {
    for (const { method, path, operation } of operations) {
      const { 200: success, 401: refusal, 429: limited } = operation.responses;
      const isCounted = /^POST .*(queue-tokens|recharge)/.test(`${method} ${path}`);
      expect([path, limited !== undefined]).toEqual([path, isCounted || refusal !== undefined]);
      const told = [...(isCounted ? [success] : []), refusal, limited].filter((r) => r !== undefined);
      for (const response of told) {
        expect(Object.keys(given(response).headers ?? {})).toEqual(
          expect.arrayContaining(['RateLimit', 'RateLimit-Policy']),
        );
      }
      if (limited !== undefined) expect(given(limited).headers).toContainKey('Retry-After');
    }
  });

  test("asks for the operator's token under /v1/admin, and nowhere else", () => {
    expect(document.components?.securitySchemes).toMatchObject({
      operator: { type: 'http', scheme: 'bearer', description: expect.any(String) },
    });
    const asking = operations.filter(({ operation }) => isAsked(operation, 'operator'));
    expect(asking.map(({ path }) => path)).toEqual(
      operations.map(({ path }) => path).filter((path) => path.startsWith('/v1/admin/')),
    );
    for (const { operation } of asking) expect(operation.security).toEqual([{ operator: [] }]);
  });

  test("shows where a user's JWT may be asked for, and what is answered without it", () => {
    expect(document.components?.securitySchemes).toMatchObject({
      user: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: expect.any(String) },
    });
    const asking = operations.filter(({ operation }) => isAsked(operation, 'user'));
    const others = operations.filter(({ operation }) => operation.security === undefined);
    expect(others.map(({ operation }) => operation.operationId).sort()).toEqual([
      'getHealth',
      'getMetrics',
      'getReadiness',
      'listConcerts',
      'listSchedules',
      'listSeats',
    ]);
    expect(asking.length).toBeGreaterThanOrEqual(11);
    for (const { operation } of asking) {
      expect(operation.security).toEqual([{}, { user: [] }]);
      const refusals = [401, 403].map(
        (status) => jsonOf(responseOf(operation, String(status))).examples ?? {},
      );
      expect(refusals.map((examples) => Object.values(examples).map(exampleValue))).toEqual([
        expect.arrayContaining([{ code: 401, message: 'unauthorized' }]),
        [{ code: 403, message: 'forbidden' }],
      ]);
    }
  });

  test('tells each answer exactly: no key more, none less, each of its type', async () => {
    const checked = new Set<string>();
    const check = async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
      const answer = await service.call(method, path, options);
      const [bare = ''] = path.split('?');
      const { operation } = find(method, bare);
      const { schema } = jsonOf(responseOf(operation, '200'));
      expect({
        path,
        status: answer.status,
        differences: differences(document, schema, answer.body),
      }).toEqual({
        path,
        status: 200,
        differences: [],
      });
      // An empty list would prove nothing of its items.
      expect(JSON.stringify(answer.body)).not.toContain('[]');
      checked.add(String(operation.operationId));
      return answer;
    };
    const buyer = await check('POST', '/v1/queue-tokens/users/1');
    const token: number = buyer.body.tokenId;
    await check('GET', '/v1/queue-tokens/users/1');
    await check('GET', '/v1/queue-status/users/1', { token });
    const stream = await EventReader.open(`${service.url}/v1/queue-status/users/1/stream?tokenId=${token}`);
    const { operation: streaming } = find('GET', '/v1/queue-status/users/1/stream');
    expect(eventsOf(responseOf(streaming, '200')).schema).toMatchObject({ type: 'string' });
    const { operation: polling } = find('GET', '/v1/queue-status/users/1');
    const { schema: polled } = jsonOf(responseOf(polling, '200'));
    expect(differences(document, polled, (await stream.event()).data)).toEqual([]);
    checked.add(String(streaming.operationId));
    stream.close();
    await check('GET', '/v1/concerts');
    await check('GET', '/v1/concerts/1/schedules', { token });
    const bought = await check('POST', '/v1/reservations', { token, body: bodyExample('reserveSeats') });
    const { reservationId } = bought.body;
    await check('GET', '/v1/concerts/1/schedules/1/seats', { token });
    await check('POST', '/v1/balance/users/1/recharge', { body: bodyExample('rechargeBalance') });
    await check('POST', '/v1/payments/users/1', { token, body: { reservationId } });
    await check('GET', '/v1/balance/users/1');
    const other = await service.join(2);
    const seats = { userId: 2, concertId: 1, scheduleId: 1, seatIds: [1, 2] };
    const held = await check('POST', '/v1/reservations', { token: other, body: seats });
    await check('DELETE', `/v1/reservations/${held.body.reservationId}/users/2`);
    await check('GET', '/v1/reservations/users/2');
    await check('DELETE', '/v1/queue-tokens/users/2', { token: other });
    await check('GET', '/health');
    await check('GET', '/ready');
    const { operation: measuring } = find('GET', '/metrics');
    expect(textOf(responseOf(measuring, '200')).schema).toMatchObject({ type: 'string' });
    expect((await service.get('/metrics')).body).toContain('seatline_waiting_users 0\n');
    checked.add(String(measuring.operationId));
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const operate = (method: string, path: string, body?: unknown) =>
      check(method, `/v1/admin${path}`, { headers, body });
    await operate('GET', '/audit');
    const { concertId } = (await operate('POST', '/concerts', bodyExample('createConcert'))).body;
    await operate('PATCH', `/concerts/${concertId}`, bodyExample('renameConcert'));
    const dates = `/concerts/${concertId}/schedules`;
    const { scheduleId, firstSeatId } = (await operate('POST', dates, bodyExample('createSchedule'))).body;
    await operate('PATCH', `/schedules/${scheduleId}`, bodyExample('changeSchedule'));
    await operate('PATCH', `/schedules/${scheduleId}/seats`, { seatIds: [firstSeatId], price: 1 });
    await operate('GET', `/schedules/${scheduleId}/sales`);
    await operate('POST', `/concerts/${concertId}/cancel`);
    await operate('GET', '/queue');
    await operate('PATCH', '/queue', bodyExample('changeQueue'));
    await operate('POST', '/users', {});
    const lines = '{"userId": 1}\n{}\n';
    const asLines = { ...headers, 'content-type': 'application/x-ndjson' };
    await check('POST', '/v1/admin/users/import', { headers: asLines, body: lines });
    await operate('GET', '/users');
    await operate('GET', '/users?limit=1');
    await service.join(1);
    await operate('GET', '/users/1');
    await operate('GET', `/reservations/${reservationId}`);
    await operate('POST', `/reservations/${reservationId}/refund`);
    await operate('GET', '/concerts');
    await operate('GET', '/concerts/1/schedules');
    await operate('GET', '/events');
    for (const [report, query] of [
      ['sales', '?scheduleId=1'],
      ['ledger', ''],
    ]) {
      const path = `/v1/admin/reports/${report}.csv`;
      const { operation } = find('GET', path);
      const { content } = responseOf(operation, '200');
      const answer = await fetch(service.url + path + query, { headers });
      expect(answer.headers.get('content-type')).toBe(`${CSV}; charset=utf-8`);
      const [columns] = String(content?.[CSV]?.example).split('\r\n');
      expect((await answer.text()).split('\r\n')[0]).toBe(String(columns));
      checked.add(String(operation.operationId));
    }
    expect([...checked].sort()).toEqual(
      operations.map(({ operation }) => String(operation.operationId)).sort(),
    );
  });

  test('names every refusal of a wrong id, token or body in its own words', async () => {
    const seen = new Set<number>();
    for (const { method, path, operation } of operations) {
      for (const [url, options] of await wrongRequests(path, operation)) {
        const { status, body } = await service.call(method, url, options);
        if (status === 200) continue;
        seen.add(status);
        const { examples = {} } = jsonOf(responseOf(operation, String(status)));
        expect(Object.values(examples).map(exampleValue)).toContainEqual(body);
      }
    }
    expect([...seen].sort()).toEqual([400, 401, 404, 413, 415]);
    expect(service.log.errors).toEqual([]);
  });
});

describe('a client made from the document by openapi-typescript', () => {
  test(
    'compiles, with each wrong type found',
    async () => {
      await writeClient();
      expect(await compile()).toEqual({ exitCode: 0, output: '' });
    },
    TOOL_MS_MAX,
  );

  test('buys seats', async () => {
    await writeClient();
    const { buy } = await import(join(folder, 'client.ts'));
    expect(await buy(service.url, 3)).toEqual({
      paymentId: expect.any(Number),
      amount: 41_000,
      paymentStatus: 'COMPLETED',
    });
  });
});

/**
 * A client as its author would write it. The line after each `@ts-expect-error` has a wrong type: were it not one for the
 * compiler, the compiler would call the comment an error, so types that say nothing do not pass.
 */
const CLIENT = `import createClient from 'openapi-fetch';
import type { components, paths } from './api.d.ts';

type Payment = components['schemas']['Payment'];

export async function buy(baseUrl: string, userId: number): Promise<Payment | undefined> {
  const client = createClient<paths>({ baseUrl });
  const path = { userId };
  const token = await client.POST('/v1/queue-tokens/users/{userId}', { params: { path } });
  if (token.data === undefined) throw new Error(token.error.message);
  const header = { 'TOKEN-ID': token.data.tokenId };
  const held = await client.POST('/v1/reservations', {
    params: { header },
    body: { userId, concertId: 1, scheduleId: 1, seatIds: [20, 21] },
  });
  if (held.data === undefined) throw new Error(held.error.message);
  await client.POST('/v1/balance/users/{userId}/recharge', {
    params: { path },
    body: { amount: held.data.totalPrice },
  });
  const paid = await client.POST('/v1/payments/users/{userId}', {
    params: { path, header },
    body: { reservationId: held.data.reservationId },
  });
  return paid.data;
}

export async function mistake(baseUrl: string): Promise<void> {
  const client = createClient<paths>({ baseUrl });
  await client.POST('/v1/balance/users/{userId}/recharge', {
    params: { path: { userId: 1 } },
    // @ts-expect-error
    body: { amount: '50000' },
  });
  await client.GET('/v1/queue-status/users/{userId}', {
    // @ts-expect-error
    params: { path: { userId: 1 }, header: { 'TOKEN-ID': '1' } },
  });
  const found = await client.GET('/v1/balance/users/{userId}', { params: { path: { userId: 1 } } });
  // @ts-expect-error
  const amount: string | undefined = found.data?.currentAmount;
  console.log(amount);
}
`;

const COMPILER = {
  compilerOptions: {
    target: 'ESNext',
    module: 'Preserve',
    lib: ['ESNext', 'DOM', 'DOM.Iterable'],
    types: [],
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
  },
  files: ['client.ts', 'api.d.ts'],
};

async function writeClient(): Promise<void> {
  const types = await openapiTypes(JSON.stringify(document));
  await Bun.write(join(folder, 'api.d.ts'), astToString(types));
  await Bun.write(join(folder, 'client.ts'), CLIENT);
  await Bun.write(join(folder, 'tsconfig.json'), JSON.stringify(COMPILER));
}

async function compile(): Promise<{ exitCode: number; output: string }> {
  const { exitCode, stdout } = await runTool('typescript', 'bin/tsc', [
    '--project',
    '.',
    '--pretty',
    'false',
  ]);
  return { exitCode, output: stdout };
}

interface Lint {
  readonly totals: { readonly errors: number };
  readonly problems: readonly {
    readonly ruleId: string;
    readonly location: readonly { pointer: string }[];
  }[];
}

async function lint(): Promise<Lint> {
  const options = ['lint', 'openapi.json', '--extends=recommended', '--format=json', '--max-problems=1000'];
  // Without these the tool would ask its maker's host for news, and tell it what it was used for.
  const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const { stdout, stderr } = await runTool('@redocly/cli', 'bin/cli.js', options, quiet);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Runs a package's program in Bun, so that a machine without Node can run it too. */
async function runTool(name: string, program: string, options: string[], environment = {}) {
  const home = dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
  const child = Bun.spawn([process.execPath, join(home, program), ...options], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, exitCode };
}

/** Requests that an operation has a reason to refuse; some find nothing wrong where it does not look at the token. */
async function wrongRequests(path: string, operation: OpenAPIV3.OperationObject) {
  const unknown = 999_999;
  const token = await service.join(1);
  const withIds = (id: (name: string) => number | string) =>
    path.replaceAll(/\{(\w+)\}/g, (_, name) => String(id(name)));
  const right = withIds(() => 1);
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const requests: [path: string, options: CallOptions][] = [
    [right, { token: unknown }],
    [right, {}],
    ...names.flatMap((wrong): [string, CallOptions][] => [
      [withIds((name) => (name === wrong ? unknown : 1)), { token }],
      [withIds((name) => (name === wrong ? 'x' : 1)), { token }],
    ]),
  ];
  if (!hasJsonBody(operation)) return requests;
  const { example } = resolve(document, bodySchemaOf(operation));
  const deep = '['.repeat(100) + ']'.repeat(100);
  const bodies: unknown[] = ['', '{', '[]', '{}', '{"a":1,"a":2}', deep, ' '.repeat(2 ** 16 + 1)];
  for (const [name, value] of Object.entries(example)) {
    bodies.push(
      { ...example, [name]: Array.isArray(value) ? [unknown] : unknown },
      { ...example, [name]: 'x' },
    );
  }
  for (const body of bodies) requests.push([right, { token, body }]);
  requests.push([right, { token, body: example, headers: { 'content-type': 'text/plain' } }]);
  return requests;
}

function isAsked({ security = [] }: OpenAPIV3.OperationObject, scheme: string): boolean {
  return security.some((asked) => scheme in asked);
}

function find(method: string, path: string): Described {
  const found = operations.find(
    (described) => described.method === method && pathPattern(described).test(path),
  );
  if (found === undefined) throw new Error(`${method} ${path} is not in the document`);
  return found;
}

function responseOf({ operationId, responses }: OpenAPIV3.OperationObject, status: string) {
  const response = responses[status];
  if (response === undefined) throw new Error(`${operationId} does not document ${status}`);
  return given(response);
}

/** A stream of events is the other kind of answer. */
function eventsOf({ content = {} }: Pick<OpenAPIV3.ResponseObject, 'content'>): OpenAPIV3.MediaTypeObject {
  expect(Object.keys(content)).toEqual([EVENTS]);
  return content[EVENTS] ?? {};
}

/** And so is a text. */
function textOf({ content = {} }: Pick<OpenAPIV3.ResponseObject, 'content'>): OpenAPIV3.MediaTypeObject {
  expect(Object.keys(content)).toEqual([PLAIN]);
  return content[PLAIN] ?? {};
}

/** The one content type of a response or a body. */
function jsonOf({ content = {} }: Pick<OpenAPIV3.ResponseObject, 'content'>): OpenAPIV3.MediaTypeObject & {
  schema: Schema;
} {
  expect(Object.keys(content)).toEqual(['application/json']);
  const { schema, ...rest } = content['application/json'] ?? {};
  if (schema === undefined) throw new Error('there is no schema');
  return { ...rest, schema };
}

/** One body is lines of JSON, and no schema has a word for them. */
function hasJsonBody({ requestBody }: OpenAPIV3.OperationObject): boolean {
  return requestBody !== undefined && given(requestBody).content['application/json'] !== undefined;
}

function bodySchemaOf({ requestBody }: OpenAPIV3.OperationObject): Schema {
  if (requestBody === undefined) throw new Error('there is no body');
  return jsonOf(given(requestBody)).schema;
}

function bodyExample(operationId: string): unknown {
  const found = operations.find(({ operation }) => operation.operationId === operationId);
  if (found === undefined) throw new Error(`${operationId} is not in the document`);
  return resolve(document, bodySchemaOf(found.operation)).example;
}

function exampleValue(example: OpenAPIV3.ExampleObject | OpenAPIV3.ReferenceObject): unknown {
  return given(example).value;
}
