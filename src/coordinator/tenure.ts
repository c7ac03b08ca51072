import type { Alarm } from '../deps.ts';
import { DatabaseLost } from '../store/database.ts';
import type { Epoch } from '../store/epoch.ts';
import type { Timeline } from './timeline.ts';

/** How often it is looked up whether the epoch is over, also when nobody asks for anything. */
const PROOF_INTERVAL_MS = 1_000;
/** For how long that answer is good, where each look takes a trip to a server. */
const PROOF_MS_MAX = 3_000;

/** It could not be found out whether another process has taken over. */
export class Unproven extends Error {
  constructor(cause: unknown) {
    super('it cannot be told whether the epoch is over', { cause });
  }
}

export interface TenureDeps {
  readonly epoch: Pick<Epoch, 'verify' | 'glance' | 'isAtHand' | 'isExclusive'>;
  readonly timeline: Timeline;
  readonly alarm: (ring: () => void) => Alarm;
  /** Called when the epoch is over, or when that cannot be told. */
  readonly failed: (cause: unknown) => void;
}

/**
 * For how long this coordinator may answer: until another process begins an epoch. A file tells so at once. A server is
 * asked beside the batches, and what it said is good for a while.
 */
export class Tenure {
  private readonly alarm: Alarm;
  private checkedAt = 0;
  /** When the epoch was not over for certain. */
  private provenAt: number;
  private proving: Promise<void> | null = null;
  private isEnded = false;

  constructor(private readonly deps: TenureDeps) {
    this.alarm = deps.alarm(() => void this.prove());
    this.provenAt = deps.timeline.now();
    this.setAlarm();
  }

  /** Whether it goes on, as far as can be told at once; looked up once in each millisecond. */
  lasts(now: number): boolean {
    if (this.checkedAt === now) return true;
    try {
      this.deps.epoch.glance();
    } catch (cause) {
      this.deps.failed(cause);
      return false;
    }
    this.checkedAt = now;
    return true;
  }

  /** Whether memory may answer: where a server knows whether the epoch is over, as long as it has said so lately. */
  isProven(now: number): boolean {
    return this.deps.epoch.isAtHand || now <= this.provenAt + PROOF_MS_MAX;
  }

  /** The epoch was not over at this time. */
  proven(at: number): void {
    this.provenAt = Math.max(this.provenAt, at);
  }

  /** Throws `DatabaseLost` when it is over, and `Unproven` when that cannot be told. */
  async mustLast(now: number): Promise<void> {
    const { epoch } = this.deps;
    epoch.glance();
    if (this.isProven(now)) return;
    try {
      await epoch.verify();
    } catch (cause) {
      throw cause instanceof DatabaseLost ? cause : new Unproven(cause);
    }
    this.proven(now);
  }

  /** Returns when nothing is being looked up. */
  async idle(): Promise<void> {
    await this.proving;
  }

  /** Looks no more. */
  end(): void {
    this.isEnded = true;
    this.alarm.set(null);
  }

  private prove(): Promise<void> {
    const sentAt = this.deps.timeline.now();
    this.proving ??= this.deps.epoch
      .verify()
      .then(() => this.proven(sentAt))
      .catch((cause: unknown) => this.deps.failed(cause))
      .finally(() => {
        this.proving = null;
        this.setAlarm();
      });
    return this.proving;
  }

  private setAlarm(): void {
    const { epoch, timeline } = this.deps;
    if (!this.isEnded && !epoch.isExclusive)
      this.alarm.set(timeline.clockTime(timeline.now() + PROOF_INTERVAL_MS));
  }
}
