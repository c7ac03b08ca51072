import type { Alarm } from '../deps.ts';
import { type Refusal, type Result, refused } from '../refusal.ts';
import type { Command, MaybePromise, ReplyTo } from './commands.ts';
import type { Timeline } from './timeline.ts';

/** What keeps the wait bounded when more comes in than can be carried out. */
export interface Limits {
  /** How many commands wait at most; one more is refused without having waited for its turn. */
  readonly mailboxMax: number;
  /** How long a command waits at most before it is decided; then it is refused, and certain not to happen. */
  readonly commandMsMax: number;
}

export interface Letter {
  readonly command: Command;
  readonly reply: (result: Result<ReplyTo<Command>>) => void;
  /** From this time on it is too late to decide it. */
  readonly lateAt: number;
}

export interface MailboxDeps {
  readonly limits: Limits;
  readonly timeline: Timeline;
  readonly alarm: (ring: () => void) => Alarm;
  /** Calls back when the requests that have already come in have been read. */
  readonly defer: (callback: () => void) => void;
}

/** The commands that wait, in the order in which they came: those that nobody has looked at, and those being loaded. */
export class Mailbox {
  /** Rings when the oldest letter is late; there are none when it is not set. */
  private readonly lateAlarm: Alarm;
  private isLateAlarmSet = false;
  private waiting: Letter[] = [];
  /** The batch whose rows are being loaded: it is not decided yet. */
  private loading: Letter[] = [];
  /** The answer to all who came in this turn of the event loop and found the mailbox full. */
  private turningAway: Promise<Refusal> | null = null;
  /** The answer to all who ask whether the service can serve, while one probe is under way. */
  private probing: Promise<Result<ReplyTo<Command>>> | null = null;

  constructor(private readonly deps: MailboxDeps) {
    this.lateAlarm = deps.alarm(() => this.refuseLate());
  }

  /** How many commands wait that nobody has looked at. */
  get length(): number {
    return this.waiting.length;
  }

  /** How many commands wait to be decided. */
  get depth(): number {
    return this.waiting.length + this.loading.length;
  }

  post(command: Command, now: number): Promise<Result<ReplyTo<Command>>> {
    return new Promise((reply) => {
      const lateAt = now + this.deps.limits.commandMsMax;
      this.waiting.push({ command, reply, lateAt });
      if (!this.isLateAlarmSet) this.setLateAlarm(lateAt);
    });
  }

  /** One for all who ask: they must hear also when there is more to do than can be done, and take no room from that. */
  probe(command: Command, now: number): Promise<Result<ReplyTo<Command>>> {
    this.probing ??= this.post(command, now).finally(() => {
      this.probing = null;
    });
    return this.probing;
  }

  /**
   * Refuses while the mailbox is full, and only when the event loop has turned. A crowd that hears it at once asks again
   * at once, and is read and refused in the same turn, which then goes on for seconds while nothing is carried out.
   */
  turnAway(): MaybePromise<Refusal> | null {
    if (this.waiting.length - Number(this.probing !== null) < this.deps.limits.mailboxMax) return null;
    this.turningAway ??= new Promise((resolve) => {
      this.deps.defer(() => {
        this.turningAway = null;
        resolve(refused('overloaded'));
      });
    });
    return this.turningAway;
  }

  /** Opens up to `max` letters: they are loaded from now on. */
  open(max: number): readonly Letter[] {
    this.loading = this.waiting.splice(0, max);
    return this.loading;
  }

  /** Takes out those opened letters that are still in time, to be decided. */
  take(): readonly Letter[] {
    this.refuseLate();
    return this.loading.splice(0);
  }

  /** Takes out those opened letters that nobody has taken, for there is nothing to decide them with. */
  giveUp(): void {
    this.loading = [];
  }

  /** Tells everyone whose letter was not opened that nothing succeeds any more. */
  shut(): void {
    this.stopWaiting();
    for (const { reply } of this.waiting.splice(0)) reply(refused('not ready'));
  }

  /** Nobody is refused for being late from now on. */
  stopWaiting(): void {
    this.setLateAlarm(null);
  }

  /** Refuses what has waited for too long, unless it is decided already. */
  private refuseLate(): void {
    const now = this.deps.timeline.now();
    for (const letters of [this.loading, this.waiting]) {
      const firstInTime = letters.findIndex(({ lateAt }) => lateAt > now);
      const late = letters.splice(0, firstInTime === -1 ? letters.length : firstInTime);
      for (const { reply } of late) reply(refused('overloaded'));
    }
    this.setLateAlarm((this.loading[0] ?? this.waiting[0])?.lateAt ?? null);
  }

  private setLateAlarm(at: number | null): void {
    this.isLateAlarmSet = at !== null;
    this.lateAlarm.set(at === null ? null : this.deps.timeline.clockTime(at));
  }
}
