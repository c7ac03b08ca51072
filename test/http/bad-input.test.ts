import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import type { OpenAPIV3 } from 'openapi-types';
import { BODY_BYTES_MAX } from '../../src/http/json.ts';
import { differences, type Schema } from '../support/document.ts';
import { TestService } from '../support/service.ts';
import { type Reply, Wire, type WireRequest } from '../support/wire.ts';

/** A request that succeeds. The bad ones are made from it, each with one thing wrong. */
interface Sound {
  readonly params?: Readonly<Record<string, number>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Its answer does not end, and takes the connection with it. */
  readonly isEndless?: boolean;
  readonly isForOperators?: boolean;
  /** How long its body may be, if not as long as most. */
  readonly bodyBytesMax?: number;
  readonly query?: string;
  /** Bad requests that only this operation knows. */
  readonly more?: readonly Row[];
}

interface Row extends Partial<WireRequest> {
  readonly what: string;
  readonly code: number;
  readonly message: string;
  readonly allow?: readonly string[];
}

const KIB = 1024;
const MIB = 1024 * KIB;
const MAX = Number.MAX_SAFE_INTEGER;
const NOT_ALLOWED = { code: 405, message: 'method not allowed' };
const NOT_FOUND = { code: 404, message: 'not found' };
const TOKEN_HEADER = 'TOKEN-ID';
const ADMIN_TOKEN = 'for-the-operator';
const BEARER = `Bearer ${ADMIN_TOKEN}`;
const WHY = /(?<="message":"invalid \w+): .*(?="\}$)/;
const JSON_TYPE = { 'Content-Type': 'application/json' };

const hold = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [3] };
const reserving = (seatIds: number[]) => JSON.stringify({ ...hold, seatIds });

const OTHER_TYPES = [
  ...words('text/plain text/json application/jsonx application/x-www-form-urlencoded multipart/form-data'),
  ...words('application/json-patch+json */* json 😀'),
  ...['', 'application/ json', 'application/json, text/plain', 'a'.repeat(20 * KIB)],
];

