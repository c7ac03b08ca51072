const SMALLEST_MS = 0.01;
const BUCKETS_PER_DOUBLING = 16;
const BUCKETS = 24 * BUCKETS_PER_DOUBLING;

/** A histogram of durations from 10 µs to minutes, in buckets that are 4 % wide: it costs the same however many there are. */
export class Latencies {
  private readonly counts = new Uint32Array(BUCKETS);
  private total = 0;
  maxMs = 0;

  add(ms: number): void {
    if (!(ms >= 0)) throw new Error(`nothing takes ${ms} ms`);
    const bucket = Math.floor(Math.log2(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) * BUCKETS_PER_DOUBLING);
    const index = Math.min(BUCKETS - 1, bucket);
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.total++;
    if (ms > this.maxMs) this.maxMs = ms;
  }

  /** The duration that this share of them does not exceed, rounded up to the edge of its bucket. */
  quantile(share: number): number {
    let left = Math.ceil(this.total * share);
    for (const [index, count] of this.counts.entries()) {
      left -= count;
      if (left <= 0) return Math.min(this.maxMs, SMALLEST_MS * 2 ** ((index + 1) / BUCKETS_PER_DOUBLING));
    }
    return this.maxMs;
  }
}
