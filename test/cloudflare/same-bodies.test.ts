import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { MINUTE_MS } from '../support/fixture.ts';
import { type Answer, TestService } from '../support/service.ts';

setDefaultTimeout(60_000);

const ADMIN_TOKEN = 'for-the-operator';
const operator = { authorization: `Bearer ${ADMIN_TOKEN}` };
const services: TestService[] = [];
afterEach(() => Promise.all(services.splice(0).map((service) => service.stop())));

interface Said {
  readonly asked: string;
  readonly status: number;
  readonly text: string;
}

/** What a service answers to a script: its bodies as they came. */
class Script {
  readonly said: Said[] = [];

  constructor(private readonly service: TestService) {}

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer['body']> {
    const response = await fetch(this.service.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    this.said.push({ asked: `${method} ${path}`, status: response.status, text });
    return response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text;
  }

  pass(ms: number): Promise<void> {
    return this.service.pass(ms);
  }
}

async function journey(script: Script): Promise<void> {
  const tokens: string[] = [];
  for (let userId = 1; userId <= 5; userId++) {
    tokens.push(String((await script.ask('POST', `/v1/queue-tokens/users/${userId}`)).tokenId));
  }
  const [first = '', second = '', , , last = ''] = tokens;
  const token = { 'TOKEN-ID': first };
  await script.ask('GET', '/v1/queue-tokens/users/1');
  await script.ask('GET', '/v1/queue-status/users/1', undefined, token);
  await script.ask('GET', '/v1/queue-status/users/5', undefined, { 'TOKEN-ID': last });
  await script.ask('GET', '/v1/concerts');
  await script.ask('GET', '/v1/concerts/1/schedules', undefined, token);
  await script.ask('GET', '/v1/concerts/1/schedules/1/seats', undefined, token);
  const held = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [3, 1] };
  const { reservationId } = await script.ask('POST', '/v1/reservations', held, token);
  await script.ask('GET', '/v1/concerts/1/schedules/1/seats', undefined, { 'TOKEN-ID': second });
  await script.ask('POST', '/v1/payments/users/1', { reservationId }, token);
  const key = { 'Idempotency-Key': 'a-key-of-the-script' };
  for (let time = 0; time < 2; time++) {
    await script.ask('POST', '/v1/balance/users/1/recharge', { amount: 50_000 }, key);
  }
  await script.ask('GET', '/v1/balance/users/1');
  await script.ask('POST', '/v1/payments/users/1', { reservationId }, token);
  await script.ask('GET', '/v1/reservations/users/1');
  const other = { ...held, userId: 2, seatIds: [9] };
  const kept = await script.ask('POST', '/v1/reservations', other, { 'TOKEN-ID': second });
  await script.ask('DELETE', `/v1/reservations/${kept.reservationId}/users/2`);
  await script.ask('DELETE', '/v1/queue-tokens/users/2', undefined, { 'TOKEN-ID': second });
  await script.pass(1_000);
  await script.ask('GET', '/v1/queue-status/users/5', undefined, { 'TOKEN-ID': last });
  await script.pass(10 * MINUTE_MS);
  await script.ask('GET', '/v1/queue-status/users/5', undefined, { 'TOKEN-ID': last });
  await script.ask('GET', '/ready');
  await script.ask('GET', '/swagger/json');
}

