import { Elysia } from 'elysia';

/** The one entry that lets every page in. */
export const ANY_ORIGIN = '*';

const ALLOWED = 'access-control-allow-origin';
const EXPOSE = 'access-control-expose-headers';
const PREFLIGHT_SECONDS = 3600;
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
  'access-control-allow-headers':
    'Content-Type, Authorization, TOKEN-ID, Idempotency-Key, Last-Event-ID, If-None-Match, X-Request-Id',
  'access-control-max-age': String(PREFLIGHT_SECONDS),
};
/** What a page may read of an answer besides what every page may. */
const EXPOSED =
  'Retry-After, Idempotency-Replayed, X-Request-Id, RateLimit, RateLimit-Policy, WWW-Authenticate, Allow, ' +
  'Content-Disposition, ETag';

/**
 * Lets pages of these origins call the service from a browser. It comes before all that may answer, so that a page can
 * read failures as well. There are no cookies here, so credentials are never allowed. Without origins it is no hook at all.
 */
export function cors(origins: readonly string[]) {
  const plugin = new Elysia();
  if (origins.length === 0) return plugin;
  const headersFor = corsHeaders(origins);
  return plugin.onRequest(({ request, set }) => {
    const headers = headersFor(request);
    Object.assign(set.headers, headers);
    if (headers[ALLOWED] === undefined) return;
    // An OPTIONS that does not ask what a page may do is a method like any other.
    if (request.method !== 'OPTIONS' || !request.headers.has('access-control-request-method')) return;
    Object.assign(set.headers, PREFLIGHT);
    return new Response(null, { status: 204 });
  });
}

/** What an answer must say for a page of these origins to read it. */
export function corsHeaders(
  origins: readonly string[],
): (request: Request) => Readonly<Record<string, string>> {
  if (origins.length === 0) return () => ({});
  const allowed = new Set(origins);
  const isAny = allowed.has(ANY_ORIGIN);
  const always = { [EXPOSE]: EXPOSED, ...(isAny ? {} : { vary: 'Origin' }) };
  return (request) => {
    const origin = request.headers.get('origin');
    if (origin === null || !(isAny || allowed.has(origin))) return always;
    return { ...always, [ALLOWED]: isAny ? ANY_ORIGIN : origin };
  };
}
