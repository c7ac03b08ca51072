import type { Alarm, Clock, Log, Random } from '../deps.ts';
import type { ReservationId, UserId } from '../ids.ts';
import { admitWaiting } from '../queue/admit.ts';
import { granted, type Reason, type Refusal, type Result, refused } from '../refusal.ts';
import type { OwnedReservation, ReservationView } from '../reservations/reservation.ts';
import { DatabaseLost, OutcomeUnknown } from '../store/database.ts';
import type { Epoch } from '../store/epoch.ts';
import type { Loader } from '../store/load.ts';
import { type BatchCourse, type BatchReport, beginBatch } from './batch-report.ts';
import { nextPart, outcomeOf, type Part, type PartLimits } from './chores.ts';
import { type Command, type Desk, isOperators, type MaybePromise, type ReplyTo } from './commands.ts';
import { gather, gatherReservations } from './gather.ts';
import { Housekeeping } from './housekeeping.ts';
import { type Letter, type Limits, Mailbox } from './mailbox.ts';
import { peek } from './peek.ts';
import { decideOnce, isKeyed } from './retries.ts';
import { sweep } from './sweep.ts';
import { Tenure, Unproven } from './tenure.ts';
import { Timeline } from './timeline.ts';
import { NO_ROWS, Work } from './work.ts';
import type { World } from './world.ts';

/** How many commands one batch takes at most, where the database does not take fewer. */
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
  /** Has the database take in now what was committed, rather than much of it at once with a commit that somebody waits for. */
  readonly writeBack: () => void;
  /** The right to commit, and what it tells about the commits. */
  readonly epoch: Pick<Epoch, 'settle' | 'verify' | 'glance' | 'isAtHand' | 'isExclusive'>;
  readonly limits: Limits;
  readonly partLimits: PartLimits;
  /** How many commands the database takes in one transaction at most. */
  readonly batchMax?: number;
  readonly clock: Clock;
  readonly random: Random;
  /** What else is to be done once what a batch changed is on the disk and in memory. */
  readonly committed: (work: Work) => void;
  /** Called once, when the service cannot go on with its database. Nothing succeeds from then on. */
  readonly lost: (cause: DatabaseLost) => void;
  /** Makes the alarm that wakes the coordinator when something ends or someone can be admitted. */
  readonly alarm: (ring: () => void) => Alarm;
  /** The same for what is over once nobody waits for a reply. */
  readonly timer?: (ring: () => void) => Alarm;
  /** Calls back when the requests that have already come in have been read, so that they share a batch. */
  readonly defer: (callback: () => void) => void;
  /** Milliseconds since some instant, with fractions, which only ever grow. */
  readonly stopwatch: () => number;
  /** Hears of every batch that did something, or failed, once it is over, and of the commands that it took. */
  readonly observe: (batch: BatchReport, commands: readonly Command[]) => void;
  readonly log: Pick<Log, 'error'>;
}

/**
 * The one writer. Commands gather in its mailbox while a batch is under way; a tick takes all of them, loads the rows
 * that they name, decides each in order, commits everything in one transaction, and only then replies.
 */
export class Coordinator implements Desk {
  private readonly timeline: Timeline;
  private readonly tenure: Tenure;
  private readonly housekeeping: Housekeeping;
  private readonly mailbox: Mailbox;
  private readonly alarm: Alarm;
  private readonly batchMax: number;
  /** What was decided and takes more commits, with what it was decided to be. */
  private unfinished: { readonly letter: Letter; readonly result: Result<ReplyTo<Command>> }[] = [];
  private ticking = false;
  private closing = false;
  /** When a stop no longer waits for what is still to be written down. */
  private drainUntil = Number.POSITIVE_INFINITY;
  private isLost = false;
  /** What has become of the last batch was not to be found out. */
  private isOutcomeOpen = false;
  private nextSweepAt = 0;
  /** After a batch that failed, the coordinator does not wake by itself before this time. */
  private restUntil = 0;
  private whenIdle: (() => void)[] = [];

