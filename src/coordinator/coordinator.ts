import type { Alarm, Clock, Log, Random } from '../deps.ts';
import type { UserId } from '../ids.ts';
import { admitWaiting } from '../queue/admit.ts';
import { granted, type Reason, type Refusal, type Result, refused } from '../refusal.ts';
import type { ReservationView } from '../reservations/reservation.ts';
import type { Loader } from '../store/load.ts';
import type { Command, Desk, MaybePromise, ReplyTo } from './commands.ts';
import { decide } from './decide.ts';
import { gather } from './gather.ts';
import { peek } from './peek.ts';
import { sweep } from './sweep.ts';
import { Timeline } from './timeline.ts';
import { NO_ROWS, Work } from './work.ts';
import type { World } from './world.ts';

/** How many commands one batch takes at most. */
const BATCH_COMMANDS_MAX = 2_000;
/** How long the tables may lag behind the clock before what ended is written down. */
const SWEEP_INTERVAL_MS = 1_000;
/** How long a stop may write down what ended. What is left is found by the next start, which renews who waited. */
const DRAIN_MS_MAX = 2_000;
/** How long the coordinator rests after a batch that failed, unless a command comes in. */
const REST_MS = 1_000;

export interface CoordinatorDeps {
  readonly world: World;
  readonly load: Loader;
  readonly commit: (work: Work) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  /** What else is to be done once what a batch changed is on the disk and in memory. */
  readonly committed: (work: Work) => void;
  /** Makes the alarm that wakes the coordinator when something ends or someone can be admitted. */
  readonly alarm: (ring: () => void) => Alarm;
  /** Calls back when the requests that have already come in have been read, so that they share a batch. */
  readonly defer: (callback: () => void) => void;
  readonly log: Log;
}

interface Letter {
  readonly command: Command;
  readonly reply: (result: Result<ReplyTo<Command>>) => void;
}

/**
 * The one writer. Commands gather in its mailbox while a batch is under way; a tick takes all of them, loads the rows
 * that they name, decides each in order, commits everything in one transaction, and only then replies.
 */
export class Coordinator implements Desk {
  private readonly timeline: Timeline;
  private readonly alarm: Alarm;
  private mailbox: Letter[] = [];
  private ticking = false;
  private closing = false;
  private nextSweepAt = 0;
  /** After a batch that failed, the coordinator does not wake by itself before this time. */
  private restUntil = 0;
  private whenIdle: (() => void)[] = [];

  constructor(private readonly deps: CoordinatorDeps) {
    this.timeline = new Timeline(deps.clock);
    this.alarm = deps.alarm(() => this.wake());
    this.setAlarm();
  }

  submit<C extends Command>(command: C): MaybePromise<Result<ReplyTo<C>>> {
    const now = this.passTime();
    // The reply to a command of a kind is the reply of that kind: `decide` and `peek` pair them by their switches.
    const known = peek(this.deps.world, command, now) as Result<ReplyTo<C>> | undefined;
    if (known !== undefined) return known;
    if (this.closing) return refused('not ready');
    return new Promise((resolve) => {
      this.mailbox.push({ command, reply: resolve as Letter['reply'] });
      this.wake();
    });
  }

  async reservationsOf(
    userId: UserId,
    page: { before: number; limit: number },
  ): Promise<Result<ReservationView[]>> {
    const account = await this.submit({ kind: 'find-balance', userId });
    if (!account.ok) return account;
    const { world, load } = this.deps;
    const unpaid = [...world.holds.of(userId)];
    return granted(await load.reservationsOf(userId, { ...page, unpaid }, this.passTime()));
  }

  /** Takes no more commands, and returns when those that were taken are answered and what ended is written down. */
  async drain(): Promise<void> {
    this.closing = true;
    await this.idle();
    this.alarm.set(null);
    this.passTime();
    const until = this.timeline.now() + DRAIN_MS_MAX;
    while (
      this.deps.world.hasLapsed &&
      this.timeline.now() >= this.restUntil &&
      this.timeline.now() < until
    ) {
      this.nextSweepAt = 0;
      await this.tidy();
      await new Promise<void>((resolve) => this.deps.defer(resolve));
    }
  }

