import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, readConfig } from '../../src/config.ts';
import type { Desk } from '../../src/coordinator/commands.ts';
import type { Alarm, Clock, Log, Random } from '../../src/deps.ts';
import { type Service, start } from '../../src/main.ts';
import type { LineView } from '../../src/queue/line-view.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { type Fixture, fill } from './fixture.ts';

/** A clock that stands still until the test moves it; its alarm rings when its time is reached. */
export class TestClock implements Clock {
  private readonly alarms = new Set<{ at: number | null; ring: () => void }>();

  constructor(private time = Date.parse('2026-07-04T01:00:00Z')) {}

  now(): number {
    return this.time;
  }

  readonly alarm = (ring: () => void): Alarm => {
    const entry: { at: number | null; ring: () => void } = { at: null, ring };
    this.alarms.add(entry);
    return {
      set: (at) => {
        entry.at = at;
      },
    };
  };

  /** Moves the time as if every alarm were late: what is due has not rung yet. */
  jump(ms: number): void {
    this.time += ms;
  }

  /** Moves the time, and rings what is due; `TestService.pass` also waits for what that sets off. */
  move(ms: number): void {
    this.jump(ms);
    for (const entry of this.alarms) {
      if (entry.at === null || entry.at > this.time) continue;
      entry.at = null;
      entry.ring();
    }
  }
}

/** Ids that a seed decides: a test that failed can be run again just as it was. */
export class SeededRandom implements Random {
  constructor(private state = 1) {}

  id(): number {
    return Math.floor(this.next() * (Number.MAX_SAFE_INTEGER - 1)) + 1;
  }

  /** From 0 to below 1 (mulberry32, twice for 53 bits). */
  next(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  private word(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

/** Keeps what was logged, for a test to look at. */
export class TestLog implements Log {
  readonly errors: string[] = [];

  error(message: string, cause?: unknown): void {
    this.errors.push(`${message}: ${cause instanceof Error ? cause.message : String(cause)}`);
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

/** The whole program in this process: real HTTP on a free port, a real database file, time and chance of the test's. */
export class TestService {
  private constructor(
    private service: Service,
    readonly clock: TestClock,
    readonly log: TestLog,
    readonly databaseUrl: string,
    private readonly folder: string,
    private readonly environment: Environment,
    private readonly random: SeededRandom,
  ) {}

  static async start(
    options: { fixture?: Fixture; environment?: Environment; clock?: TestClock } = {},
  ): Promise<TestService> {
    const clock = options.clock ?? new TestClock();
    const log = new TestLog();
    const random = new SeededRandom();
    const folder = mkdtempSync(join(tmpdir(), 'seatline-'));
    const databaseUrl = `file:${join(folder, 'test.db')}`;
    const environment = {
      TIME_ZONE: 'UTC',
      ...options.environment,
      DATABASE_URL: databaseUrl,
      DEMO: 'off',
      PORT: '0',
    };
    const database = await openLibsql(databaseUrl);
    await fill(database, clock.now(), options.fixture ?? {});
    database.close();
    const service = await run(environment, clock, log, random);
    return new TestService(service, clock, log, databaseUrl, folder, environment, random);
  }

  get url(): string {
    return this.service.url;
  }

  async call(method: string, path: string, { token, body, headers = {} }: CallOptions = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { 'TOKEN-ID': String(token) }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  }

  get = (path: string, options?: CallOptions) => this.call('GET', path, options);
  post = (path: string, options?: CallOptions) => this.call('POST', path, options);
  delete = (path: string, options?: CallOptions) => this.call('DELETE', path, options);

  /** Joins the line, and returns the token's id. */
  async join(userId: number): Promise<number> {
    return (await this.post(`/v1/queue-tokens/users/${userId}`)).body.tokenId;
  }

  /** Lets time pass, and waits until what it set off is done. */
  async pass(ms: number): Promise<void> {
    this.clock.move(ms);
    await this.service.coordinator.idle();
  }

  /** What the routes ask, for what HTTP alone cannot bring about. */
  get desk(): Desk {
    return this.service.coordinator;
  }

  /** What an operator sees of the line. */
  async line(): Promise<LineView> {
    const view = await this.desk.submit({ kind: 'view-line' });
    if (!view.ok) throw new Error(view.reason);
    return view.value;
  }

  /** Lets the coordinator finish, and take nothing more, while the server still listens. */
  drain(): Promise<void> {
    return this.service.coordinator.drain();
  }

  /** Stops the service and starts it again on the same database, at the same time of the clock. */
  async restart(environment: Environment = {}): Promise<void> {
    await this.service.stop();
    this.service = await run({ ...this.environment, ...environment }, this.clock, this.log, this.random);
  }

  async stop(): Promise<void> {
    await this.service.stop();
    rmSync(this.folder, { recursive: true });
  }
}

function run(
  environment: Environment,
  clock: TestClock,
  log: TestLog,
  random: SeededRandom,
): Promise<Service> {
  return start(readConfig(environment), { clock, random, alarm: clock.alarm, log });
}