  constructor(private readonly deps: CoordinatorDeps) {
    this.timeline = new Timeline(deps.clock);
    this.housekeeping = new Housekeeping(deps.load, deps.world.policy.retentionMs);
    this.mailbox = new Mailbox({ ...deps, timeline: this.timeline, alarm: deps.timer ?? deps.alarm });
    this.alarm = deps.alarm(() => this.wake());
    this.batchMax = Math.min(BATCH_COMMANDS_MAX, deps.batchMax ?? Number.POSITIVE_INFINITY);
    this.tenure = new Tenure({
      ...deps,
      timeline: this.timeline,
      failed: (cause) => {
        // Every request might say so.
        const isNews = cause instanceof DatabaseLost || this.timeline.now() >= this.restUntil;
        if (isNews) this.fail('the epoch cannot be told', cause);
      },
    });
    this.setAlarm();
  }

  submit<C extends Command>(command: C): MaybePromise<Result<ReplyTo<C>>> {
    const now = this.passTime();
    if (!this.isOurs(now)) return refused('not ready');
    // The reply to a command of a kind is the reply of that kind: `decide` and `peek` pair them by their switches.
    const known = peek(this.deps.world, command, now) as Result<ReplyTo<C>> | undefined;
    if (known !== undefined && !isKeyed(command) && this.tenure.isProven(now)) return known;
    if (this.closing) return refused('not ready');
    const isProbe = command.kind === 'probe';
    // When there is more to do than can be done, the operator must be heard.
    const refusal = isProbe || isOperators(command) ? null : this.turnAway();
    if (refusal !== null) return refusal;
    const reply = isProbe ? this.mailbox.probe(command, now) : this.mailbox.post(command, now);
    this.wake();
    return reply as Promise<Result<ReplyTo<C>>>;
  }

  /** How many commands wait to be carried out. */
  get mailboxDepth(): number {
    return this.mailbox.depth;
  }

  turnAway(): MaybePromise<Refusal> | null {
    return this.mailbox.turnAway();
  }

  async reservationsOf(
    userId: UserId,
    page: { before: number; limit: number },
  ): Promise<Result<ReservationView[]>> {
    const account = await this.submit({ kind: 'find-balance', userId });
    if (!account.ok) return account;
    const { world, load } = this.deps;
    const unpaid = [...world.holds.of(userId)];
    const found = await load.reservationsOf(userId, { ...page, unpaid }, this.passTime());
    return this.isOurs(this.passTime()) ? granted(found) : refused('not ready');
  }

  async reservation(reservationId: ReservationId): Promise<Result<OwnedReservation>> {
    const found = await this.deps.load.reservation(reservationId, this.passTime());
    if (!this.isOurs(this.passTime())) return refused('not ready');
    return found === undefined ? refused('reservation not found') : granted(found);
  }

  /** Takes no more commands, and returns when those that were taken are answered and what ended is written down. */
  async drain(): Promise<void> {
    this.closing = true;
    this.drainUntil = this.timeline.now() + DRAIN_MS_MAX;
    await this.idle();
    this.alarm.set(null);
    this.tenure.end();
    this.mailbox.stopWaiting();
    this.passTime();
    while (
      !this.isLost &&
      this.deps.world.hasLapsed &&
      this.timeline.now() >= this.restUntil &&
      this.timeline.now() < this.drainUntil
    ) {
      this.nextSweepAt = 0;
      await this.tidy();
      await new Promise<void>((resolve) => this.deps.defer(resolve));
    }
  }

