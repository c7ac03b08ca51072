import { promisify } from 'node:util';
import { gzip as compress, gzipSync } from 'node:zlib';

/** What takes hardly longer than the lowest level, and leaves a third less of a seat map. */
const LEVEL = 2;
/** One element of an `Accept-Encoding` in lower case (RFC 9110 §12.5.3). */
const CODING = /^([!#$%&'*+.^_`|~0-9a-z-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

const compressAside = promisify(compress);

/** Compresses a text in another thread. */
export function gzip(text: string): Promise<Uint8Array> {
  return compressAside(text, { level: LEVEL });
}

/**
 * The same at once, for a host where a request must not wait for what another one has begun: it may wait for ever, when
 * the other one is over or cut off first.
 */
export async function gzipAtOnce(text: string): Promise<Uint8Array> {
  return gzipSync(text, { level: LEVEL });
}

/**
 * Whether a client that sends this `Accept-Encoding` takes gzip, and does not like to be answered without it better. An
 * element that is malformed says nothing.
 */
export function acceptsGzip(acceptEncoding: string): boolean {
  const weights = new Map<string, number>();
  for (const element of acceptEncoding.toLowerCase().split(',')) {
    const [, coding, weight = '1'] = CODING.exec(element.trim()) ?? [];
    if (coding !== undefined) weights.set(coding, Number(weight));
  }
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}
