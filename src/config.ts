import type { Limits } from './coordinator/mailbox.ts';
import type { Policy } from './coordinator/policy.ts';
import { LOG_LEVELS, type LogLevel } from './deps.ts';
import type { Rate, Rates } from './http/rate-limits.ts';
import type { UserTokenRules } from './http/user-tokens.ts';
import { QUEUE_BOUNDS } from './queue/settings.ts';

export interface TracingConfig {
  /** Where the collector listens, without the path of the signal. */
  readonly endpoint: string;
  readonly serviceName: string;
}

/** Every setting of the service, read once at the start. Durations are in milliseconds. */
export interface Config {
  readonly port: number;
  readonly databaseUrl: string;
  readonly databaseAuthToken: string | undefined;
  /** How long a remote server may take to answer a request. */
  readonly databaseTimeoutMs: number;
  readonly timeZone: string;
  readonly logLevel: LogLevel;
  readonly demo: boolean;
  /** What the operator's requests carry; where there is none, nobody is the operator. */
  readonly adminToken: string | undefined;
  /** What the tokens of users must be like; where there are no such rules, whoever asks may act for any user. */
  readonly userTokenRules: UserTokenRules | undefined;
  /** Whose pages may call the service from a browser: their origins, or `*` alone. */
  readonly corsOrigins: readonly string[];
  /** How many clients may be told of their place as it changes, at once. */
  readonly streamsMax: number;
  /** How often clients may do what costs us; undefined for as often as they like. */
  readonly rates: Rates | undefined;
  /** How many proxies of ours stand before the service, each of which writes into `X-Forwarded-For`. */
  readonly trustedProxies: number;
  /** Where spans go; where there is none, none are made. */
  readonly tracing: TracingConfig | undefined;
  /** How old a copy may be from which the edge answers polls and shows seats. */
  readonly edgeStaleMs: number;
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
const DAY_MS = 24 * 3600 * 1000;

/** All variables, in the order of the README's table. */
export const variables = [
  integer('PORT', 3000, 0, 65_535, 'port', 'Where the service listens; 0 takes any free port'),
  {
    name: 'DATABASE_URL',
    fallback: 'file:./data/seatline.db',
    unit: 'URL',
    meaning: 'The libSQL database: a local file, or a remote server',
    allowed: 'a URL that starts with file:, libsql:, http: or https:, with %25 for a % and without a user',
    accepts: (value) => /^(file:.|(libsql|https?):\/\/[^/?#@]+([/?#]|$))/.test(value) && isEscaped(value),
    // The token may be in its query.
    isSecret: true,
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
    name: 'LOG_LEVEL',
    fallback: 'info',
    unit: 'name',
    meaning: 'What is logged: `info` has a line for each request, `error` only faults',
    allowed: LOG_LEVELS.join(', '),
    accepts: (value) => LOG_LEVELS.some((level) => level === value),
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
  {
    name: 'AUTH_JWT_SECRET',
    fallback: '',
    unit: 'text',
    meaning: "The secret that signs the users' JWTs, by HS256",
    allowed: 'at least 32 bytes, as many as HS256 makes of it',
    accepts: (value) => value === '' || new TextEncoder().encode(value).byteLength >= 32,
    isSecret: true,
  },
  {
    name: 'AUTH_JWKS_URL',
    fallback: '',
    unit: 'URL',
    meaning: "The keys that the users' JWTs are signed with, by RS256 or ES256",
    allowed: 'a URL that starts with http: or https:',
    accepts: (value) => value === '' || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)),
  },
  {
    name: 'AUTH_JWT_ISSUER',
    fallback: '',
    unit: 'text',
    meaning: "The `iss` of the users' JWTs; unset, it is not looked at",
    allowed: 'any text',
    accepts: () => true,
  },
  {
    name: 'AUTH_JWT_AUDIENCE',
    fallback: '',
    unit: 'text',
    meaning: "The `aud` of the users' JWTs; unset, it is not looked at",
    allowed: 'any text',
    accepts: () => true,
  },
  {
    name: 'CORS_ORIGINS',
    fallback: '',
    unit: 'origins',
    meaning: 'Whose pages may call the service from a browser, or `*`',
    allowed:
      'origins such as https://shop.example, as a browser writes them, with commas between; or * alone',
    accepts: (value) => value === '*' || originsIn(value).every(isOrigin),
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
  integer(
    'EDGE_STALE_MS',
    1_000,
    0,
    10_000,
    'milliseconds',
    'On Cloudflare: how old a copy may be that polls and seat maps are answered from; 0 for none',
  ),
  {
    name: 'RATE_LIMIT',
    fallback: 'auto',
    unit: 'on, off or auto',
    meaning: 'Whether clients are limited; `auto` is `on` where `NODE_ENV` is `production`',
    allowed: 'on, off or auto',
    accepts: (value) => ['on', 'off', 'auto'].includes(value),
  },
  rate('RATE_JOINS_PER_ADDRESS', 100, 'Joins from one address'),
  rate('RATE_JOINS_PER_USER', 1, 'Joins of one user'),
  rate('RATE_RECHARGES_PER_ADDRESS', 100, 'Recharges from one address'),
  rate('RATE_RECHARGES_PER_USER', 1, 'Recharges of one user'),
  rate('RATE_GUESSES_PER_ADDRESS', 10, 'Requests with a wrong token from one address'),
  rate('RATE_GUESSES_PER_USER', 1, 'Requests with a wrong token for one user'),
  {
    name: 'TRUST_PROXY',
    fallback: 'off',
    unit: 'off or proxies',
    meaning: 'How many proxies of yours write into `X-Forwarded-For`; `off` never believes it',
    allowed: 'off or an integer from 1 to 10',
    accepts: (value) => /^(off|[1-9]|10)$/.test(value),
  },
  integer('MAX_SEATS_PER_RESERVATION', 10, 1, 100, 'seats', 'How many seats one reservation takes at most'),
  integer('RETENTION_DAYS', 30, 1, 3_650, 'days', 'How long ended tokens and unpaid reservations are kept'),
  integer(
    'MAX_RECHARGE',
    10_000_000,
    1,
    Number.MAX_SAFE_INTEGER,
    'smallest unit of the currency',
    'The largest recharge',
  ),
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    fallback: '',
    unit: 'URL',
    meaning: 'The OpenTelemetry collector that traces are sent to',
    allowed: 'a URL that starts with http: or https:, without a user, a query or a fragment',
    accepts: (value) => value === '' || (/^https?:\/\/[^?#@\s]+$/.test(value) && URL.canParse(value)),
    // Its user would have a password.
    isSecret: true,
  },
  {
    name: 'OTEL_SERVICE_NAME',
    fallback: 'seatline',
    unit: 'name',
    meaning: 'What the service is called in its traces',
    allowed: 'any text',
    accepts: () => true,
  },
] as const satisfies readonly Variable[];

type Name = (typeof variables)[number]['name'];

/**
 * Reads the settings. Throws with the name, the value and what is allowed for the first one that is wrong, and with the
 * names of those that contradict each other.
 */
export function readConfig(environment: Environment): Config {
  const text = (name: Name): string => {
    const variable: Variable | undefined = variables.find((v) => v.name === name);
    if (variable === undefined) throw new Error(`${name} is not a variable`);
    const value = environment[name] || variable.fallback;
    if (!variable.accepts(value)) {
      const given = variable.isSecret === true ? name : `${name}=${JSON.stringify(value)}`;
      throw new Error(`${given} is not allowed: it must be ${variable.allowed}`);
    }
    return value;
  };
  const endpoint = text('OTEL_EXPORTER_OTLP_ENDPOINT');
  const number = (name: Name): number => Number(text(name));
  const seconds = (name: Name): number => number(name) * 1000;
  const rateOf = (what: 'JOINS' | 'RECHARGES' | 'GUESSES'): Rate => ({
    perAddress: number(`RATE_${what}_PER_ADDRESS`),
    perUser: number(`RATE_${what}_PER_USER`),
  });
  // They are read in any case, so that a wrong one is named.
  const rates = { joins: rateOf('JOINS'), recharges: rateOf('RECHARGES'), guesses: rateOf('GUESSES') };
  const isProduction = text('NODE_ENV') === 'production';
  const isLimited = text('RATE_LIMIT') === 'auto' ? isProduction : text('RATE_LIMIT') === 'on';
  return {
    port: number('PORT'),
    databaseUrl: text('DATABASE_URL'),
    databaseAuthToken: text('DATABASE_AUTH_TOKEN') || undefined,
    databaseTimeoutMs: number('DATABASE_TIMEOUT_MS'),
    timeZone: text('TIME_ZONE'),
    logLevel: LOG_LEVELS.find((level) => level === text('LOG_LEVEL')) ?? 'info',
    demo: text('DEMO') === 'on' && !isProduction,
    adminToken: text('ADMIN_TOKEN') || undefined,
    userTokenRules: readUserTokenRules(text),
    corsOrigins: originsIn(text('CORS_ORIGINS')),
    streamsMax: number('QUEUE_STREAMS_MAX'),
    rates: isLimited ? rates : undefined,
    trustedProxies: text('TRUST_PROXY') === 'off' ? 0 : number('TRUST_PROXY'),
    tracing: endpoint === '' ? undefined : { endpoint, serviceName: text('OTEL_SERVICE_NAME') },
    edgeStaleMs: number('EDGE_STALE_MS'),
    limits: { mailboxMax: number('MAILBOX_MAX'), commandMsMax: number('COMMAND_DEADLINE_MS') },
    policy: {
      waitingMs: seconds('TOKEN_WAITING_SECONDS'),
      activeMs: seconds('TOKEN_ACTIVE_SECONDS'),
      holdMs: seconds('HOLD_SECONDS'),
      admitIntervalMs: number('QUEUE_ADMIT_INTERVAL_MS'),
      admitBatch: number('QUEUE_ADMIT_BATCH'),
      activeMax: number('QUEUE_MAX_ACTIVE'),
      seatsPerReservationMax: number('MAX_SEATS_PER_RESERVATION'),
      retentionMs: number('RETENTION_DAYS') * DAY_MS,
      rechargeMax: number('MAX_RECHARGE'),
    },
  };
}

/** What must not stand in any line of a log. */
export function secretsOf({ adminToken, databaseAuthToken, databaseUrl, userTokenRules }: Config): string[] {
  const [, query] = databaseUrl.split('?');
  const urlToken = new URLSearchParams(query).get('authToken') || null;
  const trusted = userTokenRules?.trusted;
  const jwtSecret = trusted !== undefined && 'secret' in trusted ? trusted.secret : undefined;
  return [adminToken, databaseAuthToken, urlToken, jwtSecret].filter((secret) => secret != null);
}

function readUserTokenRules(text: (name: Name) => string): UserTokenRules | undefined {
  const secret = text('AUTH_JWT_SECRET');
  const jwksUrl = text('AUTH_JWKS_URL');
  const issuer = text('AUTH_JWT_ISSUER') || undefined;
  const audience = text('AUTH_JWT_AUDIENCE') || undefined;
  // Whichever were meant to count, the other would let people in.
  if (secret !== '' && jwksUrl !== '') throw new Error('AUTH_JWT_SECRET and AUTH_JWKS_URL are both set');
  if (secret !== '') return { trusted: { secret }, issuer, audience };
  if (jwksUrl !== '') return { trusted: { jwksUrl: new URL(jwksUrl) }, issuer, audience };
  // Whoever says what a JWT must be like does not expect that none is asked for.
  for (const [name, value] of Object.entries({ AUTH_JWT_ISSUER: issuer, AUTH_JWT_AUDIENCE: audience })) {
    if (value !== undefined) throw new Error(`${name} needs AUTH_JWT_SECRET or AUTH_JWKS_URL`);
  }
  return undefined;
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

/** How often something may be done in the long run. */
function rate<Name extends string>(name: Name, fallback: number, what: string) {
  return integer(name, fallback, 1, 1_000, 'a second', `${what}; ten times as many at once`);
}

function originsIn(list: string): string[] {
  return list === '' ? [] : list.split(',').map((origin) => origin.trim());
}

/** Whether it is what a browser sends as `Origin`: anything else would be compared with that in vain. */
function isOrigin(text: string): boolean {
  return /^https?:[^*]*$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
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
