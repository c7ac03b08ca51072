import { env } from 'cloudflare:workers';
import type { Bindings } from '../../src/cloudflare/bindings.ts';
import {
  COORDINATOR_NAME,
  type CoordinatorHost,
  Coordinator as CoordinatorObject,
} from '../../src/cloudflare/coordinator-object.ts';
import { edge } from '../../src/cloudflare/edge.ts';
import { ObjectAlarms } from '../../src/cloudflare/object-alarms.ts';
import { variablesOf } from '../../src/cloudflare/variables.ts';
import { type Config, readConfig } from '../../src/config.ts';
import type { Command } from '../../src/coordinator/commands.ts';
import type { Alarm } from '../../src/deps.ts';
import type { Database } from '../../src/store/database.ts';
import { pause } from '../../src/take-up.ts';
import { fill } from '../support/fixture.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { TestClock } from '../support/test-clock.ts';

/**
 * The product with time and chance of the test's, which the test is asked for at each request. Nothing else is other
 * than in `src/worker.ts`.
 */

interface TestBindings extends Bindings {
  /** The test: tells the time, and takes what is logged. */
  readonly TEST: Fetcher;
  readonly TEST_SEED: string;
  /** What the tables of a new object are filled with, as JSON. */
  readonly TEST_FIXTURE: string;
}

/** How often a stream that is open looks at the test's clock. */
const LOOK_MS = 2;
/** One that does not look for so often has ended: its client is gone, of which nothing in it hears. */
const LOOKS_MAX = 50;

// The runtime has the Worker and the object in one isolate, so that they share these.
const clock = new TestClock(0);
const logged: string[] = [];
for (const kind of ['error', 'warn', 'log'] as const) {
  console[kind] = (line: unknown) => void logged.push(String(line));
}

/** When the alarms of open streams are due. */
const streamAlarms = new Map<Alarm, number>();

/** An alarm of an open stream, within whose request it must ring. */
function alarm(ring: () => void): Alarm {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    const at = streamAlarms.get(own);
    if (at === undefined) return;
    timer = setTimeout(look, LOOK_MS);
    if (at > clock.now()) return;
    own.set(null);
    ring();
  };
  const own: Alarm = {
    set(at) {
      clearTimeout(timer);
      streamAlarms.delete(own);
      if (at === null) return;
      streamAlarms.set(own, at);
      timer = setTimeout(look, LOOK_MS);
    },
  };
  return own;
}

/** Returns when every open stream has looked whether there is something to tell by now. */
async function streamsLooked(): Promise<void> {
  const due = () => [...streamAlarms].filter(([, at]) => at <= clock.now());
  for (let looks = 0; due().length > 0 && looks < LOOKS_MAX; looks++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  for (const [ended] of due()) streamAlarms.delete(ended);
}

export class Coordinator extends CoordinatorObject {
  /** When the platform would wake the object. */
  private dueAt = Number.POSITIVE_INFINITY;
  private readonly published: Set<Promise<void>>;

  constructor(ctx: DurableObjectState, bindings: TestBindings) {
    const published = new Set<Promise<void>>();
    super(ctx, { ...bindings, CATALOGUE: watched(bindings.CATALOGUE, published) });
    this.published = published;
  }

  /** A test that has changed what is on sale finds it there at once. */
  override async submit(command: Command): Promise<Awaited<ReturnType<CoordinatorObject['submit']>>> {
    const result = await super.submit(command);
    await pause();
    while (this.published.size > 0) await Promise.all(this.published);
    return result;
  }

  /** Rings what is due by now, and returns when what it set off is done. */
  async pass(): Promise<void> {
    clock.move(0);
    if (this.dueAt <= clock.now()) {
      this.dueAt = Number.POSITIVE_INFINITY;
      await this.alarm();
    }
    await this.work.coordinator.idle();
  }

  protected override host(config: Config): CoordinatorHost {
    const { log } = super.host(config);
    const random = new SeededRandom(Number(variablesOf(this.env).TEST_SEED));
    // On Bun, the first number goes to the tags of states, which are the Workers' here.
    random.id();
    const setAlarm = async (at: number | Date): Promise<void> => {
      this.dueAt = Number(at);
    };
    const alarms = new ObjectAlarms({ setAlarm }, clock, log);
    return {
      log,
      clock,
      random,
      stopwatch: clock.stopwatch,
      alarm: alarms.alarm,
      timer: clock.alarm,
      rang: () => alarms.rang(),
    };
  }

  protected override async openDatabase(): Promise<Database> {
    const database = await super.openDatabase();
    const { TEST_FIXTURE: fixture = '{}' } = variablesOf(this.env);
    if (this.ctx.storage.sql.exec('select 1 from coordinator_state').toArray().length === 0) {
      await fill(database, clock.now(), JSON.parse(fixture));
    }
    return database;
  }
}

const bindings = env as TestBindings;
const handle = edge(bindings, readConfig(variablesOf(env)), { clock, alarm });

export default {
  async fetch(request) {
    const now = Number(await (await bindings.TEST.fetch('https://test/now')).text());
    clock.jump(now - clock.now());
    const response = await (aside(request) ?? handle(asFromTheNetwork(request)));
    if (logged.length > 0) {
      const body = logged.splice(0).join('\n');
      await bindings.TEST.fetch('https://test/logged', { method: 'POST', body });
    }
    return response;
  },
} satisfies ExportedHandler;

/** What a test asks of the object besides HTTP. */
function aside(request: Request): Promise<Response> | undefined {
  const { pathname } = new URL(request.url);
  const answer = asides[pathname];
  const coordinator = bindings.COORDINATOR.getByName(COORDINATOR_NAME) as DurableObjectStub<Coordinator>;
  return answer && answered(answer(coordinator, request));
}

const asides: Record<string, (object: DurableObjectStub<Coordinator>, request: Request) => Promise<unknown>> =
  {
    '/test/open': (object) => object.takenUp(),
    '/test/pass': async (object) => {
      await object.pass();
      await streamsLooked();
      // What they asked has come before this.
      await object.takenUp();
    },
    '/test/submit': async (object, request) => object.submit(await request.json()),
  };

async function answered(asked: Promise<unknown>): Promise<Response> {
  return Response.json((await asked) ?? null);
}

/** With the client's address where the platform would write it. */
function asFromTheNetwork(request: Request): Request {
  const address = request.headers.get('x-forwarded-for')?.split(',').at(-1);
  if (address === undefined) return request;
  const headers = new Headers(request.headers);
  headers.set('cf-connecting-ip', address.trim());
  return new Request(request, { headers });
}

/** A key-value store whose writes can be waited for. */
function watched(store: KVNamespace, writes: Set<Promise<void>>): KVNamespace {
  const watch = (write: Promise<void>): Promise<void> => {
    writes.add(write);
    const over = () => void writes.delete(write);
    write.then(over, over);
    return write;
  };
  return {
    ...store,
    put: (key: string, value: string) => watch(store.put(key, value)),
    delete: (key: string) => watch(store.delete(key)),
  } as KVNamespace;
}
