import { afterEach, expect, test } from 'bun:test';
import {
  BROKEN_LINES_MAX,
  IMPORT_BYTES_MAX,
  importUsers,
  LINE_BYTES_MAX,
} from '../../src/admin/import-users.ts';
import { type Answer, TestService } from '../support/service.ts';

const ADMIN_TOKEN = 'for-the-operator';
const LINES = 'application/x-ndjson';
const authorization = `Bearer ${ADMIN_TOKEN}`;

let service: TestService;
afterEach(() => service.stop());

const start = (options: Parameters<typeof TestService.start>[0] = {}) =>
  TestService.start({ ...options, environment: { ADMIN_TOKEN, ...options.environment } });

/** Sends an import in the given pieces. */
async function send(...pieces: (string | Uint8Array)[]): Promise<Pick<Answer, 'status' | 'body'>> {
  const rest = pieces.values();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = rest.next();
      if (done === true) controller.close();
      else controller.enqueue(new Uint8Array(Buffer.from(value)));
    },
  });
  const headers = { authorization, 'content-type': LINES };
  const answer = await fetch(`${service.url}/v1/admin/users/import`, { method: 'POST', headers, body });
  return { status: answer.status, body: await answer.json() };
}

async function userIds(): Promise<number[]> {
  const { body } = await service.operator.get('/users?limit=1000');
  return body.items.map(({ userId }: { userId: number }) => userId);
}

test('a user is made under the number asked for, or the one after the highest, and can buy', async () => {
  service = await start({ fixture: { users: 3 } });
  expect((await service.operator.post('/users', {})).body).toEqual({ userId: 4 });
  expect((await service.operator.post('/users', { userId: 1_000 })).body).toEqual({ userId: 1_000 });
  expect((await service.operator.post('/users', {})).body).toEqual({ userId: 1_001 });
  const { status, body } = await service.operator.post('/users', { userId: 4 });
  expect({ status, body }).toEqual({ status: 400, body: { code: 400, message: 'user already exists' } });
  const balance = await service.post('/v1/balance/users/1000/recharge', { body: { amount: 7 } });
  expect(balance.body).toEqual({ userId: 1_000, currentAmount: 7 });
  await service.restart();
  expect((await service.operator.post('/users', {})).body).toEqual({ userId: 1_002 });
});

test('behind the highest number that there is, there is none', async () => {
  service = await start({ fixture: { users: 0 } });
  const highest = Number.MAX_SAFE_INTEGER;
  expect((await service.operator.post('/users', { userId: highest })).body).toEqual({ userId: highest });
  expect((await service.operator.post('/users', {})).body).toEqual({
    code: 400,
    message: 'invalid userId: there is no number after the highest',
  });
});

test('to make a user again under one key makes one user', async () => {
  service = await start({ fixture: { users: 1 } });
  const key = { 'idempotency-key': 'key-of-a-user' };
  const first = await service.operator.post('/users', {}, key);
  const again = await service.operator.post('/users', {}, key);
  expect(first.body).toEqual({ userId: 2 });
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect((await service.operator.post('/users', { userId: 9 }, key)).status).toBe(422);
  expect(await userIds()).toEqual([1, 2]);
});

