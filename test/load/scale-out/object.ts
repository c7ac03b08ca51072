import type { Events } from './events.ts';
import type { Faults } from './faults.ts';

/** How often an object that has something to see to looks after it. */
export const ALARM_MS = 1_000;

/** What all who take part share. */
export interface Surroundings {
  readonly events: Events;
  readonly faults: Faults;
  /** How often something came about that the faults are there to bring about. */
  readonly seen: (what: string) => void;
}

export interface Receiver<Message> {
  receive(message: Message): void;
}

/** What an object was asked and what it wrote. */
export interface Spent {
  requests: number;
  commits: number;
  rows: number;
}

/** Sends a message, which may be lost, be late or arrive twice. */
export function send<Message>(
  { events, faults }: Surroundings,
  to: Receiver<Message>,
  message: Message,
): void {
  for (const ms of faults.arrivals()) events.after(ms, () => to.receive(message));
}

class Died extends Error {}

/**
 * A Durable Object. It handles one message after the other, a commit is all or nothing, and it may die before and after
 * each: then it forgets all that it has not written. An alarm is kept by the platform, which rings until one was heard
 * to its end.
 */
export abstract class ObjectModel<Message> implements Receiver<Message> {
  readonly spent: Spent = { requests: 0, commits: 0, rows: 0 };
  private isUp = true;
  private isAlarmSet = false;

  constructor(
    readonly name: string,
    protected readonly around: Surroundings,
  ) {}

  receive(message: Message): void {
    this.live(() => {
      if (!this.isReply(message)) this.spent.requests++;
      this.step();
      this.handle(message);
    });
  }

  protected abstract handle(message: Message): void;

  /** Whether it answers what the object asked, which is no request to it. */
  protected abstract isReply(message: Message): boolean;

  /** Loses what is in memory only. */
  protected abstract forget(): void;

  /** Looks after what is open, and tells whether anything still is. */
  protected abstract look(): boolean;

  /** Writes everything that `write` does, or nothing. */
  protected commit(rows: number, write: () => void): void {
    this.step();
    write();
    this.spent.commits++;
    this.spent.rows += rows;
    this.step();
  }

  protected tell<Other>(to: Receiver<Other>, message: Other): void {
    send(this.around, to, message);
    this.step();
  }

  protected setAlarm(): void {
    if (this.isAlarmSet) return;
    this.isAlarmSet = true;
    this.around.events.after(ALARM_MS, () => {
      this.isAlarmSet = false;
      const isOpen = this.live(() => this.look());
      if (isOpen ?? true) this.setAlarm();
    });
  }

  protected get now(): number {
    return this.around.events.now;
  }

  /** Does something if the object is there; undefined when it was not, or did not live to see the end. */
  private live<Result>(work: () => Result): Result | undefined {
    if (!this.isUp) return undefined;
    try {
      return work();
    } catch (cause) {
      if (!(cause instanceof Died)) throw cause;
      this.isUp = false;
      this.forget();
      this.around.events.after(this.around.faults.awayMs(), () => {
        this.isUp = true;
      });
      return undefined;
    }
  }

  private step(): void {
    if (this.around.faults.dies()) throw new Died(this.name);
  }
}
