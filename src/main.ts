import http from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Server as BunServer } from 'bun';
import { Auditor } from './admin/auditor.ts';
import { type AppDeps, createApp } from './app.ts';
import { Catalogue } from './concerts/catalogue.ts';
import { type Config, readConfig } from './config.ts';
import { PART_LIMITS } from './coordinator/chores.ts';
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
  systemLog,
  systemRandom,
} from './deps.ts';
import { timeWriter } from './http/time.ts';
import type { ConcertId } from './ids.ts';
import { MemoryKv } from './kv/memory.ts';
import { HEARTBEAT_MS, StatusStreams } from './queue/status-streams.ts';
import { committer } from './store/commit.ts';
import { type Database, type DatabaseLost, TakenOver } from './store/database.ts';
import { loadDemo } from './store/demo.ts';
import { Epoch } from './store/epoch.ts';
import { openLibsql } from './store/libsql.ts';
import { loader } from './store/load.ts';
import { onceMore } from './store/once-more.ts';

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
  readonly log: Log;
}

const systemHost: Host = {
  clock: systemClock,
  random: systemRandom,
  alarm: (ring) => systemAlarm(systemClock, ring),
  log: systemLog,
};

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
export async function start(config: Config, host: Host = systemHost): Promise<Service> {
  const desk = new LateDesk();
  const catalogue = new Catalogue(new MemoryKv(host.clock));
  const writeTime = timeWriter(config.timeZone);
  const auditor = new Auditor();
  const streams = new StatusStreams({
    ...host,
    desk,
    opened: desk.opened,
    writeTime,
    streamsMax: config.streamsMax,
  });
  // The port comes first: whoever cannot have it must not have touched the database of the one who has.
  const { adminToken } = config;
  const server = listen(config, host, { desk, streams, catalogue, writeTime, auditor, adminToken });
  try {
    const { database, coordinator, lost } = await openDatabase(config, host, catalogue, streams);
    desk.open(coordinator);
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
        const stopped = server.stop();
        streams.close();
        await Promise.race([coordinator.drain().then(() => stopped), Bun.sleep(STOP_MS_MAX)]);
        await server.stop(true);
        // To write its log back would lock it for the one who is at work on it.
        if (!isTakenOver) database.close();
      },
    };
  } catch (cause) {
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
  catalogue: Catalogue,
  streams: StatusStreams,
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
  const publish = (concertIds: Iterable<ConcertId>): Promise<void> =>
    catalogue.publish(concertIds, world.concerts, world.schedules.values());
  await publish(world.concerts.keys());
  const commit = committer(database, epoch);
  const committed = ({ tokens, concerts, schedules }: Work): void => {
    streams.committed(tokens.values());
    const concertIds = new Set(concerts.keys());
    for (const { after } of schedules.values()) if (after.layout === null) concertIds.add(after.concertId);
    if (concertIds.size === 0) return;
    publish(concertIds).catch((cause) => host.log.error('what is on sale could not be published', cause));
  };
  const { promise: lost, resolve } = Promise.withResolvers<DatabaseLost>();
  const coordinator = new Coordinator({
    ...host,
    world,
    load,
    commit,
    epoch,
    limits: config.limits,
    partLimits: PART_LIMITS,
    committed,
    lost: resolve,
    defer: setImmediate,
  });
  return { database, coordinator, lost };
}

/** Lets what has come in be read. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function listen(config: Config, { log }: Host, shown: Omit<AppDeps, 'log' | 'swaggerAsset'>): Server {
  const app = createApp({
    ...shown,
    log,
    swaggerAsset: (name) =>
      new Response(Bun.file(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)))),
  });
  // Bun answers a header block past its limit itself, and not in the contract's shape: what may well come is let in.
  Object.assign(http, { maxHeaderSize: HEADER_BYTES_MAX });
  app.listen({
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
  if (app.server === null) throw new Error('the server did not start');
  return app.server;
}

async function main(): Promise<void> {
  const starting = start(readConfig(process.env));
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    // A start that fails ends the process by itself; one that hangs has nothing to finish.
    await Promise.race([starting.then((service) => service.stop()), Bun.sleep(STARTING_MS_MAX)]);
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const service = await starting;
  console.log(`seatline listens on ${service.url}`);
  console.log(`Documentation: ${service.url}/swagger`);
  const { message } = await service.lost;
  console.error(`${message}; nothing has been committed since, and the service ends`);
  await service.stop();
  process.exit(1);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
