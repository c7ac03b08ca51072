import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { createPublicKey } from 'node:crypto';
import { createClient } from '@libsql/client';
import type { OpenAPIV3 } from 'openapi-types';
import { COOLDOWN_MS, GOOD_MS } from '../../src/http/published-keys.ts';
import { TOKEN_CHARS_MAX } from '../../src/http/user-tokens.ts';
import { type Described, given, operationsOf, resolve } from '../support/document.ts';
import {
  encoded,
  makeKey,
  Publisher,
  type SigningKey,
  signed,
  withKey,
  withSecret,
} from '../support/issuer.ts';
import { type Answer, TestService } from '../support/service.ts';
import { TestClock } from '../support/test-clock.ts';
import { Wire } from '../support/wire.ts';

const SECRET = 'a secret of the issuer, and of the service';
const ISSUER = 'https://issuer.example';
const AUDIENCE = 'seatline';
const UNAUTHORIZED = { code: 401, message: 'unauthorized' };
const FORBIDDEN = { code: 403, message: 'forbidden' };
const NOT_READY = { code: 503, message: 'not ready' };
const REALM = 'Bearer realm="seatline"';
const INVALID = `${REALM}, error="invalid_token"`;
const HS256 = { alg: 'HS256', typ: 'JWT' };
const MINUTE = 60;

const start = Math.floor(new TestClock().now() / 1000);
const claims = { sub: '1', iss: ISSUER, aud: AUDIENCE, iat: start, exp: start + 24 * 60 * MINUTE };
const others = { ...claims, sub: '2' };
const { sub: _sub, ...withoutSub } = claims;
const { exp: _exp, ...withoutExp } = claims;
const { iss: _iss, ...withoutIss } = claims;
const { aud: _aud, ...withoutAud } = claims;

const bySecret = (payload: unknown, header: object = HS256) => signed(header, payload, withSecret(SECRET));
const byKey = (key: SigningKey, payload: unknown = claims, header: object = {}) =>
  signed({ alg: key.alg, kid: key.kid, ...header }, payload, withKey(key));

const rsa = makeKey('RS256', 'rsa');
const ec = makeKey('ES256', 'ec');
const attackers = makeKey('RS256', 'rsa');
const published = new Publisher();
const attacking = new Publisher();
published.keys = [rsa.published, ec.published];
attacking.keys = [attackers.published];
afterAll(() => Promise.all([published.stop(), attacking.stop()]));

const expected = { AUTH_JWT_ISSUER: ISSUER, AUTH_JWT_AUDIENCE: AUDIENCE };
const sharing = { AUTH_JWT_SECRET: SECRET, ...expected };
const fetching = { AUTH_JWKS_URL: published.url, ...expected };

let service: TestService;

function authorized(token: string): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** Adds to the balance of user 1, which shows afterwards. */
const recharge = (token: string): Promise<Answer> =>
  service.post('/v1/balance/users/1/recharge', { body: { amount: 5 }, ...authorized(token) });

const balance = (token: string): Promise<Answer> => service.get('/v1/balance/users/1', authorized(token));