/** Every operation, in an order in which all of these succeed: user 1 is active, and has two holds and 50,000. */
const OPERATIONS: Record<string, Sound> = {
  'POST /v1/queue-tokens/users/{userId}': { params: { userId: 1 } },
  'GET /v1/queue-tokens/users/{userId}': { params: { userId: 1 } },
  'GET /v1/queue-status/users/{userId}': { params: { userId: 1 } },
  'GET /v1/queue-status/users/{userId}/stream': { params: { userId: 1 }, isEndless: true },
  'GET /v1/concerts': {},
  'GET /v1/concerts/{concertId}/schedules': { params: { concertId: 1 } },
  'GET /v1/concerts/{concertId}/schedules/{scheduleId}/seats': { params: { concertId: 1, scheduleId: 1 } },
  'POST /v1/reservations': {
    body: hold,
    more: [
      {
        what: 'eleven seats',
        body: reserving([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
        code: 400,
        message: 'reservation failed',
      },
      { what: 'a repeated seat', body: reserving([3, 4, 3]), code: 400, message: 'reservation failed' },
      { what: 'a seat that is none', body: reserving([3, MAX]), code: 404, message: 'seat not found' },
      {
        what: 'as many seats as fit in a body',
        body: reserving(Array(32_000).fill(3)),
        code: 400,
        message: 'reservation failed',
      },
    ],
  },
  'GET /v1/reservations/users/{userId}': { params: { userId: 1 } },
  'DELETE /v1/reservations/{reservationId}/users/{userId}': { params: { reservationId: 2, userId: 1 } },
  'POST /v1/balance/users/{userId}/recharge': {
    params: { userId: 1 },
    body: { amount: 10 },
    more: [
      {
        what: 'more than the largest recharge',
        body: '{"amount":10000001}',
        code: 400,
        message: 'invalid recharge amount',
      },
    ],
  },
  'GET /v1/balance/users/{userId}': { params: { userId: 1 } },
  'POST /v1/payments/users/{userId}': { params: { userId: 1 }, body: { reservationId: 1 } },
  'DELETE /v1/queue-tokens/users/{userId}': { params: { userId: 1 } },
  'GET /health': {},
  'GET /ready': {},
  'GET /metrics': {},
  'GET /v1/admin/audit': { isForOperators: true },
  'POST /v1/admin/concerts': { body: { concertName: 'Encore' }, isForOperators: true },
  'PATCH /v1/admin/concerts/{concertId}': {
    params: { concertId: 2 },
    body: { concertName: 'Last' },
    isForOperators: true,
  },
  'POST /v1/admin/concerts/{concertId}/schedules': {
    params: { concertId: 2 },
    body: {
      concertAt: '2030-08-04T19:00:00',
      reservationAt: '2026-07-19T10:00:00',
      priceBands: [{ from: 1, to: 5, price: 10 }],
    },
    isForOperators: true,
  },
  'PATCH /v1/admin/schedules/{scheduleId}': {
    params: { scheduleId: 3 },
    body: { closed: true },
    isForOperators: true,
  },
  'PATCH /v1/admin/schedules/{scheduleId}/seats': {
    params: { scheduleId: 3 },
    body: { seatIds: [101], price: 5 },
    isForOperators: true,
    bodyBytesMax: MIB / 4,
  },
  'GET /v1/admin/schedules/{scheduleId}/sales': { params: { scheduleId: 3 }, isForOperators: true },
  'POST /v1/admin/concerts/{concertId}/cancel': { params: { concertId: 2 }, isForOperators: true },
  'GET /v1/admin/queue': { isForOperators: true },
  'PATCH /v1/admin/queue': { body: { maxActive: 500 }, isForOperators: true },
  'POST /v1/admin/users': {
    body: { userId: 1_000 },
    isForOperators: true,
    more: [{ what: 'a user who is there', body: '{"userId":1}', code: 400, message: 'user already exists' }],
  },
  'POST /v1/admin/users/import': {
    isForOperators: true,
    more: [...words('application/json text/plain'), ...OTHER_TYPES].map((type) => ({
      what: `type ${type}`,
      headers: { Authorization: BEARER, 'Content-Type': type },
      body: '{"userId":1000}',
      code: 415,
      message: 'unsupported content type',
    })),
  },
  'GET /v1/admin/users': { isForOperators: true },
  'GET /v1/admin/users/{userId}': { params: { userId: 1 }, isForOperators: true },
  'GET /v1/admin/reservations/{reservationId}': { params: { reservationId: 1 }, isForOperators: true },
  'POST /v1/admin/reservations/{reservationId}/refund': {
    params: { reservationId: 1 },
    isForOperators: true,
    more: [
      {
        what: 'what was not paid',
        target: '/v1/admin/reservations/2/refund',
        code: 400,
        message: 'reservation not paid',
      },
    ],
  },
  'GET /v1/admin/concerts': { isForOperators: true },
  'GET /v1/admin/concerts/{concertId}/schedules': {
    params: { concertId: 1 },
    isForOperators: true,
  },
  'GET /v1/admin/events': { isForOperators: true },
  'GET /v1/admin/reports/sales.csv': {
    query: 'scheduleId=1',
    isForOperators: true,
    more: [
      {
        what: 'no schedule',
        target: '/v1/admin/reports/sales.csv',
        code: 400,
        message: 'invalid scheduleId',
      },
      {
        what: 'a schedule that is none',
        target: '/v1/admin/reports/sales.csv?scheduleId=99',
        code: 404,
        message: 'schedule not found',
      },
    ],
  },
  'GET /v1/admin/reports/ledger.csv': {
    isForOperators: true,
    more: words(
      '2026-7-4T10:00:00 2026-07-04T10:00:00Z 2026-07-04 2026-07-04%2010:00:00 1783126800000 now ' +
        '2026-02-30T10:00:00 2026-07-04T24:00:00',
    ).map((time) => ({
      what: `to ${time}`,
      target: `/v1/admin/reports/ledger.csv?to=${time}`,
      code: 400,
      message: 'invalid to',
    })),
  },
};

const DOCUMENTED = ['get', 'post', 'put', 'patch', 'delete'] as const;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

const BAD_IDS_IN_TEXT = [
  ...words('0 -1 +1 01 1.0 1.5 1e3 1e400 0x1 abc NaN Infinity null true 1,2 1;2'),
  ...words('9007199254740992 9007199254740993 12345678901234567890 -9007199254740993'),
  ...words("%00 1%00 %F0%9F%98%80 😀 １ %EF%BC%91 %zz % 1% %ff 1%20 1'--"),
  'a'.repeat(8 * KIB),
  '1'.repeat(100 * KIB),
];

const BAD_IDS_IN_JSON = words(`
  "1" "" 1.5 0 -0 -1 1e-7 1e400 -1e400 9007199254740992 9007199254740993 1e16 null true false [] [1] {} {"value":1}
`);

const BAD_LISTS_IN_JSON = [
  ...words('[] null 1 "1" "[1]" true {} {"0":3,"length":1} [null] ["3"] [[3]]'),
  ...words('[3,1.5] [3,0] [3,-1] [3,1e400] [3,9007199254740992] [3,{}] [3,null]'),
  `[${'0,'.repeat(32_000)}0]`,
  `[${'"",'.repeat(21_000)}""]`,
  `[${'{},'.repeat(21_000)}{}]`,
];

const BAD_TOKENS = [
  ...words('0 -1 01 1.5 1e3 abc null "1" 😀 9007199254740991 9007199254740992 12345678901234567890'),
  ...['', '1'.repeat(8 * KIB), '1'.repeat(20 * KIB), '1'.repeat(100 * KIB)],
];

const NOT_JSON = [
  ...words('{ {" } \0 {}{} {}, amount=1 <amount>1</amount> 😀 // NaN undefined'),
  ...words('{amount:1} {"amount":NaN} {"amount":01} {"amount":+1} {"amount":1,} {"amount":.5} {"amount":1.}'),
  ...words('{"amount":0x1} {"amount":undefined} {"amount":Infinity} {"a":"\\x"} {"amount":1}/**/'),
  ...[
    ' ',
    '{"a":"\n"}',
    "{'amount':1}",
    '['.repeat(60 * KIB),
    '{"a":'.repeat(12 * KIB),
    `"${'a'.repeat(60 * KIB)}`,
  ],
];

const NO_PATHS = [
  ...words('/ // /v1 /v1/ /v2/concerts /V1/concerts /v1/concert /v1/concerts/1 /v1/queue-tokens/users /.env'),
  ...words(
    '/v1/%00 /%F0%9F%98%80 /😀 /%zz /% /%ff /v1%2Fconcerts /v1/concerts# /v1/concerts; /v1/concerts%3F',
  ),
  ...words('/__proto__ /constructor /swagger.json /swagger/json/'),
  `/${'a'.repeat(100 * KIB)}`,
  '/'.repeat(100 * KIB),
];

interface Operation extends Sound {
  readonly method: string;
  /** With the names of the parameters in braces. */
  readonly path: string;
  readonly inPath: readonly string[];
  readonly inQuery: readonly OpenAPIV3.ParameterObject[];
  readonly hasToken: boolean;
  readonly schema: OpenAPIV3.SchemaObject | undefined;
}

let service: TestService;
let document: OpenAPIV3.Document;
let operations: readonly Operation[];
let token: { readonly mine: number; readonly strangers: number };
let before: string;
let wire: Wire;

beforeAll(async () => {
  service = await TestService.start({ environment: { ADMIN_TOKEN } });
  token = { mine: await service.join(1), strangers: await service.join(2) };
  for (const seatIds of [[1], [2]]) {
    await service.post('/v1/reservations', { token: token.mine, body: { ...hold, seatIds } });
  }
  await service.post('/v1/balance/users/1/recharge', { body: { amount: 50_000 } });
  document = (await service.get('/swagger/json')).body;
  operations = readOperations(document);
  before = await everything();
  wire = await Wire.open(service.url);
});
afterAll(async () => {
  wire.close();
  await service.stop();
});

test('the table has every operation of the service', () => {
  const served = operations.map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys(OPERATIONS).sort()).toEqual(served.sort());
});

for (const name of Object.keys(OPERATIONS)) {
  test(`${name} refuses every bad request in the contract's shape`, async () => {
    const operation = operationOf(name);
    const rows = [
      ...badTargets(operation),
      ...badMethods(operation),
      ...badQueries(operation),
      ...badTokens(operation),
      ...badAuthorizations(operation),
      ...badBodies(operation),
      ...badTypes(operation),
      ...badSizes(operation),
      ...badFields(operation),
      ...(operation.more ?? []),
    ];
    expect(rows.length).toBeGreaterThan(10);
    expect(await wrongAnswers(rows, operation)).toEqual([]);
  });
}

test('a path that is none is not found, whatever it holds and whatever comes with it', async () => {
  const rows = NO_PATHS.flatMap((target): Row[] => [
    { what: target, method: 'GET', target, ...NOT_FOUND },
    { what: target, method: 'POST', target, headers: JSON_TYPE, body: '{"amount":1}', ...NOT_FOUND },
    { what: target, method: 'HEAD', target, ...NOT_FOUND },
  ]);
  const large = { method: 'POST', target: '/v1/nothing', headers: JSON_TYPE, body: 'a'.repeat(10 * MIB) };
  rows.push({ what: '10 MiB', ...large, ...NOT_FOUND });
  rows.push({ what: '10 MiB in chunks', ...large, chunked: true, ...NOT_FOUND });
  for (const host of ['[', 'a b', 'a/b', '😀', 'x', '']) {
    const headers = { Host: host };
    rows.push({ what: `host ${host}`, method: 'GET', target: '/v1/nothing', headers, ...NOT_FOUND });
  }
  expect(await wrongAnswers(rows)).toEqual([]);
});

test('a page of the documentation that is asked with another method says which one it takes', async () => {
  const pages = ['json', 'start.js', 'swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
  const rows = pages.flatMap((page) =>
    ['POST', 'PUT', 'DELETE', 'OPTIONS'].map(
      (method): Row => ({
        what: page,
        method,
        target: `/swagger/${page}`,
        ...NOT_ALLOWED,
        allow: ['GET', 'HEAD'],
      }),
    ),
  );
  expect(await wrongAnswers(rows)).toEqual([]);
});

test('all of that changed nothing in the database, and is no fault of ours', async () => {
  expect(await everything()).toBe(before);
  expect(before).toContain('PAYMENT_PENDING');
  expect(service.log.errors).toEqual([]);
});

test('the sound requests that the bad ones were made from succeed, whatever they hold besides', async () => {
  for (const name of Object.keys(OPERATIONS)) {
    const { body, isEndless = false, ...operation } = operationOf(name);
    const extended = { ...operation, ...(body === undefined ? {} : { body: { ...body, x: [{ y: '[{' }] } }) };
    const { target, ...request } = soundRequest(extended);
    const used = isEndless ? await Wire.open(service.url) : wire;
    const mark = target.includes('?') ? '&' : '?';
    const reply = await used.ask({ ...request, target: `${target}${mark}x=1&x=2&%zz` });
    expect([name, reply?.status]).toEqual([name, 200]);
    if (isEndless) used.close();
  }
  expect(service.log.errors).toEqual([]);
});

function operationOf(name: string): Operation {
  const operation = operations.find(({ method, path }) => `${method} ${path}` === name);
  if (operation === undefined) throw new Error(`the service has no ${name}`);
  return operation;
}

/** Sends the rows, and tells which were not answered with just the failure that they name. */
async function wrongAnswers(rows: readonly Row[], operation?: Operation): Promise<string[]> {
  const wrong: string[] = [];
  for (const { what, code, message, allow, ...changed } of rows) {
    const sound = operation === undefined ? { method: 'GET', target: '/' } : soundRequest(operation);
    const request = { ...sound, ...changed };
    const reply = await wire.ask(request);
    const body = request.method === 'HEAD' ? '' : JSON.stringify({ code, message });
    const type = 'application/json';
    // An operator is also told why, which the contract leaves open.
    const told = operation?.isForOperators ? reply?.body.replace(WHY, '') : reply?.body;
    if (reply === null) {
      wrong.push(`${short(what)}: the connection was closed`);
      wire = await Wire.open(service.url);
    } else if (
      reply.status !== code ||
      told !== body ||
      reply.headers.get('content-type')?.split(';')[0] !== type ||
      (code === 405 && sorted(reply.headers.get('allow')?.split(', ')) !== sorted(allow))
    ) {
      wrong.push(`${short(what)}: ${describe(reply)}, not ${code} ${message}`);
    }
  }
  return wrong;
}

function badTargets({ method, path, params, inPath }: Operation): Row[] {
  const target = fill(path, params);
  const elsewhere = [
    `${target}/`,
    `/${target}`,
    target.replace(/\/(?=[^/]+$)/, '//'),
    `${target}/nothing/of/it`,
  ];
  const ids = inPath.flatMap((name) =>
    BAD_IDS_IN_TEXT.map(
      (id): Row => ({
        what: `${name} ${id}`,
        target: fill(path, { ...params, [name]: id }),
        code: 400,
        message: `invalid ${name}`,
      }),
    ),
  );
  return [
    ...elsewhere
      .filter((other) => !isPath(other))
      .map((other): Row => ({ what: other, target: other, ...NOT_FOUND })),
    ...ids,
    ...(method === 'GET' ? ids.map((row) => ({ ...row, method: 'HEAD' })) : []),
  ];
}

/** Whether any operation is there. */
function isPath(target: string): boolean {
  return operations.some(({ path }) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(target));
}

function badMethods({ path, params }: Operation): Row[] {
  const target = fill(path, params);
  const allowed = operations
    .filter((other) => new RegExp(`^${other.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(target))
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return METHODS.filter((method) => !allowed.includes(method)).map((method) => ({
    what: method,
    method,
    code: 405,
    message: 'method not allowed',
    allow: allowed,
  }));
}

function badQueries({ path, params, inQuery }: Operation): Row[] {
  return inQuery.flatMap(({ name, schema }) => {
    const max = schema !== undefined && 'maximum' in schema ? schema.maximum : undefined;
    const values = [...BAD_IDS_IN_TEXT, '', '[1]', '["1"]', ...(max === undefined ? [] : [String(max + 1)])];
    const queries = [...values.map((value) => `${name}=${value}`), name, `${name}=1&${name}=1`];
    // A token is refused alike wherever it stands, and this one stands in for the header.
    const refusal =
      name === 'tokenId'
        ? { headers: {}, code: 401, message: 'invalid token' }
        : { code: 400, message: `invalid ${name}` };
    return [...queries, `${name}=1&x=2&${name}=`, `${name}=1&`.repeat(10_000)].map((query) => ({
      what: query,
      target: `${fill(path, params)}?${query}`,
      ...refusal,
    }));
  });
}

function badTokens({ hasToken, inPath, body }: Operation): Row[] {
  if (!hasToken) return [];
  const namesUser = inPath.includes('userId') || body?.userId !== undefined;
  const wrong = [...BAD_TOKENS, `${token.mine}, ${token.mine}`, `0${token.mine}`, `${token.mine}.0`];
  if (namesUser) wrong.push(String(token.strangers));
  const headers = wrong.map((value): Record<string, string> => ({ [TOKEN_HEADER]: value }));
  return [{}, ...headers].map((header) => ({
    what: `token ${JSON.stringify(header)}`,
    headers: { ...JSON_TYPE, ...header },
    code: 401,
    message: 'invalid token',
  }));
}

function badAuthorizations({ method, isForOperators = false }: Operation): Row[] {
  if (!isForOperators) return [];
  const noBearers = [ADMIN_TOKEN, `Basic ${ADMIN_TOKEN}`, `Bearer${ADMIN_TOKEN}`, `Bearer\t${ADMIN_TOKEN}`];
  const others = [`${ADMIN_TOKEN}x`, ADMIN_TOKEN.slice(0, -1), ADMIN_TOKEN.toUpperCase(), 'undefined', '😀'];
  const twice = `${BEARER}, ${BEARER}`;
  const wrong = [
    ...['', ' ', 'Bearer', 'Bearer ', twice, `${BEARER} x`, `x ${BEARER}`, 'Bearer '.repeat(10 * KIB)],
    ...noBearers,
    ...[...others, 'a'.repeat(100 * KIB)].map((token) => `Bearer ${token}`),
  ];
  const headers = wrong.map((Authorization): Record<string, string> => ({ Authorization }));
  return [{}, { [TOKEN_HEADER]: String(token.mine) }, ...headers].flatMap((given) =>
    [method, 'HEAD'].map((method) => ({
      what: `${method} with ${JSON.stringify(given)}`,
      method,
      headers: given,
      code: 401,
      message: 'unauthorized',
    })),
  );
}

/** What is wrong with a body as a whole. */
function badBodies(operation: Operation): Row[] {
  const { body } = operation;
  if (body === undefined) return [];
  const sound = JSON.stringify(body);
  const [first = ''] = Object.keys(body);
  const refused = (message: string, bodies: readonly (string | Uint8Array | undefined)[]): Row[] =>
    bodies.map((wrong) => ({ what: `body ${wrong}`, body: wrong, code: 400, message }));
  const noObject = [
    undefined,
    '',
    ...words('null [] [{}] true 1 1e400 "text"'),
    `[${sound}]`,
    JSON.stringify(sound),
  ];
  const cut = [sound.slice(0, -1), sound.slice(0, -10), `${sound}x`, `${sound},`];
  const notUtf8 = [Buffer.from(`{"a":"\xff"}`, 'latin1'), Buffer.from(sound, 'utf16le')];
  return [
    ...refused(`invalid ${labelOfWhole(operation)}`, noObject),
    ...(needsField(operation)
      ? refused(`invalid ${labelOfWhole(operation)}`, ['', '{}', '{"__proto__":{"amount":1}}'])
      : []),
    ...refused('invalid JSON', [...NOT_JSON, ...cut, ...notUtf8]),
    ...refused('duplicate key', namingTwice(sound, first)),
    ...refused('nested too deeply', nesting(sound, first)),
  ];
}

function namingTwice(sound: string, key: string): string[] {
  const escaped = `\\u00${key.charCodeAt(0).toString(16)}${key.slice(1)}`;
  return [
    sound.replace('{', `{"${key}":1,`),
    sound.replace('{', `{"${key}" \n:1,`),
    sound.replace('{', `{"${escaped}":1,`),
    withUnknown(sound, '1,"x":1'),
    withUnknown(sound, '1,"__proto__":{},"__proto__":{}'),
    withUnknown(sound, '{"a":1,"a":1}'),
    withUnknown(sound, '[[{"a":{}},{"a":1,"b":"}","a":1}]]'),
  ];
}

function nesting(sound: string, key: string): string[] {
  const nest = (open: string, close: string) => `${open.repeat(10 * KIB)}0${close.repeat(10 * KIB)}`;
  const deep = [nest('[', ']'), nest('{"a":', '}')];
  return [
    ...deep,
    ...deep.map((value) => withUnknown(sound, value)),
    ...deep.map((value) => `{"${key}":${value}}`),
  ];
}

function withUnknown(sound: string, value: string): string {
  return sound.replace(/\}$/, `,"x":${value}}`);
}

/** Content types that are not JSON's; and JSON's, which get as far as what is wrong with the body. */
function badTypes(operation: Operation): Row[] {
  if (operation.body === undefined) return [];
  const credentials: Record<string, string> = operation.isForOperators ? { Authorization: BEARER } : {};
  const json = ['Application/JSON', 'application/json; charset=utf-8', 'application/json ;charset="UTF-8"'];
  return [
    { what: 'no type', headers: credentials, code: 415, message: 'unsupported content type' },
    ...OTHER_TYPES.map((type) => ({
      what: `type ${type}`,
      headers: { ...credentials, 'Content-Type': type },
      code: 415,
      message: 'unsupported content type',
    })),
    ...json.map((type) => ({
      what: `type ${type}`,
      headers: { ...credentials, 'Content-Type': type },
      ...wrongBody(operation),
    })),
  ];
}

/** Bodies past the limit; and one at the limit, which gets as far as what is wrong with it. */
function badSizes(operation: Operation): Row[] {
  const { body, bodyBytesMax = BODY_BYTES_MAX } = operation;
  if (body === undefined) return [];
  const { body: wrong, ...atLimit } = wrongBody(operation);
  const pastLimit = { code: 413, message: 'body too large' };
  return [bodyBytesMax, bodyBytesMax + 1, 10 * MIB].flatMap((bytes) =>
    [false, true].map((chunked) => ({
      what: `${bytes} bytes${chunked ? ' in a chunk' : ''}`,
      body: wrong.padStart(bytes),
      chunked,
      ...(bytes > bodyBytesMax ? pastLimit : atLimit),
    })),
  );
}

/** What is wrong with one field of a body. */
function badFields(operation: Operation): Row[] {
  const { body, schema } = operation;
  if (body === undefined || schema?.properties === undefined) return [];
  const { required = [] } = schema;
  return Object.entries(schema.properties).flatMap(([name, field]) => {
    const isList = 'type' in field && field.type === 'array';
    // What the sound request does without may exclude what it has besides.
    const kept = Object.hasOwn(body, name) ? Object.keys(body) : required;
    const others = Object.entries(body).filter(([other]) => other !== name && kept.includes(other));
    const values = (isList ? BAD_LISTS_IN_JSON : BAD_IDS_IN_JSON).filter((value) => isWrong(field, value));
    const texts = values.map((value) =>
      JSON.stringify(Object.fromEntries([...others, [name, null]])).replace('null', () => value),
    );
    const without = required.includes(name) ? [JSON.stringify(Object.fromEntries(others))] : [];
    return [...texts, ...without].map((text) => ({
      what: `body ${text}`,
      body: text,
      code: 400,
      message: `invalid ${labelOf(name)}`,
    }));
  });
}

function isWrong(schema: Schema, value: string): boolean {
  return differences(document, schema, JSON.parse(value)).length > 0;
}

/** Whether a body without any field is wrong. */
function needsField({ schema }: Operation): boolean {
  return schema?.description !== undefined || (schema?.required ?? []).length > 0;
}

/** A body that is wrong, and what is answered. */
function wrongBody(operation: Operation): { body: string; code: number; message: string } {
  const [first = ''] = Object.keys(operation.body ?? {});
  const label = labelOfWhole(operation);
  const body = label === 'body' ? '{}' : JSON.stringify({ ...operation.body, [first]: null });
  return { body, code: 400, message: `invalid ${label}` };
}

function soundRequest({
  method,
  path,
  params,
  query,
  hasToken,
  isForOperators,
  body,
}: Operation): WireRequest {
  const target = fill(path, params);
  return {
    method,
    target: query === undefined ? target : `${target}?${query}`,
    headers: {
      ...(body === undefined ? {} : JSON_TYPE),
      ...(hasToken ? { [TOKEN_HEADER]: String(token.mine) } : {}),
      ...(isForOperators === true ? { Authorization: BEARER } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

function fill(path: string, params: Readonly<Record<string, number | string>> = {}): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params[name]));
}

/** How the contract names a field when it is wrong. */
function labelOf(field: string): string {
  return field === 'amount' ? 'recharge amount' : field;
}

/** How a body is named that is wrong as a whole: by its first field, unless what it must be is said of the whole. */
function labelOfWhole({ body = {}, schema }: Operation): string {
  const [first = ''] = Object.keys(body);
  return schema?.description === undefined ? labelOf(first) : 'body';
}

function words(text: string): string[] {
  return text.trim().split(' ');
}

function sorted(names: readonly string[] = []): string {
  return [...names].sort().join(', ');
}

function short(what: string): string {
  return what.length > 100 ? `${what.slice(0, 60)}… (${what.length})` : what;
}

function describe({ status, headers, body }: Reply): string {
  return `${status} ${short(body)} (${headers.get('content-type')}; allow: ${headers.get('allow')})`;
}

/** All of the operations that the service describes. */
function readOperations(document: OpenAPIV3.Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    DOCUMENTED.flatMap((name) => {
      const described = item?.[name];
      if (described === undefined) return [];
      const method = name.toUpperCase();
      const parameters = (described.parameters ?? []).filter((parameter) => 'in' in parameter);
      const inPlace = (place: string) => parameters.filter((parameter) => parameter.in === place);
      return {
        ...OPERATIONS[`${method} ${path}`],
        method,
        path,
        inPath: inPlace('path').map(({ name }) => name),
        inQuery: inPlace('query'),
        hasToken: inPlace('header').some(({ name }) => name === TOKEN_HEADER),
        schema: schemaOf(document, described),
      };
    }),
  );
}

function schemaOf(
  document: OpenAPIV3.Document,
  { requestBody }: OpenAPIV3.OperationObject,
): OpenAPIV3.SchemaObject | undefined {
  if (requestBody === undefined || !('content' in requestBody)) return undefined;
  const schema = requestBody.content['application/json']?.schema;
  const found =
    schema !== undefined && '$ref' in schema
      ? document.components?.schemas?.[schema.$ref.split('/').at(-1) ?? '']
      : schema;
  return found === undefined || '$ref' in found ? undefined : found;
}

/** All rows of all tables, read through a connection of its own. */
async function everything(): Promise<string> {
  const client = createClient({ url: service.databaseUrl });
  const tables = await client.execute("select name from sqlite_schema where type = 'table' order by name");
  const contents: unknown[] = [];
  for (const { name } of tables.rows) {
    contents.push([name, (await client.execute(`select * from "${name}"`)).rows]);
  }
  client.close();
  return JSON.stringify(contents);
}
