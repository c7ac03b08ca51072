import http from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Server as BunServer } from 'bun';
import { createBunRouteHandler } from 'elysia/adapter/bun/compose';
import { Auditor } from './admin/auditor.ts';
import { type App, type AppDeps, createApp } from './app.ts';
import { Catalogue } from './concerts/catalogue.ts';
import { type Config, readConfig } from './config.ts';
import { Coordinator } from './coordinator/coordinator.ts';
import { LateDesk } from './coordinator/late-desk.ts';
import { recover } from './coordinator/recover.ts';
import type { Work } from './coordinator/work.ts';
import {
  type Alarm,
  type Clock,
  type Log,
  type Random,
  systemAlarm,
  systemClock,
  systemRandom,
  systemStopwatch,
} from './deps.ts';
import { type ObserveRoute, observed } from './http/requests.ts';
import { timeWriter } from './http/time.ts';
import { MemoryKv } from './kv/memory.ts';
import { jsonLog, requestLog, StandardOutput, standardError } from './log.ts';
import { CountedDesk } from './metrics/counted-desk.ts';
import { Metrics } from './metrics/metrics.ts';
import { HEARTBEAT_MS, StatusStreams } from './queue/status-streams.ts';
import { committer } from './store/commit.ts';
import { type Database, type DatabaseLost, TakenOver } from './store/database.ts';
import { loadDemo } from './store/demo.ts';
import { Epoch } from './store/epoch.ts';
import { openLibsql } from './store/libsql.ts';
import { loader } from './store/load.ts';
import { onceMore } from './store/once-more.ts';
import { sizeOf } from './store/size.ts';

/** How long the last commands and their replies may take when the service stops. */
const STOP_MS_MAX = 4_000;
/** The same, where the service has not even started. */
const STARTING_MS_MAX = 4_500;
/** How long the request line and the headers of one request may be together; each connection may make us keep as much. */
const HEADER_BYTES_MAX = 128 * 1024;

/** How long a connection may be silent: a stream that misses a few signs of life has a reader that has stalled. */
const IDLE_SECONDS_MAX = (4 * HEARTBEAT_MS) / 1000;

type Server = BunServer<unknown>;

export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly alarm: (ring: () => void) => Alarm;
  /** Milliseconds since some instant, with fractions, which only ever grow. */
  readonly stopwatch: () => number;
  readonly log: Log;
  /** Where each request is written down. */
  readonly requestLog: ObserveRoute;
}

/** What the service takes from the process that it is. `endLog` returns when all that was logged is written. */
function processHost(config: Config): Host & { endLog(): Promise<void> } {
  const level = config.logLevel;
  const [, query] = config.databaseUrl.split('?');
  const urlToken = new URLSearchParams(query).get('authToken');
  const secrets = [config.adminToken, config.databaseAuthToken, urlToken].filter((secret) => secret != null);
  const log = jsonLog(standardError(), { level, secrets });
  const output = new StandardOutput((cause) => log.error('lines of the log are lost', cause));
  return {
    clock: systemClock,
    random: systemRandom,
    alarm: (ring) => systemAlarm(systemClock, ring),
    stopwatch: systemStopwatch,
    log,
    requestLog: requestLog(output, level, systemClock.now),
    endLog: () => output.end(),
  };
}

export interface Service {
  /** The address of the service, without a slash at its end. */
  readonly url: string;
  readonly coordinator: Coordinator;
  /** Resolves when the service cannot go on with its database; all that is left to do then is to stop. */
  readonly lost: Promise<DatabaseLost>;
  /** Stops accepting, finishes what is in the mailbox, closes the database. */
  stop(): Promise<void>;
}