/** Sends each token along with what would change something, and tells which were not refused. */
async function notRefused(tokens: Readonly<Record<string, string>>): Promise<string[]> {
  const wrong: string[] = [];
  for (const [what, token] of Object.entries(tokens)) {
    const { status, body, headers } = await recharge(token);
    const answer = JSON.stringify([status, body, headers.get('www-authenticate')]);
    if (answer !== JSON.stringify([401, UNAUTHORIZED, INVALID])) wrong.push(`${what}: ${answer}`);
  }
  return wrong;
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

/** Tokens that are wrong whatever they were signed with: `sign` signs as the issuer does. */
function wrongTokens(sign: (payload: unknown, header?: object) => string): Record<string, string> {
  const sound = sign(claims);
  const [header = '', payload = '', signature = ''] = sound.split('.');
  return {
    'no signature': `${header}.${payload}.`,
    'no algorithm': `${encoded({ alg: 'none' })}.${payload}.`,
    'no algorithm, in capitals': `${encoded({ alg: 'NONE' })}.${payload}.`,
    'no algorithm, with a signature': `${encoded({ alg: 'none' })}.${payload}.${signature}`,
    'no header': `.${payload}.${signature}`,
    'an algorithm that is no text': `${encoded({ alg: ['HS256'] })}.${payload}.${signature}`,
    'the claims of another': `${header}.${encoded({ ...claims, exp: claims.exp + 1 })}.${signature}`,
    expired: sign({ ...claims, exp: start - 1 }),
    'expired just now': sign({ ...claims, exp: start }),
    'expired long ago': sign({ ...claims, exp: 0 }),
    'not valid yet': sign({ ...claims, nbf: start + 1 }),
    'never expiring': sign(withoutExp),
    'an expiry that is text': sign({ ...claims, exp: String(claims.exp) }),
    'an expiry that is null': sign({ ...claims, exp: null }),
    'a beginning that is text': sign({ ...claims, nbf: '0' }),
    'another issuer': sign({ ...claims, iss: `${ISSUER}/` }),
    'no issuer': sign(withoutIss),
    'another audience': sign({ ...claims, aud: 'seatlines' }),
    'other audiences': sign({ ...claims, aud: ['a', 'b'] }),
    'no audience': sign(withoutAud),
    'no sub': sign(withoutSub),
    'an unknown critical header': sign(claims, { crit: ['x'], x: 1 }),
    'a payload that is not encoded': sign(claims, { crit: ['b64'], b64: false }),
    'no object': sign([claims]),
    null: sign(null),
    ...Object.fromEntries(
      [
        '',
        '0',
        '01',
        '1.0',
        '+1',
        '-1',
        ' 1',
        '1 ',
        '1e0',
        '0x1',
        '１',
        'one',
        '9007199254740992',
        1,
        null,
        [1],
        ['1'],
      ].map((sub) => [`sub ${JSON.stringify(sub)}`, sign({ ...claims, sub })]),
    ),
    ...Object.fromEntries(
      [
        1,
        header.length - 1,
        header.length,
        header.length + 1,
        sound.length >> 1,
        sound.length - 20,
        sound.length - 4,
      ].map((length) => [`cut to ${length}`, sound.slice(0, length)]),
    ),
    'a part more': `${sound}.`,
    'a part more, of five': `${sound}.${payload}.${signature}`,
    'twice, as two headers arrive': `${sound}, Bearer ${sound}`,
    'a letter more': `${sound}AAAA`,
    garbage: 'a.b.c',
    'a JSON': JSON.stringify({ protected: header, payload, signature }),
    'longer than any': sign({ ...claims, x: 'x'.repeat(TOKEN_CHARS_MAX) }),
    '100 KB': sign({ ...claims, x: 'x'.repeat(75_000) }),
  };
}

describe('with a secret', () => {
  beforeAll(async () => {
    service = await TestService.start({ environment: sharing });
  });
  afterAll(() => service.stop());

  test('the user whom a JWT names may act, also where an issuer names several audiences', async () => {
    expect((await recharge(bySecret(claims))).status).toBe(200);
    expect((await recharge(bySecret({ ...claims, aud: ['others', AUDIENCE] }))).status).toBe(200);
    expect((await recharge(bySecret({ ...claims, nbf: start }))).status).toBe(200);
    const { headers } = authorized(bySecret(claims));
    for (const scheme of ['bearer ', 'BEARER  ']) {
      const authorization = String(headers.authorization).replace('Bearer ', scheme);
      expect((await service.get('/v1/balance/users/1', { headers: { authorization } })).status).toBe(200);
    }
  });

  test('as long as the longest, it is read', async () => {
    const padded = (length: number) => bySecret({ ...claims, x: 'x'.repeat(length) });
    let length = TOKEN_CHARS_MAX / 2;
    while (padded(length + 1).length <= TOKEN_CHARS_MAX) length += 1;
    expect(padded(length).length).toBe(TOKEN_CHARS_MAX);
    expect((await balance(padded(length))).status).toBe(200);
    expect((await balance(padded(length + 1))).body).toEqual(UNAUTHORIZED);
  });

  test('whatever else is brought is refused, and changes nothing', async () => {
    const before = await everything();
    expect(await notRefused(wrongTokens(bySecret))).toEqual([]);
    const secrets = {
      'another secret': signed(HS256, claims, withSecret(`${SECRET}.`)),
      'an empty secret': signed(HS256, claims, withSecret('')),
      HS384: signed({ alg: 'HS384' }, claims, withSecret(SECRET, 384)),
      HS512: signed({ alg: 'HS512' }, claims, withSecret(SECRET, 512)),
      RS256: byKey(rsa),
      ES256: byKey(ec),
      'a key of its own': byKey(rsa, claims, { jwk: rsa.published }),
    };
    expect(await notRefused(secrets)).toEqual([]);
    expect(await everything()).toBe(before);
    expect(service.log.errors).toEqual([]);
  });

  test('two headers are none', async () => {
    const wire = await Wire.open(service.url);
    const value = `Bearer ${bySecret(claims)}`;
    const target = '/v1/balance/users/1';
    const headers = { Authorization: value, authorization: value };
    expect((await wire.ask({ method: 'GET', target, headers }))?.status).toBe(401);
    expect((await wire.ask({ method: 'GET', target, headers: { Authorization: value } }))?.status).toBe(200);
    wire.close();
  });

  test('whoever brings none is told how to, and no more', async () => {
    const [, , signature] = bySecret(claims).split('.');
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Basic ${signature}`,
      bySecret(claims),
    ]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await service.get('/v1/balance/users/1', { headers });
      expect([authorization, answer.body]).toEqual([authorization, UNAUTHORIZED]);
      expect(answer.headers.get('www-authenticate')).toBe(REALM);
    }
    const inQuery = `/v1/balance/users/1?access_token=${bySecret(claims)}`;
    expect((await service.get(inQuery)).body).toEqual(UNAUTHORIZED);
  });

  test('a token that was good once is as good as ever, and one that looks like it is not', async () => {
    const token = bySecret(claims);
    const [header, payload, signature = ''] = token.split('.');
    const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
    for (let time = 0; time < 3; time++) {
      expect((await balance(token)).status).toBe(200);
      expect((await balance(`${header}.${payload}.${flipped}`)).body).toEqual(UNAUTHORIZED);
      expect((await balance(`${header}.${encoded(others)}.${signature}`)).body).toEqual(UNAUTHORIZED);
    }
  });

  test('an expiry and a beginning count to the millisecond, for a token that is known and for one that is not', async () => {
    const soon = start + MINUTE;
    const ends = bySecret({ ...claims, exp: soon });
    const endsWithin = bySecret({ ...claims, exp: soon + 0.5 });
    const begins = bySecret({ ...claims, nbf: soon });
    const beginsWithin = bySecret({ ...claims, nbf: soon + 0.5 });
    const fresh = (payload: object) => bySecret({ ...claims, ...payload, jti: service.clock.now() });
    const statuses = async () => {
      const tokens = [ends, fresh({ exp: soon }), endsWithin, fresh({ exp: soon + 0.5 })];
      tokens.push(begins, fresh({ nbf: soon }), beginsWithin, fresh({ nbf: soon + 0.5 }));
      const answers = await Promise.all(tokens.map(balance));
      return answers.map(({ status }) => status).join(' ');
    };
    expect(await statuses()).toBe('200 200 200 200 401 401 401 401');
    service.clock.jump(MINUTE * 1000 - 1);
    expect(await statuses()).toBe('200 200 200 200 401 401 401 401');
    service.clock.jump(1);
    expect(await statuses()).toBe('401 401 200 200 200 200 401 401');
    service.clock.jump(499);
    expect(await statuses()).toBe('401 401 200 200 200 200 401 401');
    service.clock.jump(1);
    expect(await statuses()).toBe('401 401 401 401 200 200 401 401');
    // No token counts before its time; one that begins within a second, not before that second is over.
    service.clock.jump(500);
    expect(await statuses()).toBe('401 401 401 401 200 200 200 200');
  });

  describe('every operation on a user', () => {
    let document: OpenAPIV3.Document;
    let operations: Described[];
    beforeAll(async () => {
      document = (await service.get('/swagger/json')).body;
      operations = operationsOf(document).filter(({ operation }) =>
        operation.security?.some((scheme) => 'user' in scheme),
      );
    });

    const ask = ({ method, path, operation }: Described, userId: number, headers: Record<string, string>) => {
      const target = path.replaceAll('{userId}', String(userId)).replaceAll(/\{\w+\}/g, '1');
      if (operation.requestBody === undefined) return service.call(method, target, { headers });
      const { schema } = given(operation.requestBody).content['application/json'] ?? {};
      const { example } = schema === undefined ? {} : resolve(document, schema);
      const body = 'userId' in example ? { ...example, userId } : example;
      return service.call(method, target, { body, headers });
    };

    test("is one that names a user, and they are all that do but the operator's", () => {
      const names = operationsOf(document)
        .filter(
          ({ path, operation }) => path.includes('{userId}') || operation.operationId === 'reserveSeats',
        )
        .filter(({ path }) => !path.startsWith('/v1/admin'))
        .map(({ operation }) => operation.operationId);
      expect(operations.map(({ operation }) => operation.operationId)).toEqual(names);
      expect(names.length).toBeGreaterThanOrEqual(11);
    });

    test('is refused to whoever brings no token or that of another, and that changes nothing', async () => {
      const before = await everything();
      for (const described of operations) {
        const { operationId } = described.operation;
        const stranger = await ask(described, 1, {});
        expect([operationId, stranger.body]).toEqual([operationId, UNAUTHORIZED]);
        expect(stranger.headers.get('www-authenticate')).toBe(REALM);
        const other = await ask(described, 1, authorized(bySecret(others)).headers);
        expect([operationId, other.body]).toEqual([operationId, FORBIDDEN]);
        // Whether there is such a user is not for others to know.
        const nobody = await ask(described, 999_999, authorized(bySecret(others)).headers);
        expect([operationId, nobody.body]).toEqual([operationId, FORBIDDEN]);
      }
      expect(await everything()).toBe(before);
    });

    test('is carried out for the user, who may be told something else than who may act', async () => {
      const streaming = operations.filter(({ operation }) => operation.operationId === 'streamQueueStatus');
      for (const described of operations) {
        if (streaming.includes(described)) continue;
        const { body } = await ask(described, 1, authorized(bySecret(claims)).headers);
        expect([401, 403].includes(body.code) ? body.message : '').toBeOneOf(['', 'invalid token']);
      }
      const tokenId = await service
        .post('/v1/queue-tokens/users/1', authorized(bySecret(claims)))
        .then(({ body }) => body.tokenId);
      const stream = await fetch(`${service.url}/v1/queue-status/users/1/stream`, {
        headers: { 'TOKEN-ID': String(tokenId), ...authorized(bySecret(claims)).headers },
      });
      expect(stream.status).toBe(200);
      await stream.body?.cancel();
    });

    test('tells a stranger what is wrong with the shape of a request, and nothing that the service knows', async () => {
      const path = '/v1/balance/users/x/recharge';
      expect((await service.post(path, { body: {} })).body.message).toBe('invalid userId');
      const bad = await service.post('/v1/balance/users/1/recharge', { body: { amount: 'x' } });
      expect(bad.body.message).toBe('invalid recharge amount');
      const headers = { 'idempotency-key': 'short' };
      const key = await service.post('/v1/balance/users/1/recharge', { body: { amount: 1 }, headers });
      expect(key.body).toEqual(UNAUTHORIZED);
    });
  });

  test('what is not on a user is as open as ever', async () => {
    for (const path of ['/v1/concerts', '/health', '/ready', '/swagger/json']) {
      expect((await service.get(path)).status).toBe(200);
    }
    const headers = authorized(bySecret(claims)).headers;
    const { tokenId } = (await service.post('/v1/queue-tokens/users/1', { headers })).body;
    expect((await service.get('/v1/concerts/1/schedules/1/seats', { token: tokenId })).status).toBe(200);
  });
});

describe('without an issuer and an audience that are set', () => {
  test('those of a token are not looked at', async () => {
    service = await TestService.start({ environment: { AUTH_JWT_SECRET: SECRET } });
    const { sub, exp } = claims;
    expect((await balance(bySecret({ sub, exp }))).status).toBe(200);
    expect((await balance(bySecret({ sub, exp, iss: 'x', aud: 'y' }))).status).toBe(200);
    await service.stop();
  });
});

describe('with published keys', () => {
  beforeEach(async () => {
    published.keys = [rsa.published, ec.published];
    published.broken = null;
    published.asked = 0;
    service = await TestService.start({ environment: fetching });
  });
  afterEach(() => service.stop());

  for (const key of [rsa, ec]) {
    test(`the user whom a JWT names may act: ${key.alg}`, async () => {
      expect((await recharge(byKey(key))).status).toBe(200);
      const other = await recharge(byKey(key, others));
      expect(other.body).toEqual(FORBIDDEN);
      expect(published.asked).toBe(1);
    });

    test(`whatever else is brought is refused, and changes nothing: ${key.alg}`, async () => {
      const before = await everything();
      expect(await notRefused(wrongTokens((payload, header) => byKey(key, payload, header)))).toEqual([]);
      expect(await everything()).toBe(before);
      expect(published.asked).toBe(1);
      expect(service.log.errors).toEqual([]);
    });
  }

  test('a signature that nobody needs a private key for is refused', async () => {
    const pem = createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'pem' });
    const der = createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'der' });
    const confused = (secret: string | Buffer) =>
      signed({ ...HS256, kid: 'rsa' }, claims, withSecret(secret));
    const tokens = {
      'the public key as a secret': confused(pem),
      'the public key as a secret, without its last line break': confused(String(pem).trim()),
      'the public key as a secret, in bytes': confused(der),
      'the modulus as a secret': confused(Buffer.from(String(rsa.published.n), 'base64url')),
      'the secret of another service': bySecret(claims),
      'a key for another algorithm': byKey({ ...ec, kid: 'rsa' }),
      'an ECDSA signature of zeros': signed({ alg: 'ES256', kid: 'ec' }, claims, () => Buffer.alloc(64)),
    };
    expect(await notRefused(tokens)).toEqual([]);
  });

  test('a key that the token brings along, or says where to find, is not looked at', async () => {
    const own = {
      jwk: byKey(attackers, claims, { jwk: attackers.published }),
      'jwk alone': byKey(attackers, claims, { jwk: attackers.published, kid: undefined }),
      jku: byKey(attackers, claims, { jku: attacking.url }),
      x5u: byKey(attackers, claims, { x5u: attacking.url }),
      'jku as kid': byKey(attackers, claims, { kid: attacking.url, jku: attacking.url }),
      'a path as kid': byKey(attackers, claims, { kid: '../../keys' }),
    };
    expect(await notRefused(own)).toEqual([]);
    expect(attacking.asked).toBe(0);
  });

  test('a new key is found by its name, but nobody can have the keys fetched all the time', async () => {
    const newer = makeKey('ES256', 'newer');
    expect((await balance(byKey(rsa))).status).toBe(200);
    published.keys = [rsa.published, newer.published];
    service.clock.jump(COOLDOWN_MS - 1);
    expect((await balance(byKey(newer))).body).toEqual(UNAUTHORIZED);
    expect(published.asked).toBe(1);
    service.clock.jump(1);
    expect((await balance(byKey(newer))).status).toBe(200);
    for (let index = 0; index < 20; index++) {
      const unknown = byKey(attackers, claims, { kid: `x${index}` });
      expect((await balance(unknown)).body).toEqual(UNAUTHORIZED);
    }
    expect(published.asked).toBe(2);
  });

  test('a key that is gone from the set stops to count, also for a token that is known', async () => {
    const token = byKey(rsa);
    expect((await balance(token)).status).toBe(200);
    expect((await balance(token)).status).toBe(200);
    published.keys = [ec.published];
    service.clock.jump(GOOD_MS - 1);
    expect((await balance(token)).status).toBe(200);
    service.clock.jump(1);
    expect((await balance(token)).body).toEqual(UNAUTHORIZED);
    expect((await balance(byKey(ec))).status).toBe(200);
  });

  test('keys that cannot be fetched are no fault of the client, and are asked for once a second', async () => {
    const failures = [
      () => new Response('broken', { status: 500 }),
      () => new Response('no JSON'),
      () => Response.json({ keys: 1 }),
      () => new Response(null, { status: 302, headers: { location: attacking.url } }),
    ];
    for (const failure of failures) {
      published.broken = failure;
      published.asked = 0;
      for (let time = 0; time < 5; time++) {
        const { status, body, headers } = await recharge(byKey(rsa));
        expect([status, body, headers.get('retry-after')]).toEqual([503, NOT_READY, '1']);
        expect(headers.get('www-authenticate')).toBeNull();
      }
      service.clock.jump(999);
      expect((await recharge(byKey(rsa))).body).toEqual(NOT_READY);
      expect(published.asked).toBe(1);
      service.clock.jump(1);
    }
    expect(service.log.errors).toHaveLength(1);
    expect(service.log.errors[0]).toStartWith("the keys of the users' tokens cannot be fetched: ");
    published.broken = null;
    expect((await balance(byKey(rsa))).body).toEqual({ userId: 1, currentAmount: 0 });
    expect(attacking.asked).toBe(0);
  });

  test('while they cannot be fetched again, those that are known count until they are too old', async () => {
    expect((await balance(byKey(rsa))).status).toBe(200);
    published.broken = () => new Response(null, { status: 503 });
    service.clock.jump(GOOD_MS - 1);
    expect((await balance(byKey(ec))).status).toBe(200);
    expect((await balance(byKey(makeKey('ES256', 'newer')))).body).toEqual(NOT_READY);
    service.clock.jump(1);
    expect((await balance(byKey(ec))).body).toEqual(NOT_READY);
    published.broken = null;
    service.clock.jump(1_000);
    expect((await balance(byKey(ec))).status).toBe(200);
  });

  test('a key that is published broken is no fault of the client either', async () => {
    const secret = rsa.privateKey.export({ format: 'jwk' });
    for (const broken of [{ n: '!' }, secret]) {
      published.keys = [{ ...rsa.published, ...broken }, ec.published];
      service.clock.jump(GOOD_MS);
      for (let time = 0; time < 3; time++) expect((await balance(byKey(rsa))).body).toEqual(NOT_READY);
      expect((await balance(byKey(ec))).status).toBe(200);
      expect(service.log.errors).toHaveLength(1);
      expect(service.log.errors.pop()).toStartWith("a key of the users' tokens cannot be used: ");
    }
  });
});

test('where nothing tells who somebody is, a token is not looked at', async () => {
  service = await TestService.start();
  expect((await recharge('garbage')).status).toBe(200);
  await service.stop();
});
