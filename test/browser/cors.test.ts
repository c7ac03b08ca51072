import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { TestService } from '../support/service.ts';

/** The first run unpacks the browser, and the machine may be busy. */
const BROWSER_MS_MAX = 120_000;

/** A shop whose page comes from elsewhere. The address of this machine is another origin than its name. */
const shop = Bun.serve({
  port: 0,
  fetch: () =>
    new Response('<!doctype html><title>shop</title>', { headers: { 'content-type': 'text/html' } }),
});
const named = `http://127.0.0.1:${shop.port}`;
const stranger = `http://localhost:${shop.port}`;

let service: TestService;
/** The token of the one user who is let in. */
let active: number;
/** The token of a user whom the status tells when to come again. */
let waiting: number;
let browser: Browser;
beforeAll(async () => {
  service = await TestService.start({ environment: { CORS_ORIGINS: named, QUEUE_MAX_ACTIVE: '1' } });
  active = await service.join(1);
  waiting = await service.join(2);
  browser = await launchBrowser();
}, BROWSER_MS_MAX);
afterAll(async () => {
  await browser?.close();
  await service.stop();
  await shop.stop(true);
});

/** What a page of an origin finds: status, message and a header of each answer, or that it was kept from it. */
async function found(origin: string): Promise<unknown> {
  const page = await browser.newPage();
  await page.goto(origin);
  const outcome = await page.evaluate(
    `(async () => {
      const ask = async (path, init) => {
        const answer = await fetch('${service.url}' + path, init);
        const { message } = await answer.json();
        return [answer.status, message ?? null, answer.headers.get('retry-after')];
      };
      const headers = { authorization: 'Bearer x', 'content-type': 'application/json', 'idempotency-key': 'x' };
      const requests = [
        ['/v1/concerts', {}],
        ['/v1/nothing', {}],
        ['/v1/balance/users/1/recharge', { method: 'POST', headers, body: '{"amount":1}' }],
        ['/v1/queue-status/users/2', { headers: { 'token-id': '${waiting}' } }],
      ];
      const outcomes = [];
      for (const [path, init] of requests) {
        outcomes.push(await ask(path, init).catch(() => 'kept from it'));
      }
      return outcomes;
    })()`,
  );
  await page.close();
  return outcome;
}

test(
  'a page of a named origin reads answers and failures, with headers of its own or without; a page of another does not',
  async () => {
    expect(await found(named)).toEqual([
      [200, null, null],
      [404, 'not found', null],
      [400, 'invalid Idempotency-Key', null],
      [200, null, expect.stringMatching(/^\d+$/)],
    ]);
    expect(await found(stranger)).toEqual(Array(4).fill('kept from it'));
  },
  BROWSER_MS_MAX,
);

test(
  'a browser keeps a seat map, asks whether it is still so, and shows its page the map of now',
  async () => {
    const page = await browser.newPage();
    await page.goto(named);
    service.log.requests.length = 0;
    const look = (headers: Record<string, string> = {}) =>
      page.evaluate(
        `(async () => {
          const headers = ${JSON.stringify({ 'token-id': String(active), ...headers })};
          const answer = await fetch('${service.url}/v1/concerts/1/schedules/1/seats', { headers });
          const text = await answer.text();
          return [answer.status, answer.headers.get('etag'), text === '' ? null : JSON.parse(text).seats[0].seatStatus];
        })()`,
      );
    const first = await look();
    expect(first).toEqual([200, expect.stringMatching(/^W\//), 'AVAILABLE']);
    expect(await look()).toEqual(first);
    const body = { userId: 1, concertId: 1, scheduleId: 1, seatIds: [1] };
    expect((await service.post('/v1/reservations', { token: active, body })).status).toBe(200);
    expect(await look()).toEqual([200, expect.stringMatching(/^W\//), 'UNAVAILABLE']);
    // A page that asks itself is told so itself.
    expect(await look({ 'if-none-match': '*' })).toEqual([304, expect.stringMatching(/^W\//), null]);
    const looks = service.log.requests.filter(
      ({ method, route }) => method === 'GET' && route.endsWith('/seats'),
    );
    expect(looks.map(({ status }) => status)).toEqual([200, 304, 200, 304]);
    await page.close();
  },
  BROWSER_MS_MAX,
);
