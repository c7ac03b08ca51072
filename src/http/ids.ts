import { FormatRegistry, type TUnsafe, Type } from '@sinclair/typebox';
import type { TokenId, UserId } from '../ids.ts';
import { UNREPORTED } from './errors.ts';

const FORMAT = 'seatline-id';
const DIGITS = /^[1-9][0-9]{0,15}$/;

const ELYSIA_OPTIONS = {
  /** Shows a name that stands twice in the query as an array, which is no text; or else the last would silently win. */
  elysiaMeta: 'ArrayQuery',
  ...UNREPORTED,
};

FormatRegistry.Set(FORMAT, isId);

/** Whether a text writes out an id: decimal digits, no sign, no leading zero. */
export function isId(text: string): boolean {
  return DIGITS.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER;
}

/** An id in a body: a JSON integer from 1 to 2^53−1, never a text of digits. */
export function bodyId<I extends number>(): TUnsafe<I> {
  return Type.Unsafe<I>(
    Type.Integer({ format: 'int64', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, example: 1 }),
  );
}

/** An id in a path or a query: decimal digits, no sign, no leading zero; the handler gets the number. */
export function pathId<I extends number>(): TUnsafe<I> {
  return numberInText<I>(FORMAT);
}

/** The TOKEN-ID of a request; null when it is missing or malformed, which is answered like a wrong one. */
export function readTokenId(request: Request): TokenId | null {
  return tokenIdOf(request.headers.get('token-id'));
}

/** The same, where `?tokenId=` may stand in for a header that a browser cannot set. Twice in the query, it is none. */
export function readTokenIdOrQuery(request: Request): TokenId | null {
  const header = request.headers.get('token-id');
  if (header !== null) return tokenIdOf(header);
  const [, query = ''] = /\?([^#]*)/.exec(request.url) ?? [];
  const [tokenId = null, ...others] = new URLSearchParams(query).getAll('tokenId');
  return others.length > 0 ? null : tokenIdOf(tokenId);
}

/** The user that a path or a body names; null when it names none, or what is no id. */
export function userIdIn(named: object): UserId | null {
  const text = 'userId' in named ? String(named.userId) : '';
  return isId(text) ? (Number(text) as UserId) : null;
}

function tokenIdOf(text: string | null): TokenId | null {
  return text !== null && isId(text) ? (Number(text) as TokenId) : null;
}

/** How many items a list shows: an integer from 1 to `max` in the query. */
export function limitInQuery(max: number): TUnsafe<number> {
  const format = `seatline-limit-${max}`;
  FormatRegistry.Set(format, (text) => DIGITS.test(text) && Number(text) <= max);
  return numberInText(format);
}

/** Checks a text, and hands the handler the number that it writes out. */
function numberInText<N extends number>(format: string): TUnsafe<N> {
  const text = Type.Transform(Type.String({ format, ...ELYSIA_OPTIONS }));
  return Type.Unsafe<N>(text.Decode((digits) => Number(digits)).Encode(String));
}
