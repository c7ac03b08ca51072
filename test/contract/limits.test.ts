import { afterEach, describe, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { parseList } from 'structured-headers';
import type { Environment } from '../../src/config.ts';
import { signed, withSecret } from '../support/issuer.ts';
import { type Answer, TestService } from '../support/service.ts';

const ADMIN_TOKEN = 'for-the-operator';
const TOO_MANY = { code: 429, message: 'too many requests' };
const WRONG = 1;

let service: TestService;
afterEach(() => service.stop());

/** Behind one proxy, so that a test can be any client. What is not set in a test is too much for it to reach. */
async function start(environment: Environment = {}): Promise<void> {
  const rates = ['JOINS', 'RECHARGES', 'GUESSES'].flatMap((what) => [
    [`RATE_${what}_PER_ADDRESS`, '1000'],
    [`RATE_${what}_PER_USER`, '1000'],
  ]);
  const all = {
    ...Object.fromEntries(rates),
    RATE_LIMIT: 'on',
    TRUST_PROXY: '1',
    ADMIN_TOKEN,
    ...environment,
  };
  service = await TestService.start({ environment: all });
}

const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
const join = (userId: number | string, options = {}) =>
  service.post(`/v1/queue-tokens/users/${userId}`, options);
const poll = (userId: number, token: number | string, options = {}) =>
  service.get(`/v1/queue-status/users/${userId}`, { token, ...options });
const recharge = (userId: number, options = {}) =>
  service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount: 100 }, ...options });
const audit = (authorization: string) => service.get('/v1/admin/audit', { headers: { authorization } });

/** Does it so often, one after the other, and tells how it was answered. */
async function repeat(times: number, ask: (time: number) => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = [];
  for (let time = 1; time <= times; time++) statuses.push((await ask(time)).status);
  return statuses;
}

const each = (status: number, times: number): number[] => Array<number>(times).fill(status);

/** The names in a header of the draft, each with its parameters; throws when it is no list of structured fields. */
function limits({ headers }: Answer, name: 'RateLimit' | 'RateLimit-Policy'): Record<string, unknown> {
  const items = parseList(headers.get(name) ?? '');
  return Object.fromEntries(items.map(([item, parameters]) => [item, Object.fromEntries(parameters)]));
}

/** How many reached the tables. */
async function count(table: string): Promise<number> {
  const client = createClient({ url: service.databaseUrl });
  try {
    const { rows } = await client.execute(`select count(*) as n from ${table}`);
    return Number(rows[0]?.n);
  } finally {
    client.close();
  }
}

