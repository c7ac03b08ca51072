import type { Random } from '../../src/deps.ts';

/** Ids that a seed decides: a test that failed can be run again just as it was. */
export class SeededRandom implements Random {
  constructor(private state = 1) {}

  id(): number {
    return Math.floor(this.next() * (Number.MAX_SAFE_INTEGER - 1)) + 1;
  }

  /** From 0 to below 1 (mulberry32, twice for 53 bits). */
  next(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  private word(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
