import { type AnyElysia, Elysia } from 'elysia';
import type { ElysiaAdapter } from 'elysia/adapter';
import type { Auditor } from './admin/auditor.ts';
import { isForOperators, isOperator } from './admin/operators-only.ts';
import { adminRoutes } from './admin/routes.ts';
import { balanceRoutes } from './balance/routes.ts';
import type { Catalogue } from './concerts/catalogue.ts';
import { concertRoutes } from './concerts/routes.ts';
import type { Desk } from './coordinator/commands.ts';
import type { Log } from './deps.ts';
import { cors } from './http/cors.ts';
import { errorShape } from './http/errors.ts';
import { healthRoutes } from './http/health.ts';
import type { RateLimits } from './http/rate-limits.ts';
import { type SwaggerAsset, swaggerRoutes } from './http/swagger.ts';
import type { ReadTime, WriteTime } from './http/time.ts';
import type { UserTokens } from './http/user-tokens.ts';
import { type MetricsText, metricsRoutes } from './metrics/routes.ts';
import { paymentRoutes } from './payments/routes.ts';
import { queueRoutes } from './queue/routes.ts';
import type { StatusStreams } from './queue/status-streams.ts';
import { reservationRoutes } from './reservations/routes.ts';
import type { Records } from './store/records.ts';

export interface AppDeps {
  /** What the framework needs to know of the host, where that is not Bun. */
  readonly adapter?: ElysiaAdapter;
  readonly desk: Desk;
  readonly streams: Pick<StatusStreams, 'open'>;
  readonly catalogue: Catalogue;
  /** Compresses a text; in another thread, where it is left out. */
  readonly gzip?: (text: string) => Promise<Uint8Array>;
  readonly auditor: Pick<Auditor, 'audit'>;
  readonly records: Records;
  readonly adminToken: string | undefined;
  /** Tells who somebody is; where there is none, whoever asks may act for any user. */
  readonly userTokens: UserTokens | undefined;
  /** Whose pages may call the service from a browser. */
  readonly corsOrigins: readonly string[];
  readonly writeTime: WriteTime;
  readonly rateLimits: RateLimits;
  /** What the tags of states begin with; no other process may have it. */
  readonly idPrefix: () => string;
  readonly log: Pick<Log, 'error'>;
  readonly metrics: MetricsText;
  readonly readTime: ReadTime;
  /** A file of the package that renders the documentation. */
  readonly swaggerAsset: SwaggerAsset;
  /** What watches every request; nothing, at no cost, unless a host brings it. */
  readonly tracing?: AnyElysia | undefined;
}

export type App = ReturnType<typeof createApp>;

/** The HTTP surface, and nothing else: every route, and one shape for every failure. */
export function createApp(deps: AppDeps) {
  const bare = new Elysia({
    strictPath: true,
    ...(deps.adapter === undefined ? {} : { adapter: deps.adapter }),
  });
  if (deps.tracing !== undefined) bare.use(deps.tracing);
  const app = bare
    .use(cors(deps.corsOrigins))
    .use(
      errorShape(
        deps.log,
        (path) => methodsOf(path),
        (path, request) => isForOperators(path) && !isOperator(request, deps.adminToken),
        deps.rateLimits.mayFail,
      ),
    )
    .use(queueRoutes(deps))
    .use(concertRoutes(deps))
    .use(reservationRoutes(deps))
    .use(paymentRoutes(deps))
    .use(balanceRoutes(deps))
    .use(healthRoutes(deps))
    .use(metricsRoutes(deps))
    .use(adminRoutes(deps));
  const whole = app.use(swaggerRoutes(app, deps.swaggerAsset));
  const methodsOf = pathMatcher(whole.routes);
  return whole;
}

/** Tells which methods a path can be asked with. */
function pathMatcher(routes: readonly { method: string; path: string }[]): (path: string) => string[] {
  const patterns = routes.map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:[^/]+/g, '[^/]+')}$`),
  }));
  return (path) => patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
}
