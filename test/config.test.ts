import { expect, test } from 'bun:test';
import { type Environment, readConfig, variables } from '../src/config.ts';

test('an empty environment gives the defaults of the contract', () => {
  expect(readConfig({})).toEqual({
    port: 3000,
    databaseUrl: 'file:./data/seatline.db',
    databaseAuthToken: undefined,
    databaseTimeoutMs: 5_000,
    timeZone: 'Asia/Seoul',
    logLevel: 'info',
    demo: true,
    adminToken: undefined,
    userTokenRules: undefined,
    corsOrigins: [],
    streamsMax: 10_000,
    rates: undefined,
    trustedProxies: 0,
    tracing: undefined,
    edgeStaleMs: 1000,
    limits: { mailboxMax: 10_000, commandMsMax: 2_000 },
    policy: {
      waitingMs: 600_000,
      activeMs: 600_000,
      holdMs: 300_000,
      admitIntervalMs: 1_000,
      admitBatch: 100,
      activeMax: 1_000,
      seatsPerReservationMax: 10,
      retentionMs: 30 * 24 * 3600 * 1000,
      rechargeMax: 10_000_000,
    },
  });
});

test('production never loads the demo data', () => {
  expect(readConfig({ NODE_ENV: 'production' }).demo).toBe(false);
  expect(readConfig({ NODE_ENV: 'production', DEMO: 'on' }).demo).toBe(false);
  expect(readConfig({ DEMO: 'off' }).demo).toBe(false);
});

test('limits are on in production, and otherwise where that is asked for', () => {
  const rate = { perAddress: 100, perUser: 1 };
  const rates = { joins: rate, recharges: rate, guesses: { perAddress: 10, perUser: 1 } };
  for (const RATE_LIMIT of ['', 'auto', 'on', 'off']) {
    const off = RATE_LIMIT === 'off' ? undefined : rates;
    expect(readConfig({ RATE_LIMIT, NODE_ENV: 'production' }).rates).toEqual(off);
    expect(readConfig({ RATE_LIMIT, NODE_ENV: 'test' }).rates).toEqual(
      RATE_LIMIT === 'on' ? rates : undefined,
    );
  }
});

test('each rate has a variable', () => {
  const names = ['JOINS', 'RECHARGES', 'GUESSES'].flatMap((what) => [
    `RATE_${what}_PER_ADDRESS`,
    `RATE_${what}_PER_USER`,
  ]);
  const environment = Object.fromEntries(names.map((name, index) => [name, String(index + 1)]));
  expect(readConfig({ ...environment, RATE_LIMIT: 'on' }).rates).toEqual({
    joins: { perAddress: 1, perUser: 2 },
    recharges: { perAddress: 3, perUser: 4 },
    guesses: { perAddress: 5, perUser: 6 },
  });
});

test('so many proxies are trusted as are named', () => {
  for (const proxies of [1, 9, 10]) {
    expect(readConfig({ TRUST_PROXY: String(proxies) }).trustedProxies).toBe(proxies);
  }
  expect(readConfig({ TRUST_PROXY: 'off' }).trustedProxies).toBe(0);
});

const bad: [name: string, value: string][] = [
  ['PORT', '65536'],
  ['PORT', '3000x'],
  ['PORT', '-1'],
  ['DATABASE_TIMEOUT_MS', '0'],
  ['TIME_ZONE', 'Mars/Olympus'],
  ['NODE_ENV', 'prod'],
  ['DEMO', 'yes'],
  ['AUTH_JWKS_URL', 'ftp://a/keys'],
  ['AUTH_JWKS_URL', 'a/keys'],
  ['CORS_ORIGINS', 'shop.example'],
  ['CORS_ORIGINS', 'https://shop.example/'],
  ['CORS_ORIGINS', 'https://shop.example/path'],
  ['CORS_ORIGINS', 'https://Shop.example'],
  ['CORS_ORIGINS', 'https://shop.example:443'],
  ['CORS_ORIGINS', 'https://*.example'],
  ['CORS_ORIGINS', 'ftp://shop.example'],
  ['CORS_ORIGINS', 'null'],
  ['CORS_ORIGINS', 'https://a.example,*'],
  ['CORS_ORIGINS', 'https://a.example,'],
  ['CORS_ORIGINS', 'https://a.example https://b.example'],
  ['TOKEN_WAITING_SECONDS', '1'],
  ['TOKEN_ACTIVE_SECONDS', '1.5'],
  ['HOLD_SECONDS', '1e3'],
  ['QUEUE_ADMIT_INTERVAL_MS', '0'],
  ['QUEUE_ADMIT_BATCH', ' 5'],
  ['QUEUE_MAX_ACTIVE', '1000000000000'],
  ['MAILBOX_MAX', '0'],
  ['COMMAND_DEADLINE_MS', '0'],
  ['RATE_LIMIT', 'yes'],
  ['RATE_JOINS_PER_USER', '0'],
  ['RATE_GUESSES_PER_ADDRESS', '1001'],
  ['TRUST_PROXY', '0'],
  ['TRUST_PROXY', '11'],
  ['TRUST_PROXY', 'on'],
  ['TRUST_PROXY', '1x'],
  ['MAX_SEATS_PER_RESERVATION', '101'],
  ['RETENTION_DAYS', '0'],
  ['RETENTION_DAYS', '1e3'],
  ['MAX_RECHARGE', '9007199254740992'],
];

