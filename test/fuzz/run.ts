import type { OpenAPIV3 } from 'openapi-types';
import packageJson from '../../package.json';
import { openLibsql } from '../../src/store/libsql.ts';
import { operationsOf } from '../support/document.ts';
import { DAY_MS, fill } from '../support/fixture.ts';
import { inFolder, ServiceProcess } from '../support/process.ts';
import { type Reply, Wire } from '../support/wire.ts';
import { Facts, nameOf, numbersOf, type Use } from './facts.ts';
import { Judge } from './judge.ts';
import { type Plan, plansOf } from './plans.ts';
import { ADMIN_TOKEN, openNames, requestOf, type Sent } from './request.ts';

const CONNECTIONS = 24;
const USERS = 200;
const SILENCE_MS_MAX = 20_000;
const FINDINGS_MAX = 5;
const LOOKS = 60;

/** An answer that is not as it should be. */
export interface Finding {
  /** Which request of the seed it was, from 1. */
  readonly number: number;
  readonly plan: Plan;
  readonly sent: Sent;
  readonly reply: Reply | null;
  readonly faults: readonly string[];
}

export interface Outcome {
  readonly seed: number;
  readonly requests: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** How often each operation was answered with each status. */
  readonly answers: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** The bytes that the service has in use without its garbage, in even steps from the first request to the last. */
  readonly memory: readonly number[];
  /** How the service ended when it was told to, and what it complained of until then. */
  readonly ended: { readonly code: number; readonly errors: string };
}

/**
 * Sends the requests of a seed to a service of its own. What is asked, and what is wrong with it, comes from the seed alone;
 * the ids are those that the service has told, which differ from run to run, as tokens are drawn at random and connections
 * overtake each other. So a failure is not shrunk: its request without those before it means nothing. It is told as it
 * was sent.
 */
export function fuzz(seed: number, requests: number): Promise<Outcome> {
  return inFolder(async (folder) => {
    const url = `file:${folder}/fuzz.db`;
    await fillDatabase(url);
    const { service, usedBytes } = await ServiceProcess.startMonitored({ ...ENVIRONMENT, DATABASE_URL: url });
    const response = await fetch(`${service.url}/swagger/json`);
    const document = (await response.json()) as OpenAPIV3.Document;
    const run = new Run({ service, usedBytes }, document, seed, requests);
    const begin = performance.now();
    try {
      await Promise.all(Array.from({ length: CONNECTIONS }, () => run.drive()));
    } catch (error) {
      await service.end('SIGKILL');
      throw error;
    }
    const seconds = (performance.now() - begin) / 1000;
    return { ...run.outcome(), seed, requests, seconds, ended: await service.end('SIGTERM') };
  });
}

/** A seed that each commit has anew; without git, that of the version. */
export function seedOfCommit(): number {
  const git = Bun.which('git') === null ? null : Bun.spawnSync(['git', 'rev-parse', 'HEAD']);
  const text = git?.success === true ? git.stdout.toString().trim() : packageJson.version;
  return Bun.hash.crc32(text);
}

/** Holds and tokens run out while the fuzz goes on, and not all users are active at once. */
const ENVIRONMENT = {
  PORT: '0',
  DEMO: 'off',
  TIME_ZONE: 'UTC',
  ADMIN_TOKEN,
  HOLD_SECONDS: '5',
  TOKEN_ACTIVE_SECONDS: '15',
  TOKEN_WAITING_SECONDS: '10',
  QUEUE_ADMIT_INTERVAL_MS: '50',
  QUEUE_MAX_ACTIVE: String(USERS * 0.8),
};

async function fillDatabase(url: string): Promise<void> {
  const database = await openLibsql(url, undefined);
  const dates = Array.from({ length: 12 }, () => ({ seats: 100, price: 100 }));
  const concerts = Array.from({ length: 8 }, (_, index) => ({
    name: `Concert ${index}`,
    schedules: [...dates, { saleIn: DAY_MS }, { concertIn: -DAY_MS, saleIn: -2 * DAY_MS }],
  }));
  await fill(database, Date.now(), { users: USERS, concerts });
  database.close();
}

class Run {
  private readonly plans: Generator<Plan, never>;
  private readonly facts = new Facts();
  private readonly judge: Judge;
  private readonly findings: Finding[] = [];
  private readonly answers: Map<string, Map<string, number>>;
  private readonly memory: number[] = [];
  private sent = 0;