async function refusals(script: Script): Promise<void> {
  const { tokenId } = await script.ask('POST', '/v1/queue-tokens/users/1');
  const token = { 'TOKEN-ID': String(tokenId) };
  const held = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
  const wrong: [method: string, path: string, body?: unknown, headers?: Record<string, string>][] = [
    ['POST', '/v1/queue-tokens/users/101'],
    ['POST', '/v1/queue-tokens/users/x'],
    ['GET', '/v1/queue-tokens/users/2'],
    ['GET', '/v1/queue-status/users/1'],
    ['GET', '/v1/queue-status/users/2', undefined, token],
    ['GET', '/v1/concerts/1/schedules', undefined, { 'TOKEN-ID': '1' }],
    ['GET', '/v1/concerts/9/schedules', undefined, token],
    ['GET', '/v1/concerts/1/schedules/9/seats', undefined, token],
    ['POST', '/v1/reservations', held],
    ['POST', '/v1/reservations', '{', token],
    ['POST', '/v1/reservations', { ...held, seatIds: [] }, token],
    ['POST', '/v1/reservations', { ...held, seatIds: [51] }, token],
    ['POST', '/v1/reservations', { ...held, scheduleId: 2, seatIds: [51] }, token],
    ['POST', '/v1/reservations', held, { ...token, 'Idempotency-Key': 'short' }],
    ['POST', '/v1/payments/users/1', { reservationId: 77 }, token],
    ['POST', '/v1/balance/users/1/recharge', { amount: 0 }],
    ['POST', '/v1/balance/users/1/recharge', { amount: '1' }],
    ['POST', '/v1/balance/users/101/recharge', { amount: 1 }],
    ['GET', '/v1/balance/users/101'],
    ['DELETE', '/v1/reservations/77/users/1'],
    ['PUT', '/v1/concerts'],
    ['GET', '/nowhere'],
    ['GET', '/v1/admin/audit'],
    ['GET', '/v1/admin/nowhere', undefined, operator],
  ];
  for (const [method, path, body, headers] of wrong) await script.ask(method, path, body, headers);
}

async function operators(script: Script): Promise<void> {
  const ask = (method: string, path: string, body?: unknown) =>
    script.ask(method, `/v1/admin${path}`, body, operator);
  const { concertId } = await ask('POST', '/concerts', { concertName: 'Third' });
  const date = { concertAt: '2026-12-24T19:00:00', reservationAt: '2026-07-04T01:00:00' };
  const priceBands = [{ from: 1, to: 20, price: 700 }];
  await ask('POST', `/concerts/${concertId}/schedules`, { ...date, priceBands });
  await ask('POST', `/concerts/${concertId}/schedules`, { ...date, priceBands: [] });
  await ask('PATCH', `/concerts/${concertId}`, { concertName: 'The third' });
  await script.ask('GET', '/v1/concerts');
  await ask('GET', '/queue');
  await ask('PATCH', '/queue', { maxActive: 3 });
  await ask('PATCH', '/queue', { maxActive: -3 });
  await ask('POST', '/users', { userId: 4_711 });
  await ask('GET', '/users?limit=5');
  await ask('GET', '/users/1');
  await script.ask('POST', '/v1/balance/users/1/recharge', { amount: 5_000 });
  const { tokenId } = await script.ask('POST', '/v1/queue-tokens/users/1');
  const token = { 'TOKEN-ID': String(tokenId) };
  const held = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [2] };
  const { reservationId } = await script.ask('POST', '/v1/reservations', held, token);
  await script.ask('POST', '/v1/payments/users/1', { reservationId }, token);
  await ask('GET', `/reservations/${reservationId}`);
  await ask('GET', '/reports/sales.csv?scheduleId=1');
  await ask('GET', '/reports/ledger.csv');
  await ask('POST', `/reservations/${reservationId}/refund`);
  await ask('POST', '/concerts/2/cancel');
  await ask('GET', '/reports/ledger.csv');
  await ask('GET', '/audit');
}

for (const [what, script] of Object.entries({ journey, refusals, operators })) {
  test(`the same script gives the same statuses and the same bytes on both hosts: ${what}`, async () => {
    const [bun, workerd] = await Promise.all(
      (['bun', 'workerd'] as const).map(async (host) => {
        const environment = { ADMIN_TOKEN, QUEUE_MAX_ACTIVE: '2' };
        const service = await TestService.start({ host, environment });
        services.push(service);
        const course = new Script(service);
        await script(course);
        expect(service.log.errors).toEqual([]);
        return course.said;
      }),
    );
    expect(workerd).toEqual(bun ?? []);
    expect(new Set(bun?.map(({ status }) => status)).size).toBeGreaterThan(1);
  });
}
