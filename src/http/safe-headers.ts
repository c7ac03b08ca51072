/**
 * What every answer carries: no cache keeps it, since most answers are about one user or hold a token, and no browser takes
 * it for something else than it says it is.
 */
export const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
