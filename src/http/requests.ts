import { SAFE_HEADERS, STATE_HEADERS } from './safe-headers.ts';

/** Hears of each request to one route, once it is answered. A stream of events is answered when it opens. */
export type ObserveRequest = (status: number, durationMs: number, requestId: string) => void;

/** Makes what hears of the requests to a route; of those to no route, the method may be any. */
export type ObserveRoute = (method: string, route: string) => ObserveRequest;

/** What stands in the place of the route of a request to none. */
export const NO_ROUTE = 'none';

const HEADER = 'x-request-id';
const SAFE = Object.entries(SAFE_HEADERS);
const SAFE_STATE = Object.entries(STATE_HEADERS);
/** What a client may name its request: a log has no need to escape it. */
const WELL_FORMED = /^[A-Za-z0-9._-]{1,128}$/;

type Answer = Response | Promise<Response>;
export type Handle = (request: Request) => Answer;

interface Route {
  readonly method: string;
  readonly path: string;
  readonly handle: Handle;
  /** Whether its successes are a state that clients keep, and ask whether it has changed. */
  readonly isOfState: boolean;
}

interface Served {
  readonly routes: readonly Route[];
  /** Answers what no route was found for. */
  readonly fetch: Handle;
}

export interface RequestDeps {
  /** Milliseconds since some instant, with fractions, which only ever grow. */
  readonly stopwatch: () => number;
  /** What the ids that are made begin with; no other process may have it. */
  readonly idPrefix: () => string;
  readonly observeRoute: ObserveRoute;
}

/**
 * What Bun serves: every answer of the app is safe, carries an `X-Request-Id`, the client's own where it is well-formed,
 * and is observed. It is done around the app and not by its hooks, which cost more on each request, and of which none sees
 * all answers. Bun finds the route first, so that a handler knows the pattern that it was found by.
 */
export function observed(app: Served, { stopwatch, idPrefix, observeRoute }: RequestDeps) {
  let made = 0;
  const answer = (request: Request, handle: Handle, observe: ObserveRequest, isOfState = false): Answer => {
    const startedAt = stopwatch();
    const given = request.headers.get(HEADER);
    const requestId =
      given !== null && WELL_FORMED.test(given) ? given : `${idPrefix()}-${(++made).toString(36)}`;
    const finish = (response: Response): Response => {
      const { headers, status } = response;
      headers.set(HEADER, requestId);
      // Told by the status, as to ask the headers costs as much on each request as to set one.
      for (const [name, value] of isOfState && status < 400 ? SAFE_STATE : SAFE) headers.set(name, value);
      observe(status, stopwatch() - startedAt, requestId);
      return response;
    };
    const response = handle(request);
    return response instanceof Promise ? response.then(finish) : finish(response);
  };

  const routes: Record<string, Record<string, Handle>> = {};
  for (const { method, path, handle, isOfState } of app.routes) {
    // Whoever answers GET answers HEAD; Bun leaves the body away.
    for (const asked of method === 'GET' ? ['GET', 'HEAD'] : [method]) {
      const observe = observeRoute(asked, path.replaceAll(/:(\w+)/g, '{$1}'));
      routes[path] = { ...routes[path], [asked]: (request) => answer(request, handle, observe, isOfState) };
    }
  }
  const elsewhere = new Map<string, ObserveRequest>();
  const fetch: Handle = (request) => {
    let observe = elsewhere.get(request.method);
    if (observe === undefined) {
      observe = observeRoute(request.method, NO_ROUTE);
      elsewhere.set(request.method, observe);
    }
    return answer(request, app.fetch, observe);
  };
  return { routes, fetch };
}
