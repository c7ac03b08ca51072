import type { Environment } from '../config.ts';

/** What is of a process or of its database, and of which the platform has neither. */
export const MEANINGLESS = [
  'PORT',
  'DATABASE_URL',
  'DATABASE_AUTH_TOKEN',
  'DATABASE_TIMEOUT_MS',
  'QUEUE_STREAMS_MAX',
  'TRUST_PROXY',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_SERVICE_NAME',
];

/** The bindings that there must be, by their names in `wrangler.toml`. */
export const BINDINGS = ['COORDINATOR', 'CATALOGUE', 'ASSETS'];

/**
 * The variables and secrets of a Worker. One that is a number or a truth in `wrangler.toml` is read as it is written
 * there. Throws when a binding is missing, or when something is set that would have no effect.
 */
export function variablesOf(environment: object): Environment {
  for (const name of BINDINGS) {
    if (!(name in environment)) throw new Error(`the binding ${name} is missing`);
  }
  const values: readonly (readonly [string, unknown])[] = Object.entries(environment);
  const texts = values
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => [name, String(value)] as const);
  for (const [name, text] of texts) {
    if (MEANINGLESS.includes(name) && text !== '') throw new Error(`${name} means nothing on Cloudflare`);
  }
  return Object.fromEntries(texts);
}
