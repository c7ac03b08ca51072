import { expect, test } from 'bun:test';
import { readConfig, variables } from '../src/config.ts';

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
    streamsMax: 10_000,
    limits: { mailboxMax: 10_000, commandMsMax: 2_000 },
    policy: {
      waitingMs: 600_000,
      activeMs: 600_000,
      holdMs: 300_000,
      admitIntervalMs: 1_000,
      admitBatch: 100,
      activeMax: 1_000,
      seatsPerReservationMax: 10,
      rechargeMax: 10_000_000,
    },
  });
});

test('production never loads the demo data', () => {
  expect(readConfig({ NODE_ENV: 'production' }).demo).toBe(false);
  expect(readConfig({ NODE_ENV: 'production', DEMO: 'on' }).demo).toBe(false);
  expect(readConfig({ DEMO: 'off' }).demo).toBe(false);
});

const bad: [name: string, value: string][] = [
  ['PORT', '65536'],
  ['PORT', '3000x'],
  ['PORT', '-1'],
  ['DATABASE_URL', 'postgres://x'],
  ['DATABASE_URL', 'file:./100%.db'],
  ['DATABASE_TIMEOUT_MS', '0'],
  ['TIME_ZONE', 'Mars/Olympus'],
  ['NODE_ENV', 'prod'],
  ['DEMO', 'yes'],
  ['TOKEN_WAITING_SECONDS', '1'],
  ['TOKEN_ACTIVE_SECONDS', '1.5'],
  ['HOLD_SECONDS', '1e3'],
  ['QUEUE_ADMIT_INTERVAL_MS', '0'],
  ['QUEUE_ADMIT_BATCH', ' 5'],
  ['QUEUE_MAX_ACTIVE', '1000000000000'],
  ['MAILBOX_MAX', '0'],
  ['COMMAND_DEADLINE_MS', '0'],
  ['MAX_SEATS_PER_RESERVATION', '101'],
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

test("an operator's token that no header can carry is refused, and not shown", () => {
  expect(readConfig({ ADMIN_TOKEN: '!token~' }).adminToken).toBe('!token~');
  for (const value of ['my token', ' token', 'tökén', 'token\n']) {
    expect(() => readConfig({ ADMIN_TOKEN: value })).toThrow(
      /^ADMIN_TOKEN is not allowed: it must be visible/,
    );
  }
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
