/**
 * What Cloudflare asks for beyond what the paid plan of $5 a month includes, in dollars, as its pages said when they were
 * last changed:
 *
 * - Durable Objects: https://developers.cloudflare.com/durable-objects/platform/pricing/, 19 June 2026
 * - Workers: https://developers.cloudflare.com/workers/platform/pricing/, 7 July 2026
 * - KV: https://developers.cloudflare.com/kv/platform/pricing/, 21 April 2026
 *
 * The CPU time of Workers ($0.02 a million milliseconds) is left out: nobody has measured on the platform how much
 * of it a request takes. So are logs and what is stored.
 */
export const PRICES = {
  workerRequest: 0.3 / 1e6,
  /** A call of a method, or an alarm. */
  objectRequest: 0.15 / 1e6,
  objectGbSecond: 12.5 / 1e6,
  rowRead: 0.001 / 1e6,
  rowWritten: 1 / 1e6,
  kvRead: 0.5 / 1e6,
} as const;

/** An object is billed for as much memory as it may use. */
const OBJECT_GB = 0.128;

export interface Usage {
  readonly workerRequests: number;
  readonly objectRequests: number;
  /** The sum over all objects of how long each was awake. */
  readonly objectSeconds: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly kvReads: number;
}

export type Bill = Readonly<Record<'workers' | 'requests' | 'duration' | 'rows' | 'kv', number>>;

/** In dollars, as if nothing were included. */
export function billOf(usage: Usage): Bill {
  return {
    workers: usage.workerRequests * PRICES.workerRequest,
    requests: usage.objectRequests * PRICES.objectRequest,
    duration: usage.objectSeconds * OBJECT_GB * PRICES.objectGbSecond,
    rows: usage.rowsRead * PRICES.rowRead + usage.rowsWritten * PRICES.rowWritten,
    kv: usage.kvReads * PRICES.kvRead,
  };
}

export function totalOf(bill: Bill): number {
  return Object.values(bill).reduce((sum, dollars) => sum + dollars, 0);
}
