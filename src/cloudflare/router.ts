import type { Handle } from '../http/requests.ts';

type Routes = Readonly<Record<string, Readonly<Record<string, Handle>>>>;

/** Finds what answers a request, by its path and its method; those without a parameter go before those with one. */
export function router(routes: Routes): (request: Request) => Handle | undefined {
  const patterns = Object.entries(routes)
    .filter(([path]) => path.includes(':'))
    .map(([path, byMethod]) => ({ pattern: new URLPattern({ pathname: path }), byMethod }));
  return ({ url, method }) => {
    const { pathname } = new URL(url);
    const byMethod = routes[pathname] ?? patterns.find(({ pattern }) => pattern.test({ pathname }))?.byMethod;
    return byMethod?.[method];
  };
}
