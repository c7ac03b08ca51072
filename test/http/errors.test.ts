import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { BadRequest, errorShape, fail, statusOf } from '../../src/http/errors.ts';
import { pathId } from '../../src/http/ids.ts';
import { type Reason, refused } from '../../src/refusal.ts';
import { TestLog } from '../support/service.ts';

const REASONS: Reason[] = [
  'invalid token',
  'user not found',
  'reservation failed',
  'payment failed',
  'not ready',
];
/** A body whose schema tells what it must be. */
const Told = Type.Object(
  {
    price: Type.Optional(Type.Integer({ description: 'an integer' })),
    bands: Type.Optional(
      Type.Array(Type.Object({ to: Type.Integer({ minimum: 1, description: 'a number from 1' }) })),
    ),
    ids: Type.Optional(Type.Array(Type.Integer({ description: 'an id' }), { maxItems: 2 })),
  },
  { description: 'an object with a field', minProperties: 1 },
);
const SECRET = 'select balance from users';

/** An app with a route for each thing that can go wrong, and what it logs. */
function failingApp() {
  const log = new TestLog();
  const methods: Record<string, string[]> = { '/known': ['GET', 'DELETE'], '/post': ['POST'] };
  const app = new Elysia({ strictPath: true })
    .use(errorShape(log, (path) => methods[path] ?? []))
    .get('/throws', () => {
      throw new Error(SECRET);
    })
    .get('/rejects', async () => {
      await Promise.reject(new Error(SECRET));
    })
    .get('/throws-text', () => {
      throw SECRET;
    })
    .get('/lies', () => JSON.parse('{"amount":"much"}'), {
      response: { 200: Type.Object({ amount: Type.Integer() }) },
    })
    .get('/rejected', () => {
      throw new BadRequest(415, 'unsupported content type');
    })
    .get('/ids/:userId/:seatId', () => 'ok', { params: Type.Object({ userId: pathId(), seatId: pathId() }) })
    .post('/bodies', () => 'ok', {
      parse: () => null,
      body: Type.Object({ concertAt: Type.String({ pattern: '^2' }), price: Type.Integer() }),
    })
    .post('/words', () => 'ok', { parse: () => 1, body: Type.String() })
    .post('/told', () => 'ok', { parse: ({ request }) => request.json(), body: Told })
    .get('/refused/:reason', ({ params, set }) => {
      const reason = REASONS.find((candidate) => candidate === params.reason);
      return fail(set, refused(reason ?? 'internal error'));
    });
  const ask = async (path: string, method = 'GET') => {
    const response = await app.handle(new Request(`http://localhost${path}`, { method }));
    return { status: response.status, body: await response.json(), headers: response.headers };
  };
  return { app, ask, log };
}

describe('a fault of ours', () => {
  test('answers 500 without a word of what broke, and is logged with its cause', async () => {
    const { ask, log } = failingApp();
    for (const path of ['/throws', '/rejects', '/throws-text', '/lies']) {
      const { status, body } = await ask(`${path}?token=secret`);
      expect([path, status, body]).toEqual([path, 500, { code: 500, message: 'internal error' }]);
      expect(log.errors).toHaveLength(1);
      // The query is left out, as it may hold what does not belong in a log.
      expect(log.errors.pop()).toStartWith(`GET ${path} failed: `);
    }
  });
});

describe('a mistake of the client', () => {
  test('is answered by its status and message, and is not logged', async () => {
    const { ask, log } = failingApp();
    const message = async (path: string, method?: string) => (await ask(path, method)).body;
    expect(await message('/rejected')).toEqual({ code: 415, message: 'unsupported content type' });
    expect(await message('/none')).toEqual({ code: 404, message: 'not found' });
    expect(await message('/none', 'PATCH')).toEqual({ code: 404, message: 'not found' });
    expect(log.errors).toEqual([]);
  });

  test('names the first field that is wrong', async () => {
    const { ask } = failingApp();
    expect((await ask('/ids/0/0')).body).toEqual({ code: 400, message: 'invalid userId' });
    expect((await ask('/ids/1/0')).body).toEqual({ code: 400, message: 'invalid seatId' });
    expect((await ask('/bodies', 'POST')).body).toEqual({ code: 400, message: 'invalid concertAt' });
    expect((await ask('/words', 'POST')).body).toEqual({ code: 400, message: 'invalid body' });
  });

  test('in the method is told which methods there are; who takes GET takes HEAD', async () => {
    const { ask } = failingApp();
    const { status, body, headers } = await ask('/known?a=b', 'PUT');
    expect([status, body]).toEqual([405, { code: 405, message: 'method not allowed' }]);
    expect(headers.get('allow')).toBe('GET, HEAD, DELETE');
    expect((await ask('/post', 'OPTIONS')).headers.get('allow')).toBe('POST');
  });
});

describe('a refusal', () => {
  test('is answered by its status, with its reason as the message', async () => {
    const { ask } = failingApp();
    const answers = await Promise.all(REASONS.map((reason) => ask(`/refused/${encodeURIComponent(reason)}`)));
    const expected = [401, 404, 400, 500, 503].map((code, index) => [
      code,
      { code, message: REASONS[index] },
    ]);
    expect(answers.map(({ status, body }) => [status, body])).toEqual(expected);
  });

  test('says when to come again, when that can help', async () => {
    const { ask } = failingApp();
    expect((await ask('/refused/not%20ready')).headers.get('retry-after')).toBe('1');
    expect((await ask('/refused/payment%20failed')).headers.get('retry-after')).toBeNull();
    expect(statusOf('not ready')).toBe(503);
  });
});

test('where the schema of a body describes what it must be, a refusal says so', async () => {
  const { app } = failingApp();
  for (const [body, message] of [
    [{ price: 'x' }, 'invalid price: must be an integer'],
    [{ bands: [{ to: 1 }, { to: 0 }] }, 'invalid bands: to must be a number from 1'],
    [{ bands: [{}] }, 'invalid bands: to must be a number from 1'],
    [{ ids: [1, 'x'] }, 'invalid ids: each must be an id'],
    [{ ids: [1, 2, 3] }, 'invalid ids'],
    [{ unknown: 1 }, 'invalid body: must be an object with a field'],
    [[], 'invalid body: must be an object with a field'],
    [null, 'invalid body: must be an object with a field'],
  ] as const) {
    const request = new Request('http://localhost/told', { method: 'POST', body: JSON.stringify(body) });
    expect(await (await app.handle(request)).json()).toEqual({ code: 400, message });
  }
});
