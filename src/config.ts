import type { Limits } from './coordinator/coordinator.ts';
import type { Policy } from './coordinator/policy.ts';
import { QUEUE_BOUNDS } from './queue/settings.ts';

/** Every setting of the service, read once at the start. Durations are in milliseconds. */
export interface Config {
  readonly port: number;
  readonly databaseUrl: string;
  readonly databaseAuthToken: string | undefined;
  /** How long a remote server may take to answer a request. */
  readonly databaseTimeoutMs: number;
  readonly timeZone: string;
  readonly demo: boolean;
  /** What the operator's requests carry; where there is none, nobody is the operator. */
  readonly adminToken: string | undefined;
  /** How many clients may be told of their place as it changes, at once. */
  readonly streamsMax: number;
  readonly limits: Limits;
  readonly policy: Policy;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable of the environment, as the README's table shows it. */
export interface Variable {
  readonly name: string;
  readonly fallback: string;
  readonly unit: string;
  readonly meaning: string;
  /** What is allowed, for a human. */
  readonly allowed: string;
  readonly accepts: (value: string) => boolean;
  /** Whether its value is to be kept out of every message. */
  readonly isSecret?: boolean;
}

const SECONDS_MAX = 7 * 24 * 3600;

/** All variables, in the order of the README's table. */
export const variables = [
  integer('PORT', 3000, 0, 65_535, 'port', 'Where the service listens; 0 takes any free port'),
  {
    name: 'DATABASE_URL',
    fallback: 'file:./data/seatline.db',
    unit: 'URL',
    meaning: 'The libSQL database: a local file, or a remote server',
    allowed: 'a URL that starts with file:, libsql:, http: or https:, with %25 for a %',
    accepts: (value) => /^(file:.|(libsql|https?):\/\/.)/.test(value) && isEscaped(value),
  },
  {
    name: 'DATABASE_AUTH_TOKEN',
    fallback: '',
    unit: 'text',
    meaning: 'The token for a remote libSQL server',
    allowed: 'any text',
    accepts: () => true,
  },
  integer(
    'DATABASE_TIMEOUT_MS',
    5_000,
    1,
    600_000,
    'milliseconds',
    'How long a remote server may take to answer',
  ),
  {
    name: 'TIME_ZONE',
    fallback: 'Asia/Seoul',
    unit: 'IANA zone',
    meaning: 'The zone in which times are written',
    allowed: 'an IANA time zone such as Asia/Seoul or UTC',
    accepts: isTimeZone,
  },
  {
    name: 'NODE_ENV',
    fallback: 'development',
    unit: 'name',
    meaning: '`production` never loads the demo data',
    allowed: 'development, test or production',
    accepts: (value) => ['development', 'test', 'production'].includes(value),
  },
  {
    name: 'DEMO',
    fallback: 'on',
    unit: 'on or off',
    meaning: 'Whether an empty database is filled with the demo data',
    allowed: 'on or off',
    accepts: (value) => value === 'on' || value === 'off',
  },
  {
    name: 'ADMIN_TOKEN',
    fallback: '',
    unit: 'text',
    meaning: "The operator's bearer token; unset, nobody is let in",
    allowed: 'visible ASCII characters without a space, as a header carries them',
    accepts: (value) => /^[!-~]*$/.test(value),
    isSecret: true,
  },
  integer(
    'TOKEN_WAITING_SECONDS',
    600,
    2,
    SECONDS_MAX,
    'seconds',
    'A waiting place lasts this long without a poll',
  ),
  integer('TOKEN_ACTIVE_SECONDS', 600, 1, SECONDS_MAX, 'seconds', 'How long an admitted user may reserve'),
  integer('HOLD_SECONDS', 300, 1, SECONDS_MAX, 'seconds', 'How long seats are held for a payment'),
  integer(
    'QUEUE_ADMIT_INTERVAL_MS',
    1_000,
    1,
    QUEUE_BOUNDS.admitIntervalMs,
    'milliseconds',
    'The interval of admission',
  ),
  integer(
    'QUEUE_ADMIT_BATCH',
    100,
    1,
    QUEUE_BOUNDS.admitBatch,
    'users',
    'How many users enter in one interval at most',
  ),
  integer(
    'QUEUE_MAX_ACTIVE',
    1_000,
    1,
    QUEUE_BOUNDS.activeMax,
    'users',
    'How many users are active at once at most',
  ),
  integer(
    'QUEUE_STREAMS_MAX',
    10_000,
    0,
    20_000,
    'streams',
    'How many streams of the status are open at most',
  ),
  integer(
    'MAILBOX_MAX',
    10_000,
    1,
    1_000_000,
    'commands',
    'How many commands wait to be carried out at most',
  ),
  integer(
    'COMMAND_DEADLINE_MS',
    2_000,
    1,
    600_000,
    'milliseconds',
    'How long a command waits to be carried out at most',
  ),
  integer('MAX_SEATS_PER_RESERVATION', 10, 1, 100, 'seats', 'How many seats one reservation takes at most'),
  integer(
    'MAX_RECHARGE',
    10_000_000,
    1,
    Number.MAX_SAFE_INTEGER,
    'smallest unit of the currency',
    'The largest recharge',
  ),
] as const satisfies readonly Variable[];

/** Reads the settings. Throws with the name, the value and what is allowed for the first one that is wrong. */
export function readConfig(environment: Environment): Config {
  const text = (name: (typeof variables)[number]['name']): string => {
    const variable: Variable | undefined = variables.find((v) => v.name === name);
    if (variable === undefined) throw new Error(`${name} is not a variable`);
    const value = environment[name] || variable.fallback;
    if (!variable.accepts(value)) {
      const given = variable.isSecret === true ? name : `${name}=${JSON.stringify(value)}`;
      throw new Error(`${given} is not allowed: it must be ${variable.allowed}`);
    }
    return value;
  };
  const number = (name: (typeof variables)[number]['name']): number => Number(text(name));
  const seconds = (name: (typeof variables)[number]['name']): number => number(name) * 1000;
  return {
    port: number('PORT'),
    databaseUrl: text('DATABASE_URL'),
    databaseAuthToken: text('DATABASE_AUTH_TOKEN') || undefined,
    databaseTimeoutMs: number('DATABASE_TIMEOUT_MS'),
    timeZone: text('TIME_ZONE'),
    demo: text('DEMO') === 'on' && text('NODE_ENV') !== 'production',
    adminToken: text('ADMIN_TOKEN') || undefined,
    streamsMax: number('QUEUE_STREAMS_MAX'),
    limits: { mailboxMax: number('MAILBOX_MAX'), commandMsMax: number('COMMAND_DEADLINE_MS') },
    policy: {
      waitingMs: seconds('TOKEN_WAITING_SECONDS'),
      activeMs: seconds('TOKEN_ACTIVE_SECONDS'),
      holdMs: seconds('HOLD_SECONDS'),
      admitIntervalMs: number('QUEUE_ADMIT_INTERVAL_MS'),
      admitBatch: number('QUEUE_ADMIT_BATCH'),
      activeMax: number('QUEUE_MAX_ACTIVE'),
      seatsPerReservationMax: number('MAX_SEATS_PER_RESERVATION'),
      rechargeMax: number('MAX_RECHARGE'),
    },
  };
}

function integer<Name extends string>(
  name: Name,
  fallback: number,
  min: number,
  max: number,
  unit: string,
  meaning: string,
): Variable & { readonly name: Name } {
  return {
    name,
    fallback: String(fallback),
    unit,
    meaning,
    allowed: `an integer from ${min} to ${max}`,
    accepts: (value) => /^(0|[1-9][0-9]*)$/.test(value) && Number(value) >= min && Number(value) <= max,
  };
}

/** Whether each % in a URL begins the code of a character. */
function isEscaped(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    // The function's URIError is its way of saying no.
    return false;
  }
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    // The constructor's RangeError is its way of saying no.
    return false;
  }
}
