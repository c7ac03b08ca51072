import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, readConfig } from '../../src/config.ts';
import type { Desk } from '../../src/coordinator/commands.ts';
import type { Log } from '../../src/deps.ts';
import type { ObserveRoute } from '../../src/http/requests.ts';
import { start } from '../../src/main.ts';
import type { LineView } from '../../src/queue/line-view.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { type Fixture, fill } from './fixture.ts';
import { HranaServer } from './hrana-server.ts';
import { SeededRandom } from './seeded-random.ts';
import { TestClock } from './test-clock.ts';
import { onWorkerd } from './workerd-service.ts';

/** Keeps what was logged, for a test to look at. */
export class TestLog implements Log {
  readonly errors: string[] = [];
  readonly warnings: string[] = [];
  /** What was told of each request. */
  readonly requests: {
    method: string;
    route: string;
    status: number;
    durationMs: number;
    requestId: string;
  }[] = [];
  private expected: { message: string; resolve: () => void }[] = [];

  error(message: string, cause?: unknown): void {
    this.errors.push(`${message}: ${cause instanceof Error ? cause.message : String(cause)}`);
    for (const { resolve } of this.expected.filter((e) => e.message === message)) resolve();
    this.expected = this.expected.filter((e) => e.message !== message);
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  readonly requestLog: ObserveRoute = (method, route) => (status, durationMs, requestId) => {
    this.requests.push({ method, route, status, durationMs, requestId });
  };

  /** Resolves when something is logged with this message, from now on. */
  next(message: string): Promise<void> {
    return new Promise((resolve) => this.expected.push({ message, resolve }));
  }
}

/** Whether this run of the tests wants every service on a remote database; each says then how much went there. */
const allAreRemote = process.env.TEST_DATABASE === 'remote';
/** What a service runs on. */
export type HostName = 'bun' | 'workerd';
/** What it wants them on. */
const hostOfAll: HostName = process.env.TEST_HOST === 'workerd' ? 'workerd' : 'bun';

/**
 * How many calls of a test may be under way while the database is behind a server: Bun has up to 256 requests of a
 * process under way, and those of the service to the server must still find room among those that wait for them.
 */
const REMOTE_CALLS_MAX = 200;

/** Lets so many be at work at once; the others wait in their order. */
class Turns {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async take(): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resume) => this.waiting.push(resume));
  }

  give(): void {
    const resume = this.waiting.shift();
    if (resume === undefined) this.free += 1;
    else resume();
  }
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads the body as a client without types would.
  readonly body: any;
  readonly headers: Headers;
}

export interface CallOptions {
  readonly token?: number | string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** The service as it runs somewhere. */
export interface Running {
  readonly url: string;
  /** The file of the database. */
  readonly databaseUrl: string;
  readonly desk: Pick<Desk, 'submit'>;
  /** Returns when what the time has set off is done. */
  idle(): Promise<void>;
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The whole program in this process: real HTTP on a free port, a real database file, time and chance of the test's. With
 * `TEST_DATABASE=remote` in the environment of the tests, or when a test asks for it, the file is behind a server. With
 * `TEST_HOST=workerd`, it is the program for Cloudflare, on workerd.
 */
export class TestService {
  private readonly turns: Turns;

  private constructor(
    private service: Running,
    readonly clock: TestClock,
    readonly log: TestLog,
    private readonly folder: string,
    private readonly environment: Environment,
    private readonly run: (environment: Environment) => Promise<Running>,
    private readonly server: HranaServer | null,
  ) {
    this.turns = new Turns(server === null ? Number.POSITIVE_INFINITY : REMOTE_CALLS_MAX);
  }

