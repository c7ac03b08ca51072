import http from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Server as BunServer } from 'bun';
import { createBunRouteHandler } from 'elysia/adapter/bun/compose';
import { isForOperators } from './admin/operators-only.ts';
import { type App, type AppDeps, createApp } from './app.ts';
import type { Config } from './config.ts';
import type { Host } from './deps.ts';
import { clientAddress } from './http/client-address.ts';
import { corsHeaders } from './http/cors.ts';
import { canBeUnchanged } from './http/documentation.ts';
import { overloadGate } from './http/overload.ts';
import { NO_LIMITS, rateLimits } from './http/rate-limits.ts';
import { type Handle, type ObserveRoute, observed } from './http/requests.ts';
import { SAFE_HEADERS } from './http/safe-headers.ts';
import { HEARTBEAT_MS } from './queue/status-streams.ts';

/** How long the request line and the headers of one request may be together; each connection may make us keep as much. */
const HEADER_BYTES_MAX = 128 * 1024;
/** How long a connection may be silent: a stream that misses a few signs of life has a reader that has stalled. */
const IDLE_SECONDS_MAX = (4 * HEARTBEAT_MS) / 1000;

type Server = BunServer<unknown>;

/** Takes the port, and serves what is `shown`. Each request is written down, and measured. */
export function listen(
  config: Config,
  { clock, log, random, stopwatch, requestLog }: Host,
  {
    shown,
    measure,
  }: { shown: Omit<AppDeps, 'rateLimits' | 'idPrefix' | 'log' | 'swaggerAsset'>; measure: ObserveRoute },
): Server {
  const addressOf = (request: Request): string =>
    clientAddress(request, () => app.server?.requestIP(request)?.address, config.trustedProxies);
  const { rates } = config;
  const prefix = random.id().toString(36);
  const idPrefix = (): string => prefix;
  const app: App = createApp({
    ...shown,
    rateLimits: rates === undefined ? NO_LIMITS : rateLimits(rates, { desk: shown.desk, clock, addressOf }),
    idPrefix,
    log,
    swaggerAsset: (name) =>
      new Response(Bun.file(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)))),
  });
  // Bun answers a header block past its limit itself, and not in the contract's shape: what may well come is let in.
  Object.assign(http, { maxHeaderSize: HEADER_BYTES_MAX });
  app.server = Bun.serve({
    ...observed(
      {
        routes: handlersOf(app, overloadGate(shown.desk, corsHeaders(config.corsOrigins))),
        fetch: app.compile().fetch,
      },
      {
        stopwatch,
        idPrefix,
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
      return Response.json({ code: 500, message: 'internal error' }, { status: 500, headers: SAFE_HEADERS });
    },
  });
  return app.server;
}

/** What Elysia gives to Bun for each route, where it serves by itself. What changes something passes the gate. */
function handlersOf(app: App, gate: (handle: Handle) => Handle) {
  return app.routes.map((route) => {
    const { method, path, hooks } = route;
    const handle: Handle = createBunRouteHandler(app, route);
    // The operator must be heard just when there is no room for more.
    const isGated = (method === 'POST' || method === 'DELETE') && !isForOperators(path);
    return { method, path, handle: isGated ? gate(handle) : handle, isOfState: canBeUnchanged(hooks.detail) };
  });
}