  /** Returns when nothing is under way. */
  async idle(): Promise<void> {
    if (this.ticking) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  /** Lets the world know what time it is. */
  private passTime(): number {
    const now = this.timeline.now();
    this.deps.world.pass(now);
    return now;
  }

  private wake(): void {
    if (this.ticking) return;
    this.ticking = true;
    this.gatherThenRun(0);
  }

  /** A batch begins when no more commands come in, for the larger it is the less each of them costs. */
  private gatherThenRun(seen: number): void {
    this.deps.defer(() => {
      const { length } = this.mailbox;
      if (length > seen && length < BATCH_COMMANDS_MAX) this.gatherThenRun(length);
      else void this.run();
    });
  }

  private async run(): Promise<void> {
    do {
      await this.tidy();
      await this.tick();
    } while (this.mailbox.length > 0);
    this.ticking = false;
    this.setAlarm();
    for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  /** Writes down what time has ended, in a batch of its own: were it to fail, it would fail alone. */
  private async tidy(): Promise<void> {
    const { world, random, commit } = this.deps;
    const now = this.passTime();
    if (!world.hasLapsed || now < this.nextSweepAt) return;
    try {
      const work = new Work(world, NO_ROWS, random);
      sweep(world, work);
      await commit(work);
      this.apply(work);
    } catch (cause) {
      this.rest('a sweep failed, and changed nothing', cause);
    }
    // What is left over comes with the next batch, however soon that is.
    this.nextSweepAt = world.hasLapsed ? this.restUntil : now + SWEEP_INTERVAL_MS;
  }

  private async tick(): Promise<void> {
    const letters = this.mailbox.splice(0, BATCH_COMMANDS_MAX);
    try {
      const results = await this.carryOut(letters.map(({ command }) => command));
      results.forEach((result, index) => {
        letters[index]?.reply(result);
      });
    } catch (cause) {
      this.rest('a batch failed, and changed nothing', cause);
      for (const { command, reply } of letters) reply(failure(command));
    }
  }

  /** Load, decide, commit; then memory takes what is on the disk. */
  private async carryOut(commands: readonly Command[]): Promise<Result<ReplyTo<Command>>[]> {
    const { world, load, commit, random } = this.deps;
    const rows = await gather(world, load, commands);
    const now = this.passTime();
    const work = new Work(world, rows, random);
    admitWaiting(work, now);
    const results = commands.map((command) => decide(world, work, command, now));
    if (!work.isEmpty || commands.some(({ kind }) => kind === 'probe')) await commit(work);
    this.apply(work);
    return results;
  }

  private apply(work: Work): void {
    const { world, committed, log } = this.deps;
    world.apply(work);
    try {
      committed(work);
    } catch (cause) {
      // What was asked for is done, and whoever asked must hear so.
      log.error('what follows a batch failed', cause);
    }
  }

  private rest(message: string, cause: unknown): void {
    this.deps.log.error(message, cause);
    this.restUntil = this.timeline.now() + REST_MS;
  }

  /** Wakes up for what comes next: someone who can be admitted, or something ended to write down. */
  private setAlarm(): void {
    const { world } = this.deps;
    const at = Math.min(
      Math.max(world.hasLapsed ? 0 : world.nextEnd, this.nextSweepAt),
      nextAdmission(world),
    );
    this.alarm.set(Number.isFinite(at) ? this.timeline.clockTime(Math.max(at, this.restUntil)) : null);
  }
}

/** When the next in line can enter: when the interval is over, or a slot comes free. */
function nextAdmission({ line, window, policy }: World): number {
  if (line.waitingCount === 0) return Number.POSITIVE_INFINITY;
  if (line.activeCount >= policy.activeMax) return line.nextLapse;
  return window.admitted < policy.admitBatch ? 0 : window.startedAt + policy.admitIntervalMs;
}

/** What a command answers when its batch failed for a fault of ours. */
function failure({ kind }: Command): Refusal {
  const reasons: Partial<Record<Command['kind'], Reason>> = {
    pay: 'payment failed',
    recharge: 'recharge failed',
    probe: 'not ready',
  };
  return refused(reasons[kind] ?? 'internal error');
}