test('others go on while a megabyte of empty lines is read that comes in at once', async () => {
  service = await start();
  const body = new Blob(['\n'.repeat(1024 * 1024)]).stream();
  const request = new Request(service.url, { method: 'POST', headers: { 'content-type': LINES }, body });
  let turns = 0;
  let isDone = false;
  const turn = (): void => {
    turns++;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  expect(await importUsers(service.desk, request)).toMatchObject({ ok: true, value: { failed: [] } });
  isDone = true;
  expect(turns).toBeGreaterThanOrEqual(16);
});

test('lines are imported, however they are cut, ended and spaced', async () => {
  service = await start({ fixture: { users: 2 } });
  const answer = await send(
    '\uFEFF{"userId": 1}\n{"use',
    'rId":3}\r',
    '\n\n \t\r\n{"userId":4',
    '}\n{"userId":3}\n{ "name" : "é", "userId" : 5 }\n',
    '{"userId":9007199254740991}',
  );
  expect(answer.body).toEqual({ imported: 4, existing: 2, failed: [] });
  expect(await userIds()).toEqual([1, 2, 3, 4, 5, 9_007_199_254_740_991]);
});

test('a broken line is told by its number, and the others are imported', async () => {
  service = await start({ fixture: { users: 0 } });
  const padded = (bytes: number) => `{"userId":20}`.padEnd(bytes);
  const wrong: [line: string | Uint8Array, message: string][] = [
    ['{"userId":0}', 'invalid userId'],
    ['{"userId":"3"}', 'invalid userId'],
    ['{"userId":9007199254740992}', 'invalid userId'],
    ['{"userId":1e400}', 'invalid userId'],
    ['{}', 'invalid userId'],
    ['3', 'invalid userId'],
    ['[{"userId":3}]', 'invalid userId'],
    ['null', 'invalid userId'],
    ['{"userId":3', 'invalid JSON'],
    ['userId', 'invalid JSON'],
    ['{"userId":3}{"userId":4}', 'invalid JSON'],
    [Buffer.from('{"userId":3,"name":"\xe9"}', 'latin1'), 'invalid JSON'],
    ['{"userId":3,"userId":4}', 'duplicate key'],
    [`{"userId":3,"x":${'['.repeat(20)}${']'.repeat(20)}}`, 'nested too deeply'],
    [padded(LINE_BYTES_MAX + 1), 'line too long'],
    ['x'.repeat(1_000_000), 'line too long'],
  ];
  const newline = Buffer.from('\n');
  const body = Buffer.concat(wrong.flatMap(([line]) => [Buffer.from(line), newline]));
  const answer = await send('{"userId":10}\n', body, `${padded(LINE_BYTES_MAX)}\n{"userId":30}`);
  expect(answer.body).toEqual({
    imported: 3,
    existing: 0,
    failed: wrong.map(([, message], index) => ({ line: index + 2, message })),
  });
  expect(await userIds()).toEqual([10, 20, 30]);
});

test('too many broken lines break it off, and what came before is imported', async () => {
  service = await start({ fixture: { users: 0 } });
  const broken = 'x\n'.repeat(BROKEN_LINES_MAX);
  const { status, body } = await send(`{"userId":1}\n${broken}{"userId":2}\n`);
  expect([status, body.imported, body.failed.length]).toEqual([200, 2, BROKEN_LINES_MAX]);
  expect(await send(`{"userId":3}\n${broken}{"userId":4}\nx\n{"userId":5}\n`)).toEqual({
    status: 400,
    body: { code: 400, message: 'too many broken lines: the users of the lines up to 1003 are imported' },
  });
  expect(await userIds()).toEqual([1, 2, 3, 4]);
});

test('a body that is said to be too large is refused with nothing done; one that gets so keeps what came before', async () => {
  service = await start({ fixture: { users: 0 } });
  const large = Buffer.alloc(IMPORT_BYTES_MAX + 1, ' ');
  large.write('{"userId":1}\n');
  const headers = { authorization, 'content-type': LINES };
  const known = await fetch(`${service.url}/v1/admin/users/import`, { method: 'POST', headers, body: large });
  expect(await known.json()).toEqual({ code: 413, message: 'body too large' });
  expect(await userIds()).toEqual([]);
  const unknown = await send(large.subarray(0, IMPORT_BYTES_MAX), large.subarray(IMPORT_BYTES_MAX));
  expect(unknown).toEqual({
    status: 413,
    body: { code: 413, message: 'body too large: the users of the lines up to 1 are imported' },
  });
  expect(await userIds()).toEqual([1]);
});

test('a hundred thousand users are one call, once and again', async () => {
  service = await start({ fixture: { users: 1_000 } });
  const lines = Array.from({ length: 100_000 }, (_, index) => `{"userId":${index + 1}}\n`).join('');
  expect((await send(lines)).body).toEqual({ imported: 99_000, existing: 1_000, failed: [] });
  expect((await send(lines)).body).toEqual({ imported: 0, existing: 100_000, failed: [] });
  await service.restart();
  expect((await service.get('/v1/balance/users/100000')).body).toEqual({ userId: 100_000, currentAmount: 0 });
  const { body } = await service.operator.get('/events?limit=1000');
  const named = body.items.flatMap(({ after }: { after: { userIds: number[] } }) => after.userIds);
  expect(new Set(named).size).toBe(99_000);
}, 60_000);

test('a client that goes away in the middle leaves what came imported', async () => {
  service = await start({ fixture: { users: 0 } });
  const { promise: isHalfSent, resolve } = Promise.withResolvers<void>();
  const gone = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const lines = Array.from({ length: 700 }, (_, index) => `{"userId":${index + 1}}\n`).join('');
      controller.enqueue(new Uint8Array(Buffer.from(`${lines}{"userId":99`)));
    },
    pull: () => resolve(),
  });
  const headers = { authorization, 'content-type': LINES };
  const { signal } = gone;
  const call = fetch(`${service.url}/v1/admin/users/import`, { method: 'POST', headers, body, signal });
  await isHalfSent;
  // The first batch is in before the rest has come.
  while ((await userIds()).length === 0);
  gone.abort();
  await call.catch(() => {});
  let found: number[];
  do found = await userIds();
  while (found.length < 700);
  expect(found).toHaveLength(700);
  expect(service.log.errors).toEqual([]);
});

