import type { Clock } from '../deps.ts';

/**
 * Time that never runs back. When the clock is set back, it goes on from where it was, at the clock's rate: nothing
 * that ended comes to life again, and nothing waits until the clock has caught up.
 */
export class Timeline {
  private last: number;
  private time: number;

  constructor(private readonly clock: Clock) {
    this.last = clock.now();
    this.time = this.last;
  }

  /** Epoch milliseconds. */
  now(): number {
    const clockTime = this.clock.now();
    this.time += Math.max(0, clockTime - this.last);
    this.last = clockTime;
    return this.time;
  }

  /** What the clock shows when it is `at` here. */
  clockTime(at: number): number {
    return at - (this.time - this.last);
  }
}