/** Starts the whole service in this process. Throws when the port is taken or the database cannot be opened. */
export async function start(config: Config, host: Host): Promise<Service> {
  const lateDesk = new LateDesk();
  const metrics = new Metrics(host.log);
  const desk = new CountedDesk(lateDesk, (reason) => metrics.refused(reason));
  const catalogue = new Catalogue(new MemoryKv(host.clock));
  const writeTime = timeWriter(config.timeZone);
  const auditor = new Auditor();
  const streams = new StatusStreams({
    ...host,
    desk,
    opened: lateDesk.opened,
    writeTime,
    streamsMax: config.streamsMax,
  });
  // The port comes first: whoever cannot have it must not have touched the database of the one who has.
  const { adminToken } = config;
  const shown = { desk, streams, catalogue, writeTime, auditor, adminToken, metrics };
  const server = listen(config, host, shown, metrics.requests.observeRoute);
  const unwatch = metrics.watchEventLoop(host.stopwatch);
  try {
    const { database, coordinator, lost } = await openDatabase(config, host, { catalogue, streams, metrics });
    lateDesk.open(coordinator);
    auditor.open(database);
    let isTakenOver = false;
    void lost.then((cause) => {
      isTakenOver = cause instanceof TakenOver;
    });
    return {
      url: `http://localhost:${server.port}`,
      coordinator,
      lost,
      async stop() {
        unwatch();
        const stopped = server.stop();
        streams.close();
        await Promise.race([coordinator.drain().then(() => stopped), Bun.sleep(STOP_MS_MAX)]);
        await server.stop(true);
        // To write its log back would lock it for the one who is at work on it.
        if (!isTakenOver) database.close();
      },
    };
  } catch (cause) {
    unwatch();
    await server.stop(true);
    // The token may be in the query.
    const [name] = config.databaseUrl.split('?');
    throw new Error(`the database ${name} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

/** What the innermost error says: those around it say in which statement, of which batch, in which client. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}

/** Takes up what the database holds: from here on, no coordinator that came before can commit. */
async function openDatabase(
  config: Config,
  host: Host,
  told: { catalogue: Catalogue; streams: StatusStreams; metrics: Metrics },
): Promise<{ database: Database; coordinator: Coordinator; lost: Promise<DatabaseLost> }> {
  const database = await openLibsql(config.databaseUrl, {
    authToken: config.databaseAuthToken,
    timeoutMs: config.databaseTimeoutMs,
  });
  if (config.demo) await onceMore(() => loadDemo(database, host.clock.now()));
  const { epoch, counters } = await Epoch.open(database, host.random.id());
  const load = loader(database);
  const [world] = await Promise.all([
    recover(load, config.policy, counters, host.clock, pause),
    database.check(),
  ]);
  const { catalogue, streams, metrics } = told;
  await catalogue.publish([...world.concerts.values()], [...world.schedules.values()]);
  const commit = committer(database, epoch);
  const committed = (work: Work): void => {
    metrics.committed(work);
    streams.committed(work.tokens.values());
  };
  const { promise: lost, resolve } = Promise.withResolvers<DatabaseLost>();
  const coordinator = new Coordinator({
    ...host,
    world,
    load,
    commit,
    epoch,
    limits: config.limits,
    committed,
    lost: resolve,
    defer: setImmediate,
    observe: (batch) => metrics.observeBatch(batch),
  });
  metrics.open({ world, coordinator, databaseSize: () => sizeOf(database) });
  return { database, coordinator, lost };
}

/** Lets what has come in be read. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function listen(
  config: Config,
  { log, random, stopwatch, requestLog }: Host,
  shown: Omit<AppDeps, 'log' | 'swaggerAsset'>,
  measure: ObserveRoute,
): Server {
  const app = createApp({
    ...shown,
    log,
    swaggerAsset: (name) =>
      new Response(Bun.file(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)))),
  });
  // Bun answers a header block past its limit itself, and not in the contract's shape: what may well come is let in.
  Object.assign(http, { maxHeaderSize: HEADER_BYTES_MAX });
  app.server = Bun.serve({
    ...observed(
      { routes: handlersOf(app), fetch: app.compile().fetch },
      {
        stopwatch,
        idPrefix: random.id().toString(36),
        observeRoute(method, route) {
          const write = requestLog(method, route);
          const count = measure(method, route);
          return (status, durationMs, requestId) => {
            count(status, durationMs, requestId);
            write(status, durationMs, requestId);
          };
        },
      },
    ),
    port: config.port,
    // Or else a second service would share the port, and the clients, without a word.
    reusePort: false,
    idleTimeout: IDLE_SECONDS_MAX,
    // The routes limit bodies themselves, and answer in the contract's shape.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    // The last resort, should the answer to a failure fail itself: never Bun's own page with the stack and the source.
    development: false,
    error(cause) {
      log.error('a request failed, and so did the answer to its failure', cause);
      return Response.json({ code: 500, message: 'internal error' }, { status: 500 });
    },
  });
  return app.server;
}

/** What Elysia gives to Bun for each route, where it serves by itself. */
function handlersOf(app: App) {
  return app.routes.map((route) => {
    const handle: (request: Request) => Response | Promise<Response> = createBunRouteHandler(app, route);
    return { method: route.method, path: route.path, handle };
  });
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const host = processHost(config);
  const starting = start(config, host);
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    // A start that fails ends the process by itself; one that hangs has nothing to finish.
    await Promise.race([starting.then((service) => service.stop()), Bun.sleep(STARTING_MS_MAX)]);
    await host.endLog();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const service = await starting.catch(async (cause: unknown) => {
    await host.endLog();
    throw cause;
  });
  console.log(`seatline listens on ${service.url}`);
  console.log(`Documentation: ${service.url}/swagger`);
  const { message } = await service.lost;
  console.error(`${message}; nothing has been committed since, and the service ends`);
  await service.stop();
  await host.endLog();
  process.exit(1);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