test('an import while the service stops is refused as not ready, and goes on where it was sent again', async () => {
  service = await start({ fixture: { users: 0 } });
  await service.drain();
  expect(await send('{"userId":1}\n')).toEqual({ status: 503, body: { code: 503, message: 'not ready' } });
  await service.restart();
  expect((await send('{"userId":1}\n')).body).toEqual({ imported: 1, existing: 0, failed: [] });
});

test('lists are read page by page: each item once, in the order of ids', async () => {
  service = await start({ fixture: { users: 7 } });
  const seen: number[] = [];
  let after = '';
  for (let pages = 0; pages < 4; pages++) {
    const { body } = await service.operator.get(`/users?limit=2${after}`);
    seen.push(...body.items.map(({ userId }: { userId: number }) => userId));
    expect(body.next).toBe(pages < 3 ? seen.at(-1) : null);
    after = `&after=${body.next}`;
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const exact = await service.operator.get('/users?limit=7');
  expect([exact.body.items.length, exact.body.next]).toEqual([7, null]);
  const none = await service.operator.get('/users?after=9007199254740991');
  expect(none.body).toEqual({ items: [], next: null });
});

test('a list of a thousand is whole, and a hundred is what is shown unasked', async () => {
  service = await start({ fixture: { users: 1_500 } });
  const { body } = await service.operator.get('/users?limit=1000');
  const found: number[] = body.items.map(({ userId }: { userId: number }) => userId);
  expect(found).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  expect(body.next).toBe(1_000);
  expect((await service.operator.get('/users')).body.items).toHaveLength(100);
});

test('concerts and dates are listed, past ones too; those of no concert are not found', async () => {
  service = await start();
  expect((await service.operator.get('/concerts?limit=1')).body).toEqual({
    items: [{ concertId: 1, concertName: 'First', concertStatus: 'ON_SALE' }],
    next: 1,
  });
  await service.pass(31 * 24 * 3_600_000);
  expect((await service.operator.get('/concerts/1/schedules')).body).toEqual({
    items: [
      {
        scheduleId: 1,
        concertAt: '2026-08-03T01:00:00',
        reservationAt: '2026-07-04T01:00:00',
        closed: false,
      },
      {
        scheduleId: 2,
        concertAt: '2026-08-13T01:00:00',
        reservationAt: '2026-07-05T01:00:00',
        closed: false,
      },
    ],
    next: null,
  });
  expect((await service.operator.get('/concerts/3/schedules')).body.message).toBe('concert not found');
});

test('a user is shown with its balance, its token and its reservations, and the look renews no place', async () => {
  service = await start({ environment: { QUEUE_MAX_ACTIVE: '1' } });
  const token = await service.join(1);
  const waiting = await service.join(2);
  const reserve = (seatIds: number[]) =>
    service.post('/v1/reservations', { token, body: { userId: 1, concertId: 1, scheduleId: 1, seatIds } });
  const first = await reserve([1]);
  const second = await reserve([2, 3]);
  await service.post('/v1/balance/users/1/recharge', { body: { amount: 1_500 } });
  expect((await service.operator.get('/users/1')).body).toEqual({
    userId: 1,
    currentAmount: 1_500,
    token: {
      tokenId: token,
      queueId: 1,
      status: 'ACTIVE',
      createdAt: '2026-07-04T01:00:00',
      expiredAt: '2026-07-04T01:10:00',
    },
    reservations: [second.body, first.body],
  });
  await service.pass(599_999);
  expect((await service.operator.get('/users/2')).body.token).toMatchObject({
    tokenId: waiting,
    status: 'WAITING',
  });
  await service.pass(1);
  expect((await service.operator.get('/users/2')).body.token).toBeNull();
  expect((await service.operator.get('/users/101')).body).toEqual({ code: 404, message: 'user not found' });
});

test('events tell what was done, in order, with what was so before and after', async () => {
  service = await start({ fixture: { users: 1 } });
  await service.operator.post('/users', { userId: 7 });
  await service.pass(1_000);
  await send('{"userId":8}\n{"userId":1}\n');
  expect((await service.operator.get('/events')).body).toEqual({
    items: [
      {
        eventId: 1,
        at: '2026-07-04T01:00:00',
        operation: 'create-user',
        before: null,
        after: { userId: 7 },
      },
      {
        eventId: 2,
        at: '2026-07-04T01:00:01',
        operation: 'import-users',
        before: null,
        after: { userIds: [8] },
      },
    ],
    next: null,
  });
  expect((await service.operator.get('/events?after=1&limit=1')).body.items[0].eventId).toBe(2);
});
