/**
 * What every answer carries, but for the one below: no cache keeps it, since most answers are about one user or hold a
 * token, and no browser takes it for something else than it says it is.
 */
export const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/**
 * What a state carries that clients ask for again and again: whoever asked may keep it, and has it confirmed before each
 * use, with a token. It is of no user, but only for those who have one: so no cache that others share may keep it.
 */
export const STATE_HEADERS = { ...SAFE_HEADERS, 'cache-control': 'private, no-cache' };
