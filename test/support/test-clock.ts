import type { Alarm, Clock } from '../../src/deps.ts';

/** A clock that stands still until the test moves it; its alarm rings when its time is reached. */
export class TestClock implements Clock {
  private readonly alarms = new Set<{ at: number | null; ring: () => void }>();

  constructor(private time = Date.parse('2026-07-04T01:00:00Z')) {}

  now(): number {
    return this.time;
  }

  readonly alarm = (ring: () => void): Alarm => {
    const entry: { at: number | null; ring: () => void } = { at: null, ring };
    this.alarms.add(entry);
    return {
      set: (at) => {
        entry.at = at;
      },
    };
  };

  readonly stopwatch = (): number => this.time;

  /** Moves the time as if every alarm were late: what is due has not rung yet. */
  jump(ms: number): void {
    this.time += ms;
  }

  /** Moves the time, and rings what is due; `TestService.pass` also waits for what that sets off. */
  move(ms: number): void {
    this.jump(ms);
    for (const entry of this.alarms) {
      if (entry.at === null || entry.at > this.time) continue;
      entry.at = null;
      entry.ring();
    }
  }
}