test('nothing is limited, and nothing said of limits, unless that is asked for or in production', async () => {
  service = await TestService.start();
  expect(await repeat(1_500, () => join(1))).toEqual(each(200, 1_500));
  expect(await repeat(150, () => poll(1, WRONG))).toEqual(each(401, 150));
  for (const { headers } of [await join(1), await recharge(1), await poll(1, WRONG)]) {
    expect([headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([null, null]);
  }
  await service.restart({ NODE_ENV: 'production' });
  expect(await repeat(11, () => join(1))).toEqual([...each(200, 10), 429]);
  await service.restart({ NODE_ENV: 'production', RATE_LIMIT: 'off' });
  expect(await repeat(11, () => join(1))).toEqual(each(200, 11));
});

test('a user joins ten times at once, and then once a second', async () => {
  await start({ RATE_JOINS_PER_USER: '1' });
  expect(await repeat(11, () => join(1))).toEqual([...each(200, 10), 429]);
  expect(await repeat(1, () => join(2))).toEqual([200]);
  service.clock.jump(999);
  expect(await repeat(1, () => join(1))).toEqual([429]);
  service.clock.jump(1);
  expect(await repeat(2, () => join(1))).toEqual([200, 429]);
  service.clock.jump(1_001);
  expect(await repeat(2, () => join(1))).toEqual([200, 429]);
});

test('whoever is refused is told what is limited, how much is left, and when to come again', async () => {
  await start({ RATE_JOINS_PER_USER: '1', RATE_JOINS_PER_ADDRESS: '2' });
  const first = await join(1);
  expect(limits(first, 'RateLimit-Policy')).toEqual({
    'joins-per-address': { q: 20, w: 10 },
    'joins-per-user': { q: 10, w: 10 },
  });
  expect(limits(first, 'RateLimit')).toEqual({
    'joins-per-address': { r: 19, t: 1 },
    'joins-per-user': { r: 9, t: 1 },
  });
  expect(first.headers.get('retry-after')).toBeNull();
  await repeat(9, () => join(1));
  const refused = await join(1);
  expect([refused.status, refused.body]).toEqual([429, TOO_MANY]);
  expect(refused.headers.get('content-type')).toStartWith('application/json');
  expect(refused.headers.get('retry-after')).toBe('1');
  // What was refused has taken nothing from the address.
  expect(limits(refused, 'RateLimit')).toEqual({
    'joins-per-address': { r: 10, t: 1 },
    'joins-per-user': { r: 0, t: 1 },
  });
  service.clock.jump(1_000);
  expect((await join(1)).status).toBe(200);
});

test('an address is limited over all users, and takes nothing from theirs', async () => {
  await start({ RATE_JOINS_PER_ADDRESS: '1', RATE_JOINS_PER_USER: '1' });
  const hall = from('192.0.2.7');
  expect(await repeat(11, (userId) => join(userId, hall))).toEqual([...each(200, 10), 429]);
  for (const same of ['::ffff:192.0.2.7', '::ffff:c000:207', '8.8.8.8, 192.0.2.7', '192.0.2.7:80']) {
    expect((await join(12, from(same))).status).toBe(429);
  }
  const elsewhere = await join(11, from('192.0.2.8'));
  expect(limits(elsewhere, 'RateLimit')).toMatchObject({ 'joins-per-user': { r: 9 } });
  expect((await join(12, from('192.0.2.7, x'))).status).toBe(200);
  service.clock.jump(999);
  expect((await join(12, hall)).status).toBe(429);
  service.clock.jump(1);
  expect((await join(12, hall)).status).toBe(200);
});

test('an IPv6 client is limited by its network, from which it can take any address', async () => {
  await start({ RATE_JOINS_PER_ADDRESS: '1' });
  const inside = (host: number) => join(1, from(`2001:db8:0:1::${host.toString(16)}`));
  expect(await repeat(11, inside)).toEqual([...each(200, 10), 429]);
  expect((await join(1, from('2001:db8:0:2::1'))).status).toBe(200);
});

test('X-Forwarded-For is not believed unless that is asked for', async () => {
  await start({ RATE_JOINS_PER_ADDRESS: '1', TRUST_PROXY: 'off' });
  expect(await repeat(11, (host) => join(1, from(`192.0.2.${host}`)))).toEqual([...each(200, 10), 429]);
  await service.restart({ TRUST_PROXY: '2' });
  const spoofed = (host: number) => join(1, from(`192.0.2.${host}, 198.51.100.7, 10.0.0.1`));
  expect(await repeat(11, spoofed)).toEqual([...each(200, 10), 429]);
});

test('a user is one however the path is written, and what is malformed is refused as ever and counts for nothing', async () => {
  await start({ RATE_JOINS_PER_USER: '1', RATE_JOINS_PER_ADDRESS: '2' });
  expect(await repeat(15, () => join('x'))).toEqual(each(400, 15));
  expect(await repeat(15, () => join('01'))).toEqual(each(400, 15));
  expect(await repeat(10, () => join('%31'))).toEqual(each(200, 10));
  expect((await join(1)).status).toBe(429);
  expect(await repeat(10, () => join(999_999))).toEqual(each(404, 10));
  expect((await join(2)).status).toBe(429);
});

test('recharges are limited for themselves: what was refused has not happened, and may come again under its key', async () => {
  await start({ RATE_RECHARGES_PER_USER: '1', RATE_JOINS_PER_USER: '1' });
  const key = { headers: { 'Idempotency-Key': 'once-and-no-more' } };
  expect(await repeat(10, () => recharge(1))).toEqual(each(200, 10));
  const refused = await recharge(1, key);
  expect([refused.status, refused.body]).toEqual([429, TOO_MANY]);
  expect(Object.keys(limits(refused, 'RateLimit'))).toEqual(['recharges-per-address', 'recharges-per-user']);
  expect((await service.get('/v1/balance/users/1')).body.currentAmount).toBe(1_000);
  expect(await count('ledger_entries')).toBe(10);
  expect(await repeat(10, () => join(1))).toEqual(each(200, 10));
  service.clock.jump(2_000);
  const done = await recharge(1, key);
  const again = await recharge(1, key);
  expect([done.body, done.headers.get('idempotency-replayed')]).toEqual([again.body, null]);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await count('ledger_entries')).toBe(11);
});

test('a recharge that is malformed counts for nothing, and one that the rules refuse counts', async () => {
  await start({ RATE_RECHARGES_PER_USER: '1' });
  for (const body of ['{', '', '[]', '{"amount":"1"}']) {
    expect(await repeat(11, () => recharge(1, { body }))).toEqual(each(400, 11));
  }
  expect(await repeat(11, () => recharge(1, { body: { amount: 10_000_001 } }))).toEqual([
    ...each(400, 10),
    429,
  ]);
});

describe('where a JWT tells who somebody is', () => {
  const SECRET = 'a-secret-of-at-least-thirty-two-bytes';
  const bearer = (userId: number, secret = SECRET) => {
    const exp = Date.parse('2100-01-01T00:00:00Z') / 1000;
    return `Bearer ${signed({ alg: 'HS256' }, { sub: String(userId), exp }, withSecret(secret))}`;
  };
  /** As somebody who has no JWT, one that is forged, that of another, or the right one. */
  const nobody = {};
  const forger = { authorization: bearer(1, `${SECRET}.`) };
  const other = { authorization: bearer(2) };
  const user = { authorization: bearer(1) };

  test('whoever else asks takes nothing of what a user may do', async () => {
    await start({ AUTH_JWT_SECRET: SECRET, RATE_JOINS_PER_USER: '1', RATE_RECHARGES_PER_USER: '1' });
    for (const ask of [join, recharge]) {
      for (const [headers, status] of [
        [nobody, 401],
        [forger, 401],
        [other, 403],
      ] as const) {
        expect(await repeat(15, () => ask(1, { headers }))).toEqual(each(status, 15));
      }
      expect(await repeat(11, () => ask(1, { headers: user }))).toEqual([...each(200, 10), 429]);
    }
  });

  test('a wrong one is a guess, whatever is asked with it, and a right one is let in all the same', async () => {
    await start({ AUTH_JWT_SECRET: SECRET, RATE_GUESSES_PER_ADDRESS: '1' });
    const token = (await join(1, { headers: user })).body.tokenId;
    const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
    const asks: ((headers: Record<string, string>) => Promise<Answer>)[] = [
      (headers) => join(1, { headers }),
      (headers) => recharge(1, { headers }),
      (headers) => service.get('/v1/balance/users/1', { headers }),
      (headers) => poll(1, token, { headers }),
      (headers) => service.post('/v1/reservations', { token, body, headers }),
      (headers) => service.get('/v1/reservations/users/1', { headers }),
      (headers) => service.delete('/v1/queue-tokens/users/1', { token, headers }),
    ];
    for (const ask of asks) {
      for (const headers of [nobody, forger]) {
        // Each is counted once.
        expect(await repeat(12, () => ask(headers))).toEqual([...each(401, 10), 429, 429]);
        const refused = await ask(headers);
        expect([refused.body, refused.headers.get('retry-after')]).toEqual([TOO_MANY, '1']);
        expect((await ask(other)).status).toBe(403);
        if (headers === forger) expect((await ask(user)).status).toBe(200);
        service.clock.jump(10_000);
      }
    }
  });

  test('a right one with a wrong token is a guess like any other', async () => {
    await start({ AUTH_JWT_SECRET: SECRET, RATE_GUESSES_PER_ADDRESS: '1' });
    const guess = () => poll(1, WRONG, { headers: user });
    expect(await repeat(11, guess)).toEqual([...each(401, 10), 429]);
    expect((await service.get('/v1/balance/users/1', { headers: user })).status).toBe(200);
  });
});

test('two clients at once share what is left, and no more', async () => {
  await start({ RATE_JOINS_PER_USER: '1', RATE_GUESSES_PER_USER: '1' });
  const both = (ask: (options: object) => Promise<Answer>) =>
    Promise.all(Array.from({ length: 40 }, (_, index) => ask(from(`192.0.2.${index % 2}`))));
  const joined = await both((options) => join(1, options));
  expect(joined.map(({ status }) => status).sort()).toEqual([...each(200, 10), ...each(429, 30)]);
  const guessed = await both((options) => poll(1, WRONG, options));
  expect(guessed.map(({ status }) => status).sort()).toEqual([...each(401, 10), ...each(429, 30)]);
});

test('guesses at one token are limited for its user, from wherever they come', async () => {
  await start({ RATE_GUESSES_PER_USER: '1' });
  const guess = (time: number) => poll(1, time, from(`192.0.2.${time}`));
  expect(await repeat(11, guess)).toEqual([...each(401, 10), 429]);
  expect((await poll(2, WRONG)).status).toBe(401);
  service.clock.jump(999);
  expect((await poll(1, WRONG)).status).toBe(429);
  service.clock.jump(1);
  const last = await poll(1, WRONG);
  expect([last.status, limits(last, 'RateLimit')]).toMatchObject([
    401,
    { 'guesses-per-user': { r: 0, t: 1 } },
  ]);
  const refused = await poll(1, WRONG);
  expect([refused.status, refused.body, refused.headers.get('retry-after')]).toEqual([429, TOO_MANY, '1']);
});

/** Every operation that asks for a token, of a user in the shop, in an order in which all succeed. */
const GATED: [name: string, ask: (userId: number, token: number | string) => Promise<{ status: number }>][] =
  [
    ['poll', poll],
    [
      'stream',
      async (userId, token) => {
        const abort = new AbortController();
        const path = `/v1/queue-status/users/${userId}/stream?tokenId=${token}`;
        const { status } = await fetch(service.url + path, { signal: abort.signal });
        abort.abort();
        return { status };
      },
    ],
    ['schedules', (_, token) => service.get('/v1/concerts/1/schedules', { token })],
    ['seats', (_, token) => service.get('/v1/concerts/1/schedules/1/seats', { token })],
    [
      'reserve',
      (userId, token) => {
        const body = { userId, concertId: 1, scheduleId: 1, seatIds: [userId] };
        return service.post('/v1/reservations', { token, body });
      },
    ],
    [
      'pay',
      (userId, token) => service.post(`/v1/payments/users/${userId}`, { token, body: { reservationId: 1 } }),
    ],
    ['leave', (userId, token) => service.delete(`/v1/queue-tokens/users/${userId}`, { token })],
  ];

test('a wrong token is counted wherever it is given, and a right one is let in by all the same', async () => {
  await start({ RATE_GUESSES_PER_ADDRESS: '1' });
  await recharge(1, { body: { amount: 1_000 } });
  for (const [name, ask] of GATED) {
    const token = await service.join(1);
    const statuses = [];
    for (const wrong of [WRONG, 'x', '', ...Array<number>(9).fill(WRONG)]) {
      statuses.push((await ask(2, wrong)).status);
    }
    expect([name, statuses]).toEqual([name, [...each(401, 10), 429, 429]]);
    expect([name, (await ask(1, token)).status]).toEqual([name, 200]);
    expect([name, (await ask(2, WRONG)).status]).toEqual([name, 429]);
    service.clock.jump(10_000);
  }
});

test('a right token is let in whoever guesses at it, also one that waits', async () => {
  await start({ RATE_GUESSES_PER_USER: '1', QUEUE_MAX_ACTIVE: '1' });
  const [active, waiting] = [await service.join(1), await service.join(2)];
  for (const userId of [1, 2]) await repeat(10, () => poll(userId, WRONG, from('192.0.2.7')));
  for (const [userId, token] of [
    [1, active],
    [2, waiting],
  ] as const) {
    expect((await poll(userId, token, from('192.0.2.7'))).status).toBe(200);
    expect((await poll(userId, WRONG)).status).toBe(429);
  }
  // It opens no gate as long as it waits. Since no user is named, only the address counts.
  expect((await service.get('/v1/concerts/1/schedules', { token: waiting })).status).toBe(401);
});

test('of an address that has guessed too often, no guess is work for the coordinator any more', async () => {
  await start({ RATE_GUESSES_PER_ADDRESS: '1', QUEUE_MAX_ACTIVE: '1' });
  const [active, waiting] = [await service.join(1), await service.join(2)];
  expect(await repeat(10, () => poll(1, WRONG))).toEqual(each(401, 10));
  // From here on the coordinator answers 503 to whatever memory does not know.
  await service.drain();
  expect((await poll(1, WRONG, from('192.0.2.7'))).status).toBe(503);
  // A token that is another's is a guess like any other.
  for (const guess of [WRONG, waiting]) expect((await poll(1, guess)).status).toBe(429);
  for (const guess of [WRONG, active]) expect((await poll(2, guess)).status).toBe(429);
  expect((await poll(1, active)).status).toBe(200);
  expect((await poll(2, waiting)).status).toBe(200);
});

test('a token that has ended is good again as soon as its address has not guessed too often', async () => {
  await start({ RATE_GUESSES_PER_ADDRESS: '1', RATE_GUESSES_PER_USER: '1' });
  const token = await service.join(1);
  await service.delete('/v1/queue-tokens/users/1', { token });
  await repeat(10, () => poll(1, WRONG));
  expect((await poll(1, token)).status).toBe(429);
  // From elsewhere it always is, however often its user is guessed at.
  const elsewhere = from('192.0.2.7');
  expect((await poll(1, WRONG, elsewhere)).status).toBe(429);
  expect((await poll(1, token, elsewhere)).body.status).toBe('EXPIRED');
  service.clock.jump(1_000);
  expect((await poll(1, token)).body.status).toBe('EXPIRED');
});

test("guesses of the operator's token are limited for an address, and the operator is always let in", async () => {
  await start({ RATE_GUESSES_PER_ADDRESS: '1' });
  expect(await repeat(11, () => audit('Bearer guess'))).toEqual([...each(401, 10), 429]);
  const refused = await audit('Bearer guess');
  expect(refused.body).toEqual(TOO_MANY);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.headers.get('www-authenticate')).toBeNull();
  expect((await service.get('/v1/admin/nothing')).status).toBe(429);
  expect((await audit(`Bearer ${ADMIN_TOKEN}`)).status).toBe(200);
  const elsewhere = from('192.0.2.7').headers;
  expect((await service.get('/v1/admin/audit', { headers: elsewhere })).status).toBe(401);
});

test('a clock that is set back neither empties a bucket nor fills one', async () => {
  await start({ RATE_JOINS_PER_USER: '1' });
  await repeat(10, () => join(1));
  service.clock.jump(-3_600_000);
  expect(await repeat(1, () => join(1))).toEqual([429]);
  service.clock.jump(1_000);
  expect(await repeat(2, () => join(1))).toEqual([200, 429]);
});