  static async start(
    options: {
      fixture?: Fixture;
      environment?: Environment;
      clock?: TestClock;
      remote?: boolean;
      host?: HostName;
    } = {},
  ): Promise<TestService> {
    const clock = options.clock ?? new TestClock();
    const log = new TestLog();
    const folder = mkdtempSync(join(tmpdir(), 'seatline-'));
    const environment = { TIME_ZONE: 'UTC', ...options.environment, DEMO: 'off' };
    if ((options.host ?? hostOfAll) === 'workerd') {
      const run = onWorkerd({ folder, clock, log, fixture: options.fixture ?? {} });
      return new TestService(await run(environment), clock, log, folder, environment, run, null);
    }
    const path = join(folder, 'test.db');
    const databaseUrl = `file:${path}`;
    const database = await openLibsql(databaseUrl);
    await fill(database, clock.now(), options.fixture ?? {});
    database.close();
    const isRemote = options.remote ?? allAreRemote;
    const server = isRemote ? await HranaServer.start(path) : null;
    const run = inThisProcess({ databaseUrl, server, clock, log });
    return new TestService(await run(environment), clock, log, folder, environment, run, server);
  }

  /** The server in front of the file, for a test that asked for one. */
  get remote(): HranaServer {
    if (this.server === null) throw new Error('the database is a file');
    return this.server;
  }

  get url(): string {
    return this.service.url;
  }

  /** The file, also where it is behind a server. */
  get databaseUrl(): string {
    return this.service.databaseUrl;
  }

  async call(method: string, path: string, { token, body, headers = {} }: CallOptions = {}): Promise<Answer> {
    await this.turns.take();
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { 'TOKEN-ID': String(token) }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const { status, headers: answered } = response;
      const isText = answered.get('content-type')?.startsWith('text/plain');
      return { status, body: isText ? await response.text() : await response.json(), headers: answered };
    } finally {
      this.turns.give();
    }
  }

  get = (path: string, options?: CallOptions) => this.call('GET', path, options);
  post = (path: string, options?: CallOptions) => this.call('POST', path, options);
  delete = (path: string, options?: CallOptions) => this.call('DELETE', path, options);

  /** Calls under `/v1/admin` with the ADMIN_TOKEN of the environment that the test chose. */
  readonly operator = {
    get: this.asOperator('GET'),
    post: this.asOperator('POST'),
    patch: this.asOperator('PATCH'),
  };

  private asOperator(method: string) {
    return (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
      const authorization = `Bearer ${this.environment.ADMIN_TOKEN}`;
      return this.call(method, `/v1/admin${path}`, { body, headers: { authorization, ...headers } });
    };
  }

  /** Joins the line, and returns the token's id. */
  async join(userId: number): Promise<number> {
    return (await this.post(`/v1/queue-tokens/users/${userId}`)).body.tokenId;
  }

  /** Lets time pass, and waits until what it set off is done. */
  async pass(ms: number): Promise<void> {
    this.clock.move(ms);
    await this.service.idle();
  }

  /** What the routes ask, for what HTTP alone cannot bring about. */
  get desk(): Pick<Desk, 'submit'> {
    return this.service.desk;
  }

  /** What an operator sees of the line. */
  async line(): Promise<LineView> {
    const view = await this.desk.submit({ kind: 'view-line' });
    if (!view.ok) throw new Error(view.reason);
    return view.value.totals;
  }

  /** Lets the coordinator finish, and take nothing more, while the server still listens. */
  drain(): Promise<void> {
    return this.service.drain();
  }

  /** Stops the service and starts it again on the same database, at the same time of the clock. */
  async restart(environment: Environment = {}): Promise<void> {
    await this.service.stop();
    this.service = await this.run({ ...this.environment, ...environment });
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await this.server?.close();
    if (allAreRemote && this.server !== null) {
      console.log(`${this.server.served} requests reached the database`);
    }
    rmSync(this.folder, { recursive: true });
  }
}

function inThisProcess({
  databaseUrl,
  server,
  clock,
  log,
}: {
  databaseUrl: string;
  server: HranaServer | null;
  clock: TestClock;
  log: TestLog;
}): (environment: Environment) => Promise<Running> {
  const random = new SeededRandom();
  const { alarm, stopwatch } = clock;
  const host = { clock, random, alarm, stopwatch, log, requestLog: log.requestLog };
  return async (environment) => {
    const config = readConfig({ PORT: '0', ...environment, DATABASE_URL: server?.url ?? databaseUrl });
    const { url, coordinator, stop } = await start(config, host);
    return {
      url,
      databaseUrl,
      desk: coordinator,
      idle: () => coordinator.idle(),
      drain: () => coordinator.drain(),
      stop,
    };
  };
}
