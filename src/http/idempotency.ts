import type { OpenAPIV3 } from 'openapi-types';
import type { Grant } from '../refusal.ts';
import { BadRequest } from './errors.ts';

const NAME = 'Idempotency-Key';
/** Visible ASCII. A header that came twice is joined by a comma and a space, so that it is no key. */
const KEY = /^[\x21-\x7e]{8,255}$/;

/** The key under which a request may come again; undefined when it has none. Throws a BadRequest when it is malformed. */
export function readIdempotencyKey(request: Request): string | undefined {
  const key = request.headers.get(NAME);
  if (key === null) return undefined;
  if (!KEY.test(key)) throw new BadRequest(400, `invalid ${NAME}`);
  return key;
}

/** The value of a success. The headers tell when it is the answer to an earlier request, given again. */
export function answer<T>(
  set: { headers: Record<string, string | number> },
  { value, isReplay }: Grant<T>,
): T {
  if (isReplay) set.headers['idempotency-replayed'] = 'true';
  return value;
}

/** What the documentation says of an operation whose requests may come again; spread it into the operation. */
export const idempotencyHeader: OpenAPIV3.ParameterObject = {
  name: NAME,
  in: 'header',
  required: false,
  description:
    "A key of the client's own, new for each thing that it wants done. A request that is sent again with it does " +
    'nothing, and is answered as it was the first time, for 24 hours',
  schema: { type: 'string', minLength: 8, maxLength: 255, pattern: '^[\\x21-\\x7e]{8,255}$' },
};

export const replayedHeader: Record<string, OpenAPIV3.HeaderObject> = {
  'Idempotency-Replayed': {
    description: 'Whether this is the answer to an earlier request with the same key, given again',
    schema: { type: 'string', enum: ['true'] },
  },
};