  constructor(
    private readonly asked: { readonly service: ServiceProcess; readonly usedBytes: () => Promise<number> },
    document: OpenAPIV3.Document,
    seed: number,
    private readonly requests: number,
  ) {
    this.plans = plansOf(document, seed);
    this.judge = new Judge(document);
    const operationIds = operationsOf(document).map(({ operation }) => operation.operationId ?? '');
    this.answers = new Map(operationIds.map((operationId) => [operationId, new Map()]));
    for (let userId = 1; userId <= USERS; userId++) this.facts.learn('fixture', { userId }, {});
  }

  outcome() {
    const { findings, answers, memory } = this;
    return { findings, answers, memory };
  }

  /** Sends what is left over one connection, each request after the answer to the last one. */
  async drive(): Promise<void> {
    let wire = await this.open();
    while (wire !== null && this.sent < this.requests && this.findings.length < FINDINGS_MAX) {
      const number = ++this.sent;
      if (number % Math.ceil(this.requests / LOOKS) === 0) this.memory.push(await this.asked.usedBytes());
      const plan = this.plans.next().value;
      const { operationId = '' } = plan.described.operation;
      const { numbers, uses } = this.facts.choose(operationId, openNames(plan), plan.pick);
      const sent = requestOf(plan, numbers);
      const { reply, isOver } = await exchange(wire, plan, sent);
      const faults = this.judge.faults(plan, sent, reply);
      if (faults.length > 0) this.findings.push({ number, plan, sent, reply, faults });
      if (plan.fault.kind === 'none' && reply !== null) this.learn(plan, sent, reply, uses);
      this.count(plan, reply);
      if (!isOver) continue;
      wire.close();
      wire = await this.open();
    }
    wire?.close();
  }

  /** Null when the service is gone: how it ended tells the rest. */
  private open(): Promise<Wire | null> {
    return Wire.open(this.asked.service.url).catch(() => null);
  }

  /** What the answer to a sound request tells for those to come. */
  private learn(plan: Plan, { method, asked }: Sent, reply: Reply, uses: readonly Use[]): void {
    const { operationId = '' } = plan.described.operation;
    this.facts.weigh(operationId, uses, reply.status < 400);
    if (reply.status === 401) {
      for (const { name } of plan.parts.filter((part) => part.in === 'header')) {
        this.facts.forget(nameOf(name), Number(asked[name]));
      }
    }
    if (reply.status !== 200 || method === 'HEAD' || typeOf(reply) !== 'application/json') return;
    const answer: unknown = JSON.parse(reply.body);
    if (method === 'DELETE') {
      for (const [name, number] of Object.entries(numbersOf(answer))) this.facts.forget(name, number);
    } else {
      this.facts.learn(operationId, asked, answer);
    }
  }

  private count({ described: { operation } }: Plan, reply: Reply | null): void {
    const counts = this.answers.get(operation.operationId ?? '');
    const status = String(reply?.status ?? 'closed');
    counts?.set(status, (counts.get(status) ?? 0) + 1);
  }
}

/** Sends a request, and reads the answer; of a stream, its first event. */
async function exchange(
  wire: Wire,
  { fault }: Plan,
  { method, bytes }: Sent,
): Promise<{ reply: Reply | null; isOver: boolean }> {
  const timer = setTimeout(() => wire.close(), SILENCE_MS_MAX);
  await wire.send(bytes);
  // Whatever the bytes say now, there is no more of them to wait for.
  if (fault.kind === 'bytes') wire.end();
  const reply = await wire.reply(method);
  // One that has come to its end is an answer like any other.
  const isChunked = reply?.headers.get('transfer-encoding') === 'chunked';
  const isStream = isChunked && method !== 'HEAD' && typeOf(reply) === 'text/event-stream';
  const text = isStream ? await wire.rest(/\n\n.*\n\n/s) : '';
  clearTimeout(timer);
  if (isStream) {
    return { reply: { ...reply, body: text.replaceAll(/(^|\r\n)[0-9a-f]+\r\n/g, '') }, isOver: true };
  }
  return { reply, isOver: reply === null || fault.kind === 'bytes' };
}

function typeOf({ headers }: Reply): string | undefined {
  return headers.get('content-type')?.split(';')[0];
}
