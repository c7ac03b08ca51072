import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { MINUTE_MS } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';

const SMALL = '/v1/concerts/1/schedules/1/seats';
const LARGE = '/v1/concerts/1/schedules/2/seats';
/** The first seat of the large hall, which has the schedule 2. */
const LARGE_FROM = 51;
const LARGE_SEATS = 1_000;
const SHOP = 'https://shop.example';

let service: TestService;
let token: number;
beforeEach(async () => {
  service = await TestService.start({
    fixture: { concerts: [{ name: 'A', schedules: [{}, { seats: LARGE_SEATS, price: 10 }] }] },
    environment: { ADMIN_TOKEN: 'for-the-operator', CORS_ORIGINS: SHOP },
  });
  token = await service.join(1);
});
afterEach(async () => {
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

interface Look {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** As they came: `fetch` would decompress them. */
  readonly bytes: Buffer;
}

function look(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Look> {
  const { promise, resolve, reject } = Promise.withResolvers<Look>();
  const asked = { 'token-id': String(token), ...headers };
  request(service.url + path, { method, headers: asked }, (reply) => {
    const { statusCode: status, headers } = reply;
    buffer(reply).then((bytes) => resolve({ status, headers, bytes }), reject);
  })
    .on('error', reject)
    .end();
  return promise;
}

const etagOf = async (path = SMALL): Promise<string> => (await look(path)).headers.etag ?? '';

const reserve = async (seatIds: number[], scheduleId = 1): Promise<number> => {
  const body = { userId: 1, concertId: 1, scheduleId, seatIds };
  const { status, body: held } = await service.post('/v1/reservations', { token, body });
  expect(status).toBe(200);
  return held.reservationId;
};

describe('a seat map that the client has', () => {
  test('is answered 304 without a body as long as nothing has changed', async () => {
    const first = await look(SMALL);
    const { etag = '' } = first.headers;
    expect(first.status).toBe(200);
    expect(etag).toMatch(/^W\/"[a-z0-9]+-[a-z0-9]+"$/);
    expect(first.headers['cache-control']).toBe('private, no-cache');
    await reserve([LARGE_FROM], 2);
    const again = await look(SMALL, { 'if-none-match': etag });
    expect([again.status, again.bytes.length, again.headers.etag]).toEqual([304, 0, etag]);
    expect(again.headers['cache-control']).toBe('private, no-cache');
    expect(again.headers['x-content-type-options']).toBe('nosniff');
    expect(again.headers['x-request-id']).toBeString();
    expect(again.headers['content-length']).toBeUndefined();
    expect(again.headers['content-type']).toBeUndefined();
    const whole = await look(SMALL);
    expect([whole.headers.etag, whole.bytes]).toEqual([etag, first.bytes]);
  });

  test('may be named weak or strong, in a list, or by the star; a malformed name is none', async () => {
    const etag = await etagOf();
    const opaque = etag.slice(2);
    const statuses = async (headers: string[]) =>
      Promise.all(headers.map(async (header) => (await look(SMALL, { 'if-none-match': header })).status));
    const known = [etag, opaque, `"x", ${etag}`, `${opaque} , W/"x"`, '*'];
    expect(await statuses(known)).toEqual(known.map(() => 304));
    const unknown = ['"x"', 'W/"x", "y"', opaque.slice(1, -1), `x, ${etag}`, `"${etag}`, `${etag}, *`, ''];
    expect(await statuses(unknown)).toEqual(unknown.map(() => 200));
  });

  test('is sent anew, with another tag, after each thing that changes it', async () => {
    const { operator } = service;
    let reservationId = 0;
    const changes: Record<string, () => Promise<unknown>> = {
      'a reservation': async () => {
        reservationId = await reserve([1, 2]);
      },
      'its cancellation': () => service.delete(`/v1/reservations/${reservationId}/users/1`),
      'another price': () => operator.patch('/schedules/1/seats', { seatIds: [3], price: 5 }),
      'a blocked seat': () => operator.patch('/schedules/1/seats', { seatIds: [4], blocked: true }),
      'a date that is moved': () => operator.patch('/schedules/1', { concertAt: '2026-09-01T19:00:00' }),
    };
    const bodies = [String((await look(SMALL)).bytes)];
    const etags = [await etagOf()];
    for (const [what, change] of Object.entries(changes)) {
      await change();
      const answer = await look(SMALL, { 'if-none-match': etags.join(', ') });
      expect([what, answer.status]).toEqual([what, 200]);
      bodies.push(String(answer.bytes));
      etags.push(answer.headers.etag ?? '');
      expect((await look(SMALL, { 'if-none-match': etags.at(-1) ?? '' })).status).toBe(304);
    }
    expect(new Set(etags).size).toBe(6);
    // To cancel leads back to the seats of before, under a tag of its own.
    expect(new Set(bodies).size).toBe(5);
  });

  test('is sent anew from the millisecond at which a hold ends, though nobody has done anything', async () => {
    await reserve([1]);
    const etag = await etagOf();
    const isKnown = async () => (await look(SMALL, { 'if-none-match': etag })).status === 304;
    service.clock.jump(5 * MINUTE_MS - 1);
    expect(await isKnown()).toBe(true);
    service.clock.jump(1);
    expect(await isKnown()).toBe(false);
    const freed = await etagOf();
    service.clock.jump(1);
    expect(await etagOf()).toBe(freed);
    // That the end of the hold is written down changes nothing that anyone sees.
    await service.pass(MINUTE_MS);
    expect(await etagOf()).toBe(freed);
    const { seats } = JSON.parse(String((await look(SMALL)).bytes));
    expect(seats[0].seatStatus).toBe('AVAILABLE');
  });

  test('is sent anew after a restart, whose tags are others', async () => {
    const before = [await etagOf(), await etagOf(LARGE)];
    await service.restart();
    token = await service.join(1);
    for (const path of [SMALL, LARGE]) {
      expect((await look(path, { 'if-none-match': before.join(', ') })).status).toBe(200);
      expect(before).not.toContain(await etagOf(path));
    }
  });

  test('is not told of to one whose token is wrong, nor of what there is not', async () => {
    for (const known of ['*', await etagOf()]) {
      const headers = { 'if-none-match': known, 'accept-encoding': 'gzip' };
      for (const wrong of ['', 'x', String(token + 1)]) {
        const refused = await look(SMALL, { ...headers, 'token-id': wrong });
        expect([refused.status, String(refused.bytes)]).toEqual([
          401,
          '{"code":401,"message":"invalid token"}',
        ]);
        expect(refused.headers.etag).toBeUndefined();
        expect(refused.headers['cache-control']).toBe('no-store');
      }
      const none = await look('/v1/concerts/1/schedules/9/seats', headers);
      expect([none.status, none.headers['cache-control']]).toEqual([404, 'no-store']);
    }
    const etag = await etagOf();
    await service.delete('/v1/queue-tokens/users/1', { token });
    expect((await look(SMALL, { 'if-none-match': etag })).status).toBe(401);
  });

  test('is confirmed to HEAD as to GET', async () => {
    const [whole, head] = [await look(SMALL), await look(SMALL, {}, 'HEAD')];
    const { etag = '' } = head.headers;
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    for (const name of ['etag', 'cache-control', 'content-type', 'content-length', 'vary']) {
      expect([name, head.headers[name]]).toEqual([name, whole.headers[name]]);
    }
    const known = await look(SMALL, { 'if-none-match': etag }, 'HEAD');
    expect([known.status, known.headers.etag]).toEqual([304, etag]);
  });
});

describe('the map of a large hall', () => {
  test('comes compressed to a client that takes gzip, with the same tag and the same text', async () => {
    const plain = await look(LARGE);
    const compressed = await look(LARGE, { 'accept-encoding': 'gzip, deflate, br, zstd' });
    expect([plain.status, compressed.status]).toEqual([200, 200]);
    expect(String(gunzipSync(compressed.bytes))).toBe(String(plain.bytes));
    expect(compressed.bytes.length).toBeLessThan(plain.bytes.length / 5);
    expect(compressed.headers['content-length']).toBe(String(compressed.bytes.length));
    const told = ({ headers }: Look) => [headers['content-type'], headers['content-encoding'], headers.vary];
    expect(told(plain)).toEqual(['application/json', undefined, 'Origin, Accept-Encoding']);
    expect(told(compressed)).toEqual(['application/json', 'gzip', 'Origin, Accept-Encoding']);
    expect(compressed.headers.etag).toBe(plain.headers.etag);
    // Whichever of the two the client has, it is told that it has it.
    for (const encoding of ['gzip', 'identity']) {
      const known = { 'if-none-match': plain.headers.etag ?? '', 'accept-encoding': encoding };
      const again = await look(LARGE, { ...known, origin: SHOP });
      expect([again.status, again.headers.vary]).toEqual([304, 'Origin, Accept-Encoding']);
      expect(again.headers['content-encoding']).toBeUndefined();
      expect(again.headers['access-control-expose-headers']).toContain('ETag');
    }
  });

  test('comes as it is to a client that does not, and so does that of a small one to everybody', async () => {
    for (const encoding of ['identity', 'gzip;q=0', 'br, *;q=0', 'gzip;q=0.1, identity', '']) {
      const { headers, bytes } = await look(LARGE, { 'accept-encoding': encoding });
      expect([encoding, headers['content-encoding']]).toEqual([encoding, undefined]);
      expect(JSON.parse(String(bytes)).seats).toHaveLength(LARGE_SEATS);
    }
    const small = await look(SMALL, { 'accept-encoding': 'gzip' });
    expect([small.headers['content-encoding'], small.headers.vary]).toEqual([undefined, 'Origin']);
    expect(JSON.parse(String(small.bytes)).seats).toHaveLength(50);
  });

  test('has the headers of what is compressed for HEAD, too', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    const [whole, head] = [await look(LARGE, headers), await look(LARGE, headers, 'HEAD')];
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    for (const name of ['etag', 'content-encoding', 'content-length', 'vary', 'cache-control']) {
      expect([name, head.headers[name]]).toEqual([name, whole.headers[name]]);
    }
  });

  test('is whole and as new as its request in each encoding, while seats are reserved', async () => {
    const RESERVATIONS = 100;
    const taken: number[] = [];
    const bodies = new Map<string, string>();
    const sell = async (): Promise<void> => {
      while (taken.length < RESERVATIONS) {
        const seatId = LARGE_FROM + taken.length;
        await reserve([seatId], 2);
        taken.push(seatId);
      }
    };
    const watch = async (encoding: string): Promise<void> => {
      while (taken.length < RESERVATIONS) {
        const before = taken.length;
        const { status, headers, bytes } = await look(LARGE, { 'accept-encoding': encoding });
        expect([status, headers['content-encoding'] ?? 'identity']).toEqual([200, encoding]);
        const body = String(encoding === 'gzip' ? gunzipSync(bytes) : bytes);
        const { seats } = JSON.parse(body);
        expect(seats).toHaveLength(LARGE_SEATS);
        const statuses = seats.slice(0, before).map(({ seatStatus }: { seatStatus: string }) => seatStatus);
        expect(statuses).not.toContain('AVAILABLE');
        // A tag names one state only.
        const { etag = '' } = headers;
        expect(bodies.get(etag) ?? body).toBe(body);
        bodies.set(etag, body);
      }
    };
    await Promise.all([sell(), ...['gzip', 'gzip', 'identity'].map(watch)]);
    expect(bodies.size).toBeGreaterThan(5);
  });
});
