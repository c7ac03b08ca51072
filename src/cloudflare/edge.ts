import { drizzle } from 'drizzle-orm/sqlite-proxy';
import { CloudflareAdapter } from 'elysia/adapter/cloudflare-worker';
import { createApp } from '../app.ts';
import { type Config, secretsOf } from '../config.ts';
import { type Host, systemRandom, systemStopwatch } from '../deps.ts';
import { clientAddress } from '../http/client-address.ts';
import { canBeUnchanged } from '../http/documentation.ts';
import { gzipAtOnce } from '../http/gzip.ts';
import { NO_LIMITS, rateLimits } from '../http/rate-limits.ts';
import { type Handle, observed } from '../http/requests.ts';
import { timeReader, timeWriter } from '../http/time.ts';
import { UserTokens } from '../http/user-tokens.ts';
import { StatusStreams } from '../queue/status-streams.ts';
import { granted } from '../refusal.ts';
import { Records } from '../store/records.ts';
import { pause } from '../take-up.ts';
import type { Bindings } from './bindings.ts';
import { COORDINATOR_NAME } from './coordinator-object.ts';
import { EdgeCatalogue } from './edge-catalogue.ts';
import { EdgeDesk } from './edge-desk.ts';
import { consoleLog, consoleRequestLog } from './log.ts';
import { Nearby } from './nearby.ts';
import { NearbyKv } from './platform-kv.ts';
import { router } from './router.ts';

/** How many rows of a report come at a time: a request may ask the coordinator some thousand times. */
const REPORT_ROWS = 2_500;
/** What the edge takes from the platform. */
export type EdgeHost = Pick<Host, 'clock' | 'alarm'>;

/** How often an open stream looks whether there is something to tell. */
const STREAM_LOOK_MS = 1_000;

/**
 * The stateless part of the service: it reads requests and writes answers, and asks the coordinator for what they say.
 * It is made when the code is loaded, as the platform lets a framework compile its routes then, and never again.
 */
export function edge(bindings: Bindings, config: Config, { clock, alarm }: EdgeHost): Handle {
  const coordinator = () => bindings.COORDINATOR.getByName(COORDINATOR_NAME);
  const desk = new EdgeDesk({
    coordinator,
    nearby: new Nearby(() => caches.default, clock),
    clock,
    staleMs: config.edgeStaleMs,
    waitingMs: config.policy.waitingMs,
  });
  const log = consoleLog({ ...config, secrets: secretsOf(config) });
  const writeTime = timeWriter(config.timeZone);
  const records = new Records(pause, REPORT_ROWS);
  records.open({ drizzle: drizzle((query, values, method) => coordinator().read(query, values, method)) });
  const { rates, userTokenRules, adminToken, corsOrigins } = config;
  // Chance cannot be had before there is a request.
  let prefix: string | undefined;
  const idPrefix = (): string => {
    prefix ??= systemRandom.id().toString(36);
    return prefix;
  };
  const app = createApp({
    adapter: CloudflareAdapter,
    desk,
    streams: {
      // What belongs to one request cannot be used by another here, so that each stream has its own beat.
      open: (watcher, lastEventId) =>
        new StatusStreams({
          desk,
          clock,
          alarm,
          writeTime,
          opened: Promise.resolve(),
          streamsMax: 1,
          beatMs: STREAM_LOOK_MS,
          log,
        }).open(watcher, lastEventId),
    },
    catalogue: new EdgeCatalogue(new NearbyKv(bindings.CATALOGUE), () => coordinator().takenUp()),
    gzip: gzipAtOnce,
    auditor: { audit: async () => granted(await coordinator().audit()) },
    records,
    adminToken,
    userTokens: userTokenRules && new UserTokens(userTokenRules, clock, log),
    corsOrigins,
    writeTime,
    readTime: timeReader(config.timeZone),
    rateLimits: rates === undefined ? NO_LIMITS : rateLimits(rates, { desk, clock, addressOf }),
    idPrefix,
    log,
    metrics: { text: () => coordinator().metricsText() },
    swaggerAsset: async (name) => {
      const { body, status, headers } = await bindings.ASSETS.fetch(`https://assets.local/${name}`);
      // To what was fetched no header can be added.
      return new Response(body, { status, headers: { 'content-type': headers.get('content-type') ?? '' } });
    },
  }).compile();
  // The framework would read a whole body to answer HEAD, and a stream of events has no end.
  const answer: Handle = (request) =>
    app.fetch(request.method === 'HEAD' ? new Request(request, { method: 'GET' }) : request);
  const { routes, fetch } = observed(
    {
      routes: app.routes.map(({ method, path, hooks }) => ({
        method,
        path,
        handle: answer,
        isOfState: canBeUnchanged(hooks.detail),
      })),
      fetch: answer,
    },
    { stopwatch: systemStopwatch, idPrefix, observeRoute: consoleRequestLog(config.logLevel) },
  );
  const find = router(routes);
  return async (request) => {
    const response = asEncoded(await (find(request) ?? fetch)(request));
    return request.method === 'HEAD' ? withoutBody(response) : response;
  };
}

/** The platform writes there who is at the other end of the connection, whatever proxies there are. */
function addressOf(request: Request): string {
  return clientAddress(request, ({ headers }) => headers.get('cf-connecting-ip'), 0);
}

/** Tells the length of a body that has an end. */
async function withoutBody(response: Response): Promise<Response> {
  const { body, status, headers } = response;
  if (headers.get('content-type')?.startsWith('text/event-stream')) await body?.cancel();
  else headers.set('content-length', String((await response.arrayBuffer()).byteLength));
  return new Response(null, { status, headers });
}

/** A body that is compressed already must not be compressed again. */
function asEncoded(response: Response): Response {
  if (!response.headers.has('content-encoding')) return response;
  const { body, status, headers } = response;
  return new Response(body, { status, headers, encodeBody: 'manual' });
}