for (const [name, value] of bad) {
  test(`${name}=${value} is refused by name, with the value and what is allowed`, () => {
    const allowed = variables.find((variable) => variable.name === name)?.allowed ?? 'nothing';
    expect(() => readConfig({ [name]: value })).toThrow(
      `${name}=${JSON.stringify(value)} is not allowed: it must be ${allowed}`,
    );
  });
}

test('spans are made when there is a collector for them', () => {
  const endpoint = 'https://collector.example:4318/otlp';
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  expect(readConfig(environment).tracing).toEqual({ endpoint, serviceName: 'seatline' });
  expect(readConfig({ ...environment, OTEL_SERVICE_NAME: 'x' }).tracing?.serviceName).toBe('x');
  expect(readConfig({ OTEL_SERVICE_NAME: 'x' }).tracing).toBeUndefined();
});

test('a collector that is no plain URL of the web is refused by name, and not shown', () => {
  for (const value of [
    'localhost:4318',
    'ftp://localhost:4318',
    'http://',
    'http://localhost:70000',
    'http://user:password@localhost:4318',
    'http://localhost:4318?key=1',
  ]) {
    expect(() => readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: value })).toThrow(
      /^OTEL_EXPORTER_OTLP_ENDPOINT is not allowed: it must be a URL that starts with http: or https:/,
    );
  }
});

test('a database that is none of libSQL is refused by name, and a token in its URL is not shown', () => {
  for (const value of [
    'postgres://host?authToken=token',
    'file:./100%.db',
    'libsql://host/%?authToken=token',
    'libsql://user:password@host',
    'libsql://',
  ]) {
    expect(() => readConfig({ DATABASE_URL: value })).toThrow(
      /^DATABASE_URL is not allowed: it must be a URL that starts with file:, libsql:, http: or https:/,
    );
  }
  for (const value of ['file:./a@b.db', 'http://[::1]:8080/a@b', 'libsql://host?authToken=a@b']) {
    expect(readConfig({ DATABASE_URL: value }).databaseUrl).toBe(value);
  }
});

test("an operator's token that no header can carry is refused, and not shown", () => {
  expect(readConfig({ ADMIN_TOKEN: '!token~' }).adminToken).toBe('!token~');
  for (const value of ['my token', ' token', 'tökén', 'token\n']) {
    expect(() => readConfig({ ADMIN_TOKEN: value })).toThrow(
      /^ADMIN_TOKEN is not allowed: it must be visible/,
    );
  }
});

test('the tokens of users are trusted by a secret or by published keys, with what they must say', () => {
  const secret = 'x'.repeat(32);
  const rules = (environment: Environment) => readConfig(environment).userTokenRules;
  const anything = { issuer: undefined, audience: undefined };
  expect(rules({ AUTH_JWT_SECRET: secret })).toEqual({ trusted: { secret }, ...anything });
  expect(rules({ AUTH_JWKS_URL: 'http://a/keys', AUTH_JWT_ISSUER: 'b', AUTH_JWT_AUDIENCE: 'c' })).toEqual({
    trusted: { jwksUrl: new URL('http://a/keys') },
    issuer: 'b',
    audience: 'c',
  });
});

test('a secret that is shorter than what it signs is refused, and not shown', () => {
  for (const secret of ['x'.repeat(31), 'é'.repeat(15)]) {
    expect(() => readConfig({ AUTH_JWT_SECRET: secret })).toThrow(
      /^AUTH_JWT_SECRET is not allowed: it must be at least 32 bytes/,
    );
  }
  for (const secret of ['x'.repeat(32), 'é'.repeat(16)]) {
    expect(() => readConfig({ AUTH_JWT_SECRET: secret })).not.toThrow();
  }
});

test('two sources of trust are refused by their names, and so is what a token must say when none is asked for', () => {
  const secret = 'x'.repeat(32);
  expect(() => readConfig({ AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: 'https://a/keys' })).toThrow(
    'AUTH_JWT_SECRET and AUTH_JWKS_URL are both set',
  );
  for (const name of ['AUTH_JWT_ISSUER', 'AUTH_JWT_AUDIENCE']) {
    expect(() => readConfig({ [name]: 'x' })).toThrow(`${name} needs AUTH_JWT_SECRET or AUTH_JWKS_URL`);
  }
});

test('the origins of pages are listed with commas, or there is the one star for all', () => {
  const origins = (list: string) => readConfig({ CORS_ORIGINS: list }).corsOrigins;
  expect(origins('https://a.example, http://localhost:8080,http://[::1]:1')).toEqual([
    'https://a.example',
    'http://localhost:8080',
    'http://[::1]:1',
  ]);
  expect(origins('*')).toEqual(['*']);
});

test('every number is refused just outside its bounds', () => {
  for (const { name, allowed } of variables) {
    const bounds = allowed.match(/^an integer from (\d+) to (\d+)$/);
    if (bounds === null) continue;
    const [, min = '', max = ''] = bounds;
    expect(() => readConfig({ [name]: min })).not.toThrow();
    expect(() => readConfig({ [name]: max })).not.toThrow();
    expect(() => readConfig({ [name]: String(BigInt(max) + 1n) })).toThrow(name);
    expect(() => readConfig({ [name]: String(BigInt(min) - 1n) })).toThrow(name);
  }
});
