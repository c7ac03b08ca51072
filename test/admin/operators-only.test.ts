import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { operatorsOnly } from '../../src/admin/operators-only.ts';
import { errorShape } from '../../src/http/errors.ts';
import { jsonBody } from '../../src/http/json.ts';
import { TestLog } from '../support/service.ts';

const log = new TestLog();

/** A route for operators with all that a request can have wrong, and one beside it for everybody. */
const appWith = (adminToken: string | undefined) =>
  new Elysia()
    .use(errorShape(log, () => []))
    .use(
      new Elysia({ prefix: '/admin' })
        .use(operatorsOnly(adminToken))
        .post('/thing', ({ body }) => body, { parse: jsonBody, body: Type.Object({ x: Type.Integer() }) }),
    )
    .get('/open', () => ({}));

const ask = (authorization: string | null, body = '{"x":1}', app = appWith('the token')) =>
  app.handle(
    new Request('http://localhost/admin/thing', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization === null ? {} : { authorization }),
      },
      body,
    }),
  );

for (const authorization of ['Bearer the token', 'bearer the token', 'BEARER  the token']) {
  test(`${authorization} lets the operator in`, async () => {
    expect((await ask(authorization)).status).toBe(200);
  });
}

test('whoever is not the operator is told so, and how to be, whatever else is wrong', async () => {
  for (const body of ['{"x":1}', '{"x":"1"}', '{', '']) {
    for (const authorization of [null, 'Bearer another', 'Basic the token']) {
      const answer = await ask(authorization, body);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="seatline"');
      expect(await answer.json()).toEqual({ code: 401, message: 'unauthorized' });
    }
  }
  expect(log.errors).toEqual([]);
});

test('the operator is told what is wrong with a request', async () => {
  expect(await (await ask('Bearer the token', '{')).json()).toEqual({ code: 400, message: 'invalid JSON' });
  expect(await (await ask('Bearer the token', '{}')).json()).toEqual({ code: 400, message: 'invalid x' });
});

test('where no token is set, nobody is the operator', async () => {
  for (const authorization of [null, 'Bearer ', 'Bearer', 'Bearer undefined', 'Bearer null']) {
    expect((await ask(authorization, '{"x":1}', appWith(undefined))).status).toBe(401);
  }
});

test('other routes are open to everybody', async () => {
  expect((await appWith(undefined).handle(new Request('http://localhost/open'))).status).toBe(200);
});
