import type { Compressor, Content } from './compressor.ts';
import { isKnown } from './etag.ts';
import { acceptsGzip } from './gzip.ts';

/** What is shorter comes with the first ten packets of a connection (RFC 6928): compressed, it would come no sooner. */
const COMPRESSED_LENGTH_MIN = 14_000;

/** Something that clients ask for again and again. */
export interface Negotiable {
  readonly content: Content;
  readonly compressor: Compressor;
}

interface Reply {
  headers: Record<string, string | number>;
}

/** Answers with nothing to a client that has this state already, and with fewer bytes where they pay and are taken. */
export function negotiate(
  { headers }: Request,
  set: Reply,
  { content: { etag, body }, compressor }: Negotiable,
): string | Response | Promise<string | Uint8Array> {
  const isLong = body.length >= COMPRESSED_LENGTH_MIN;
  set.headers.etag = etag;
  if (isLong) varyBy('Accept-Encoding', set);
  const known = headers.get('if-none-match');
  if (known !== null && isKnown(etag, known)) return new Response(null, { status: 304 });
  // Headers are cheaper to give to a text than to a Response, which would be made twice.
  set.headers['content-type'] = 'application/json';
  const accepted = isLong ? headers.get('accept-encoding') : null;
  return accepted !== null && acceptsGzip(accepted) ? compressed(compressor, set) : body;
}

async function compressed(compressor: Compressor, set: Reply): Promise<string | Uint8Array> {
  const { etag, body } = await compressor.compressed();
  set.headers.etag = etag;
  if (typeof body !== 'string') set.headers['content-encoding'] = 'gzip';
  return body;
}

/** Where pages of some origins are let in, an answer depends on the origin as well. */
function varyBy(header: string, { headers }: Reply): void {
  headers.vary = headers.vary === undefined ? header : `${headers.vary}, ${header}`;
}
