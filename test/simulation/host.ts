import type { Alarm, Clock, Random } from '../../src/deps.ts';
import type { TokenId } from '../../src/ids.ts';
import { SeededRandom } from '../support/seeded-random.ts';

/** No time goes on in a turn of the event loop: whatever takes more rounds than this will never end. */
const ROUNDS_MAX = 1_000;

interface Bell {
  at: number | null;
  readonly ring: () => void;
}

/** Time that the simulation moves. */
export class VirtualClock implements Clock {
  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  move(ms: number): void {
    this.time += ms;
  }
}

/** What one process takes from the air: its alarms ring and its event loop turns when the simulation says so. */
export class VirtualHost {
  private bells: Bell[] = [];
  private deferred: (() => void)[] = [];

  constructor(readonly clock: Clock) {}

  readonly alarm = (ring: () => void): Alarm => {
    const bell: Bell = { at: null, ring };
    this.bells.push(bell);
    return {
      set: (at) => {
        bell.at = at;
      },
    };
  };

  readonly defer = (callback: () => void): void => {
    this.deferred.push(callback);
  };

  /** Rings whatever is due. */
  ring(): void {
    for (const bell of this.bells) {
      if (bell.at === null || bell.at > this.clock.now()) continue;
      bell.at = null;
      bell.ring();
    }
    // An alarm that waits for something once is gone when it has rung; the lasting ones are the first three.
    this.bells = this.bells.filter((bell, index) => index < 3 || bell.at !== null);
  }

  /** Turns the event loop until nothing is left that could run without time going on. */
  async turn(): Promise<void> {
    let rounds = 0;
    do {
      if (++rounds > ROUNDS_MAX) throw new Error('it does not come to rest');
      for (const callback of this.deferred.splice(0)) callback();
      // The database answers within the microtasks, which are all over when an immediate comes.
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (this.deferred.length > 0);
  }
}

/** Draws ids as the service does, and remembers them for the model, which cannot guess them. */
export class RecordedIds implements Random {
  private readonly random: SeededRandom;
  private drawn: number[] = [];

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  id(): number {
    const id = this.random.id();
    this.drawn.push(id);
    return id;
  }

  /** Gives what has been drawn since the last time, one after the other. */
  take(): () => TokenId {
    const drawn = this.drawn;
    this.drawn = [];
    let next = 0;
    return () => {
      const id = drawn[next++];
      if (id === undefined) throw new Error('the service has drawn no id for someone who joined');
      return id as TokenId;
    };
  }
}
