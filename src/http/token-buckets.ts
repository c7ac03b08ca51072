/** For how many seconds an idle bucket fills: what can be taken at once is the rate times this. */
export const FILL_SECONDS = 10;
/** How many keys are remembered for certain. Whoever wants one forgotten needs as many others, each with a bucket of its own. */
const KEYS_MAX = 32_768;
/** A token in ticks, of which the rate is the number in a millisecond: so that all that is reckoned with is whole. */
const TOKEN = 1_000;

export interface Level {
  /** How many can be taken at once. */
  readonly tokens: number;
  /** In how many milliseconds there is one more; 0 when the bucket is full. */
  readonly nextMs: number;
}

/**
 * A bucket of tokens for each key, which fills at a rate and holds `FILL_SECONDS` of it. Of a bucket only the time is kept
 * at which it will be full, and of one that is forgotten nothing, which is the same as a full one. So a crowd of strangers
 * locks nobody out, and memory has a limit: keys are kept in two generations, of which the older is dropped as a whole.
 */
export class TokenBuckets {
  readonly capacity: number;
  /** When the bucket of each key is full, in ticks. */
  private recent = new Map<string, number>();
  private older = new Map<string, number>();
  private dryUntil = 0;

  /** `perSecond` is an integer up to 1,000. */
  constructor(private readonly perSecond: number) {
    this.capacity = perSecond * FILL_SECONDS;
  }

  /** How many keys are remembered, which is never more than twice `KEYS_MAX`. */
  get size(): number {
    return this.recent.size + this.older.size;
  }

  look(key: string, now: number): Level {
    const missing = Math.max(0, this.fullAt(key) - now * this.perSecond);
    const tokens = Math.floor((this.capacity * TOKEN - missing) / TOKEN);
    const toNext = missing === 0 ? 0 : ((missing - 1) % TOKEN) + 1;
    return { tokens, nextMs: Math.ceil(toNext / this.perSecond) };
  }

  /** Takes one of the tokens that `look` has shown. */
  take(key: string, now: number): void {
    this.keep(key, Math.max(this.fullAt(key), now * this.perSecond) + TOKEN);
    const { tokens, nextMs } = this.look(key, now);
    if (tokens === 0) this.dryUntil = Math.max(this.dryUntil, now + nextMs);
  }

  /** Whether some bucket may be empty. No key needs to be looked at while none is. */
  isAnyDry(now: number): boolean {
    return now < this.dryUntil;
  }

  private fullAt(key: string): number {
    return this.recent.get(key) ?? this.older.get(key) ?? 0;
  }

  private keep(key: string, fullAt: number): void {
    if (this.recent.size >= KEYS_MAX && !this.recent.has(key)) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(key, fullAt);
  }
}
