import { Auditor } from './admin/auditor.ts';
import { Catalogue } from './concerts/catalogue.ts';
import { type Config, readConfig, type TracingConfig } from './config.ts';
import type { Coordinator } from './coordinator/coordinator.ts';
import { LateDesk } from './coordinator/late-desk.ts';
import type { Host } from './deps.ts';
import { processHost } from './host.ts';
import { timeReader, timeWriter } from './http/time.ts';
import { UserTokens } from './http/user-tokens.ts';
import { MemoryKv } from './kv/memory.ts';
import { listen } from './listen.ts';
import { CountedDesk } from './metrics/counted-desk.ts';
import { Metrics } from './metrics/metrics.ts';
import { StatusStreams } from './queue/status-streams.ts';
import { type DatabaseLost, TakenOver } from './store/database.ts';
import { openLibsql } from './store/libsql.ts';
import { Records } from './store/records.ts';
import { sizeOf } from './store/size.ts';
import { pause, takeUp } from './take-up.ts';
import type { Tracing } from './tracing/tracing.ts';

/** How long the last commands and their replies may take when the service stops. */
const STOP_MS_MAX = 4_000;
/** The same, where the service has not even started. */
const STARTING_MS_MAX = 4_500;
/** What the operator should know who has set up nothing that tells who somebody is. */
export const ANYBODY = 'Anybody may act for any user: neither AUTH_JWT_SECRET nor AUTH_JWKS_URL is set';

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
  const tracing = config.tracing === undefined ? undefined : await trace(config.tracing, host);
  const metrics = new Metrics(host.log);
  const countedDesk = new CountedDesk(lateDesk, (reason) => metrics.refused(reason));
  const desk = tracing?.batches.watch(countedDesk) ?? countedDesk;
  const catalogue = new Catalogue(new MemoryKv(host.clock));
  const writeTime = timeWriter(config.timeZone);
  const readTime = timeReader(config.timeZone);
  const auditor = new Auditor();
  const records = new Records(pause);
  const streams = new StatusStreams({
    ...host,
    desk,
    opened: lateDesk.opened,
    writeTime,
    streamsMax: config.streamsMax,
  });
  // The port comes first: whoever cannot have it must not have touched the database of the one who has.
  const { adminToken, userTokenRules, corsOrigins } = config;
  const userTokens = userTokenRules && new UserTokens(userTokenRules, host.clock, host.log);
  const shown = {
    desk,
    streams,
    catalogue,
    writeTime,
    readTime,
    auditor,
    records,
    adminToken,
    userTokens,
    corsOrigins,
    metrics,
  };
  const server = listen(config, host, {
    shown: { ...shown, tracing: tracing?.requests },
    measure: metrics.requests.observeRoute,
  });
  const unwatch = metrics.watchEventLoop(host.stopwatch);
  try {
    const database = await openLibsql(config.databaseUrl, {
      authToken: config.databaseAuthToken,
      timeoutMs: config.databaseTimeoutMs,
    });
    const { coordinator, published, lost } = await takeUp(database, {
      config,
      host,
      catalogue,
      metrics,
      sizeOf,
      committed: (work) => streams.committed(work.tokens.values()),
      observe: (batch, commands) => tracing?.batches.add(batch, commands),
    });
    await published;
    lateDesk.open(coordinator);
    auditor.open(database);
    records.open(database);
    let isTakenOver = false;
    void lost.then((cause) => {
      records.close();
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
        await tracing?.stop();
      },
    };
  } catch (cause) {
    unwatch();
    await server.stop(true);
    await tracing?.stop();
    // The token may be in the query.
    const [name] = config.databaseUrl.split('?');
    throw new Error(`the database ${name} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

/** What a service that is not traced does not even load. */
async function trace(config: TracingConfig, host: Host): Promise<Tracing> {
  const { startTracing } = await import('./tracing/tracing.ts');
  return startTracing(config, host);
}

/** What the innermost error says: those around it say in which statement, of which batch, in which client. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const host = processHost(config);
  if (config.userTokenRules === undefined) host.log.warn(ANYBODY);
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
