import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { BODY_BYTES_MAX } from '../../src/http/json.ts';
import { TestService } from '../support/service.ts';

const HEADER = 'X-Request-Id';
let service: TestService;
let token: number;

beforeAll(async () => {
  service = await TestService.start({ environment: { ADMIN_TOKEN: 'secret' } });
  token = await service.join(1);
});

afterAll(() => service.stop());

/** Every kind of answer that is made in another way. */
const answers: [
  what: string,
  status: number,
  ask: () => [path: string, init?: RequestInit],
  route: string,
][] = [
  ['JSON', 200, () => ['/v1/queue-status/users/1', withToken()], '/v1/queue-status/users/{userId}'],
  [
    'text that is JSON already',
    200,
    () => ['/v1/concerts/1/schedules/1/seats', withToken()],
    '/v1/concerts/{concertId}/schedules/{scheduleId}/seats',
  ],
  [
    'a stream of events',
    200,
    () => ['/v1/queue-status/users/1/stream', withToken()],
    '/v1/queue-status/users/{userId}/stream',
  ],
  ['a file of the documentation', 200, () => ['/swagger/swagger-ui.css'], '/swagger/swagger-ui.css'],
  ['the page of the documentation', 200, () => ['/swagger'], '/swagger'],
  ['the metrics', 200, () => ['/metrics'], '/metrics'],
  ['the answer to HEAD', 200, () => ['/health', { method: 'HEAD' }], '/health'],
  ['a refusal of the rules', 404, () => ['/v1/balance/users/999'], '/v1/balance/users/{userId}'],
  ['a refusal of the form', 400, () => ['/v1/balance/users/x'], '/v1/balance/users/{userId}'],
  ['a refusal to whom is no operator', 401, () => ['/v1/admin/audit'], '/v1/admin/audit'],
  ['a path that is none', 404, () => ['/v1/none?tokenId=1'], 'none'],
  ['a method that is none of it', 405, () => ['/health', { method: 'PUT' }], 'none'],
  [
    'a body that is too large',
    413,
    () => ['/v1/reservations', withToken({ method: 'POST', body: 'x'.repeat(BODY_BYTES_MAX + 1) })],
    '/v1/reservations',
  ],
];

for (const [what, status, ask, route] of answers) {
  test(`${what} carries the id of its request, and is logged under its route`, async () => {
    const [path, init = {}] = ask();
    service.log.requests.length = 0;
    const given = await answered(path, { ...init, headers: { ...init.headers, [HEADER]: 'An-id_0.9' } });
    expect(given).toEqual({ status, id: 'An-id_0.9' });
    const made = await answered(path, init);
    expect(made).toEqual({ status, id: expect.stringMatching(/^[a-z0-9]+-[a-z0-9]+$/) });
    const { method = 'GET' } = init;
    expect(service.log.requests).toEqual([
      { method, route, status, requestId: 'An-id_0.9', durationMs: expect.any(Number) },
      { method, route, status, requestId: made.id ?? '', durationMs: expect.any(Number) },
    ]);
  });
}

test('an id that is malformed is not taken, and no two requests have the same that was made', async () => {
  const wrong = ['', 'a b', 'a,b', 'a"b', 'é', '{}', 'x'.repeat(129)];
  const ids = await Promise.all(
    [...wrong, ...wrong].map(async (id) => (await answered('/health', { headers: { [HEADER]: id } })).id),
  );
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]+-[a-z0-9]+$/);
  expect(new Set(ids).size).toBe(2 * wrong.length);
  const longest = 'x'.repeat(128);
  expect((await answered('/health', { headers: { [HEADER]: longest } })).id).toBe(longest);
});

test('what is too much, and what fails for a fault of ours, carry it as well', async () => {
  const crowded = await TestService.start({ environment: { MAILBOX_MAX: '1' } });
  const joins = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      fetch(`${crowded.url}/v1/queue-tokens/users/${index + 1}`, {
        method: 'POST',
        headers: { [HEADER]: `join-${index}` },
      }),
    ),
  );
  expect(joins.map(({ headers }) => headers.get(HEADER))).toEqual(joins.map((_, index) => `join-${index}`));
  expect(new Set(joins.map(({ status }) => status))).toEqual(new Set([200, 503]));
  await crowded.stop();

  const broken = await TestService.start();
  const other = createClient({ url: broken.databaseUrl });
  const lock = await other.transaction('write');
  for (const [path, init, status] of [
    ['/ready', {}, 503],
    ['/v1/queue-tokens/users/1', { method: 'POST' }, 500],
  ] as const) {
    const failed = await fetch(broken.url + path, { ...init, headers: { [HEADER]: 'fails' } });
    expect([failed.status, failed.headers.get(HEADER)]).toEqual([status, 'fails']);
  }
  await lock.rollback();
  other.close();
  expect((await fetch(`${broken.url}/ready`)).status).toBe(200);
  await broken.stop();
});

function withToken(init: RequestInit = {}): RequestInit {
  return { ...init, headers: { 'TOKEN-ID': String(token), 'content-type': 'application/json' } };
}

async function answered(path: string, init: RequestInit): Promise<{ status: number; id: string | null }> {
  const response = await fetch(service.url + path, init);
  await response.body?.cancel();
  return { status: response.status, id: response.headers.get(HEADER) };
}