  /** Returns when nothing is under way. */
  async idle(): Promise<void> {
    await this.tenure.idle();
    if (this.ticking) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  /** Lets the world know what time it is. */
  private passTime(): number {
    const now = this.timeline.now();
    this.deps.world.pass(now);
    return now;
  }

  private wake(): void {
    if (this.ticking || this.isLost) return;
    this.ticking = true;
    this.gatherThenRun(0);
  }

  /** A batch begins when no more commands come in, for the larger it is the less each of them costs. */
  private gatherThenRun(seen: number): void {
    this.deps.defer(() => {
      const { length } = this.mailbox;
      if (length > seen && length < this.batchMax) this.gatherThenRun(length);
      else void this.run();
    });
  }

  private async run(): Promise<void> {
    // Whoever has just been answered is likely to ask for something else: that goes first.
    const isQuiet = this.mailbox.length === 0;
    let isMoreToDo: boolean;
    do {
      await this.tidy();
      await this.tick();
      isMoreToDo = await this.doNextPart();
      if (isQuiet && this.mailbox.length === 0) await this.keepHouse();
    } while (this.mailbox.length > 0 || isMoreToDo);
    this.ticking = false;
    this.setAlarm();
    for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  /** Writes down what time has ended, in a batch of its own: were it to fail, it would fail alone. */
  private async tidy(): Promise<void> {
    const { world, load, random, stopwatch } = this.deps;
    const now = this.passTime();
    if (this.isLost || !world.hasLapsed || now < this.nextSweepAt) return;
    const course = beginBatch('sweep', 0, stopwatch());
    course.loadedAt = course.startedAt;
    try {
      const work = new Work(world, NO_ROWS, random);
      sweep(world, work, now);
      course.decidedAt = stopwatch();
      await this.commit(work, course);
      if (work.forgetUntil !== null) world.oldestAnswerAt = await load.oldestAnswerAt();
    } catch (cause) {
      course.hasFailed = true;
      this.fail('a sweep failed', cause);
    }
    this.report(course, []);
    // What is left over comes with the next batch, however soon that is.
    this.nextSweepAt = world.hasLapsed ? this.restUntil : now + SWEEP_INTERVAL_MS;
  }

  /** Deletes some of what has been kept for long enough, once nobody waits for anything. */
  private async keepHouse(): Promise<void> {
    const { world, random, stopwatch } = this.deps;
    const now = this.passTime();
    if (this.isLost || now < this.housekeeping.dueAt || now < this.restUntil) return;
    const course = beginBatch('housekeeping', 0, stopwatch());
    try {
      const work = new Work(world, NO_ROWS, random);
      work.forgotten = await this.housekeeping.next(now);
      course.loadedAt = stopwatch();
      course.decidedAt = course.loadedAt;
      if (!work.isEmpty) await this.commit(work, course);
      this.housekeeping.gone(now);
      if (!work.isEmpty) this.deps.writeBack();
    } catch (cause) {
      course.hasFailed = true;
      this.fail('housekeeping failed', cause);
    }
    this.report(course, []);
  }

  /** Load, decide, commit, reply. A batch that fails changes nothing, and each of its commands hears so. */
  private async tick(): Promise<void> {
    if (this.isLost) return;
    const { world, load, random, stopwatch } = this.deps;
    let letters = this.mailbox.open(this.batchMax);
    const commands = letters.map(({ command }) => command);
    const course = beginBatch('batch', commands.length, stopwatch());
    try {
      const rows = await gather(world, load, commands);
      course.loadedAt = stopwatch();
      letters = this.mailbox.take();
      const now = this.passTime();
      const work = new Work(world, rows, random);
      admitWaiting(work, now);
      const results = letters.map(({ command }) => decideOnce(world, work, command, now));
      course.decidedAt = stopwatch();
      if (work.isEmpty && !letters.some(({ command }) => command.kind === 'probe')) {
        await this.tenure.mustLast(now);
        this.apply(work);
      } else {
        await this.commit(work, course);
      }
      results.forEach((result, index) => {
        const letter = letters[index];
        if (letter !== undefined) this.answer(letter, result);
      });
    } catch (cause) {
      course.hasFailed = true;
      this.fail('a batch failed', cause);
      this.mailbox.giveUp();
      // What nobody knows is not answered: the connections close with the process.
      if (this.isOutcomeOpen || (cause instanceof DatabaseLost && cause.isOpen)) return;
      const isUnready = this.isLost || cause instanceof Unproven;
      for (const { command, reply } of letters) reply(isUnready ? refused('not ready') : failure(command));
    } finally {
      this.report(course, commands);
    }
  }

  private report(course: BatchCourse, commands: readonly Command[]): void {
    const { committedAt, hasFailed } = course;
    if (commands.length === 0 && committedAt === null && !hasFailed) return;
    try {
      this.deps.observe({ ...course, endedAt: this.deps.stopwatch() }, commands);
    } catch (cause) {
      // Nobody waits for what is measured.
      this.deps.log.error('a batch cannot be observed', cause);
    }
  }

  /** Replies, unless more commits are to come first. */
  private answer(letter: Letter, result: Result<ReplyTo<Command>>): void {
    const outcome = outcomeOf(this.deps.world, letter.command, result);
    if (outcome === null) this.unfinished.push({ letter, result });
    else letter.reply(outcome);
  }

  /**
   * Does the next part of what was begun by a command that takes more than one commit, and lets in what has come in
   * meanwhile. Returns whether there may be more to do now. A part that fails is tried again later, and whoever asked
   * waits: what was begun will be finished, and a refusal would say that nothing has happened.
   */
  private async doNextPart(): Promise<boolean> {
    const now = this.timeline.now();
    const isTime = !this.isLost && now >= this.restUntil && now <= this.drainUntil;
    const part = isTime ? nextPart(this.deps.world, this.deps.partLimits) : null;
    if (part !== null && !(await this.carryOut(part))) return false;
    for (const { letter, result } of this.unfinished.splice(0)) this.answer(letter, result);
    if (part !== null) await new Promise<void>((resolve) => this.deps.defer(resolve));
    return part !== null;
  }

  private async carryOut(part: Part): Promise<boolean> {
    const { world, load, random, stopwatch, log } = this.deps;
    const course = beginBatch('part', 0, stopwatch());
    try {
      const rows = await gatherReservations(load, part.reservationIds);
      course.loadedAt = stopwatch();
      const work = new Work(world, rows, random);
      part.carryOut(work, this.passTime());
      course.decidedAt = stopwatch();
      if (work.isEmpty) this.apply(work);
      else await this.commit(work, course);
      if (work.leftPaid.length > 0) {
        const ids = work.leftPaid.join(', ');
        log.error(`reservations ${ids} stay paid: the balances of their users have no room`);
      }
    } catch (cause) {
      course.hasFailed = true;
      this.fail('a part of what was begun failed', cause);
    }
    this.report(course, []);
    return !course.hasFailed;
  }

  /** Returns when the work is on the disk, and in memory. When it throws, it is in neither. */
  private async commit(work: Work, course: BatchCourse): Promise<void> {
    const sentAt = this.timeline.now();
    try {
      await this.deps.commit(work);
    } catch (cause) {
      if (!(cause instanceof OutcomeUnknown)) throw cause;
      this.deps.log.error('the outcome of a commit is unknown, and is looked up', cause);
      if (!(await this.settle())) throw cause;
    }
    course.committedAt = this.deps.stopwatch();
    this.tenure.proven(sentAt);
    this.apply(work);
  }

  /** Whether the commit of unknown outcome took effect. Until that is known, nothing else can be done. */
  private async settle(): Promise<boolean> {
    for (;;) {
      try {
        return await this.deps.epoch.settle();
      } catch (cause) {
        if (cause instanceof DatabaseLost) {
          this.isOutcomeOpen = true;
          throw cause;
        }
        this.deps.log.error('the outcome of a commit cannot be looked up yet', cause);
      }
      await new Promise<void>((resolve) => {
        this.deps.alarm(resolve).set(this.timeline.clockTime(this.timeline.now() + REST_MS));
      });
    }
  }

  private apply(work: Work): void {
    const { world, committed, log } = this.deps;
    try {
      world.apply(work);
    } catch (cause) {
      // What is on the disk is found by the next start.
      throw new DatabaseLost(`memory cannot take what was committed (${cause})`, true);
    }
    try {
      committed(work);
    } catch (cause) {
      // What was asked for is done, and whoever asked must hear so.
      log.error('what follows a batch failed', cause);
    }
  }

  private fail(message: string, cause: unknown): void {
    this.deps.log.error(message, cause);
    this.restUntil = this.timeline.now() + REST_MS;
    if (cause instanceof DatabaseLost) this.lose(cause);
  }

  /** Ends everything: what another process may have done since is not known here. */
  private lose(cause: DatabaseLost): void {
    if (this.isLost) return;
    this.isLost = true;
    this.alarm.set(null);
    this.tenure.end();
    this.mailbox.shut();
    this.deps.lost(cause);
  }

  private isOurs(now: number): boolean {
    return !this.isLost && this.tenure.lasts(now);
  }

  /** Wakes up for what comes next: someone who can be admitted, or something ended to write down. */
  private setAlarm(): void {
    if (this.isLost) return;
    const { world } = this.deps;
    const at = Math.min(
      world.chores.areLeft ? 0 : Number.POSITIVE_INFINITY,
      Math.max(world.hasLapsed ? 0 : world.nextEnd, this.nextSweepAt),
      this.housekeeping.dueAt,
      nextAdmission(world),
    );
    this.alarm.set(Number.isFinite(at) ? this.timeline.clockTime(Math.max(at, this.restUntil)) : null);
  }
}

/** When the next in line can enter: when the interval is over, or a slot comes free. */
function nextAdmission({ line, window, policy, settings }: World): number {
  if (line.waitingCount === 0 || settings.isPaused) return Number.POSITIVE_INFINITY;
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
