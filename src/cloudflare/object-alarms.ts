import type { Alarm, Clock, Log } from '../deps.ts';

interface Entry {
  readonly ring: () => void;
  /** Epoch milliseconds. */
  at: number;
}

/**
 * Alarms of a Durable Object. The platform keeps one, and wakes the object for it: the soonest. To set it is a write, so
 * that it is left as it is when it would be set for later; what is rung too early rings nothing, and sets the next.
 */
export class ObjectAlarms {
  private readonly entries: Entry[] = [];
  private setFor = Number.POSITIVE_INFINITY;

  constructor(
    private readonly storage: { setAlarm(at: number): Promise<void> },
    private readonly clock: Clock,
    private readonly log: Pick<Log, 'error'>,
  ) {}

  readonly alarm = (ring: () => void): Alarm => {
    const entry: Entry = { ring, at: Number.POSITIVE_INFINITY };
    this.entries.push(entry);
    return {
      set: (at) => {
        entry.at = at ?? Number.POSITIVE_INFINITY;
        this.setFirst();
      },
    };
  };

  /** The platform rings. */
  rang(): void {
    this.setFor = Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    for (const entry of this.entries.filter(({ at }) => at <= now)) {
      entry.at = Number.POSITIVE_INFINITY;
      entry.ring();
    }
    this.setFirst();
  }

  private setFirst(): void {
    const first = Math.min(...this.entries.map(({ at }) => at));
    if (first >= this.setFor) return;
    this.setFor = first;
    this.storage.setAlarm(Math.max(first, this.clock.now())).catch((cause) => {
      // The next one that is set is tried in any case.
      this.setFor = Number.POSITIVE_INFINITY;
      this.log.error('the alarm could not be set', cause);
    });
  }
}
