import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { createApp } from './app.ts';
import { Catalogue } from './concerts/catalogue.ts';
import { type Config, readConfig } from './config.ts';
import { Coordinator } from './coordinator/coordinator.ts';
import { recover } from './coordinator/recover.ts';
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
import { MemoryKv } from './kv/memory.ts';
import { committer } from './store/commit.ts';
import { loadDemo } from './store/demo.ts';
import { openEpoch } from './store/epoch.ts';
import { openLibsql } from './store/libsql.ts';
import { loader } from './store/load.ts';

/** How long replies that are ready may take to leave after the last command. */
const FLUSH_MS_MAX = 2_000;
/** How long the request line and the headers of one request may be together; each connection may make us keep as much. */
const HEADER_BYTES_MAX = 128 * 1024;

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
  /** Stops accepting, finishes what is in the mailbox, closes the database. */
  stop(): Promise<void>;
}

/** Starts the whole service in this process. Throws when the database cannot be opened or the port is taken. */
export async function start(config: Config, host: Host = systemHost): Promise<Service> {
  const database = await openLibsql(config.databaseUrl, config.databaseAuthToken);
  if (config.demo) await loadDemo(database, host.clock.now());
  const { epoch, counters } = await openEpoch(database);
  const load = loader(database);
  const world = await recover(load, config.policy, counters, host.clock.now());
  const coordinator = new Coordinator({
    ...host,
    world,
    load,
    commit: committer(database, epoch),
    defer: setImmediate,
  });
  const catalogue = new Catalogue(new MemoryKv(host.clock));
  await catalogue.publish([...world.concerts.values()], [...world.schedules.values()]);
  const app = createApp({
    desk: coordinator,
    catalogue,
    writeTime: timeWriter(config.timeZone),
    log: host.log,
    swaggerAsset: (name) =>
      new Response(Bun.file(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)))),
  });
  // Bun answers a header block past its limit itself, and not in the contract's shape: what may well come is let in.
  Object.assign(http, { maxHeaderSize: HEADER_BYTES_MAX });
  app.listen({
    port: config.port,
    reusePort: false,
    // The routes limit bodies themselves, and answer in the contract's shape.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    // The last resort, should the answer to a failure fail itself: never Bun's own page with the stack and the source.
    development: false,
    error(cause) {
      host.log.error('a request failed, and so did the answer to its failure', cause);
      return Response.json({ code: 500, message: 'internal error' }, { status: 500 });
    },
  });
  const { server } = app;
  if (server === null) throw new Error('the server did not start');

  return {
    url: `http://localhost:${server.port}`,
    coordinator,
    async stop() {
      const stopped = server.stop();
      await coordinator.drain();
      await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, FLUSH_MS_MAX))]);
      await server.stop(true);
      database.close();
    },
  };
}

async function main(): Promise<void> {
  const service = await start(readConfig(process.env));
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await service.stop();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  console.log(`seatline listens on ${service.url}`);
  console.log(`Documentation: ${service.url}/swagger`);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
