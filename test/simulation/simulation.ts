import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PartLimits } from '../../src/coordinator/chores.ts';
import { type Command, isOperators } from '../../src/coordinator/commands.ts';
import type { Policy } from '../../src/coordinator/policy.ts';
import { isKeyed } from '../../src/coordinator/retries.ts';
import type { Work } from '../../src/coordinator/work.ts';
import type { ReservationId, TokenId } from '../../src/ids.ts';
import type { Reason, Result } from '../../src/refusal.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import type { ModelPart } from './catalogue-model.ts';
import { ACTS, Crowd, type SimulatedUser } from './crowd.ts';
import type { Expected } from './expected.ts';
import { RecordedIds, VirtualClock } from './host.ts';
import { type Hall, Model, placeOf } from './model.ts';
import { type Mood, newMood } from './mood.ts';
import { ACTIVE_MAX, Operator, onSale } from './operator.ts';
import { carryOutPart, isLayingOut, outcomeOf, toRefund } from './operator-model.ts';
import { kindOf, Process, type Witness } from './process.ts';
import { shown } from './shown.ts';
import { type State, statesAfter, statesBefore, statesOfLine, type Tally } from './states.ts';
import { Tables } from './tables.ts';

export const START = Date.parse('2026-07-04T01:00:00Z');
export const USERS = 200;
export const HALL: Hall = { seats: 40, saleAt: START, concertAt: START + 30 * 24 * 3600 * 1000 };

const DAY_MS = 24 * 3600 * 1000;
/** For how many steps the same things happen and the same things do not. */
const MOOD_STEPS = 25;
const MAILBOX_MAX = 24;
const COMMAND_MS_MAX = 2_000;
/** For how long a process rests when something went wrong. */
const REST_MS = 1_000;

const POLICY: Policy = {
  waitingMs: 40_000,
  activeMs: 20_000,
  holdMs: 12_000,
  admitIntervalMs: 1_000,
  admitBatch: 4,
  activeMax: 12,
  seatsPerReservationMax: 10,
  retentionMs: DAY_MS,
  rechargeMax: 10_000_000,
};

/** So small that what takes several commits takes several in a small hall. */
const PART_LIMITS: PartLimits = { refundsMax: 1, seatsMax: 5 };

/** What a batch that failed for a fault of ours is answered. */
const FAILURES: readonly Reason[] = ['payment failed', 'recharge failed', 'internal error', 'not ready'];

/** A command that is under way. */
interface Call {
  readonly command: Command;
  readonly user: SimulatedUser;
  /** Whether the user hears the answer. */
  readonly isHeard: boolean;
  readonly lateAt: number;
  batch: Batch | null;
  expected: Expected | null;
  reply: Result<unknown> | null;
  /** What is reached when it has come to that. */
  states: readonly State[];
}

/** A call whose answer is kept until then. */
interface DayLater {
  readonly user: SimulatedUser;
  readonly call: Command;
  readonly until: number;
}

/** What a batch must come to, or a part of what was begun. */
interface Batch {
  readonly work: Work;
  /** Which commit it is, counted as the database counts them. */
  readonly number: number;
  readonly after: Model;
  readonly calls: readonly Call[];
  readonly part: ModelPart | null;
  isApplied: boolean;
}

/** Something is not as it must be. */
export class Violation extends Error {}

/**
 * The whole coordinator on the real store, with a crowd of simulated users, under a clock and a chance that a seed
 * decides. Between any two steps something may go wrong; after each, answers and tables must be those of the model.
 */
export class Simulation implements Witness {
  private readonly random: SeededRandom;
  /** What the running process draws. */
  private ids = new RecordedIds(0);
  private readonly clock = new VirtualClock(START);
  private readonly crowd: Crowd;
  private readonly operator: Operator;
  private model: Model;
  private process: Process | null = null;
  /** One that has lost its epoch, and does not know yet. */
  private zombie: Process | null = null;
  private takenOverAt = 0;
  /** What it was asked before it lost its epoch, and has not answered yet. */
  private openCalls: Call[] = [];
  private tables: Tables | null = null;
  private calls: Call[] = [];
  private batch: Batch | null = null;
  private mood: Mood | null = null;
  private step = 0;
  private files = 0;
  private startedAt = START;
  private dayLater: DayLater | null = null;
  /** When something last went wrong with the running process. */
  private troubleAt = Number.NEGATIVE_INFINITY;
  private hasCrashed = false;
  /** Something that was late came through: it may have begun another epoch. */
  private hasHadLate = false;
  /** What went wrong where nobody could be told at once. */
  private violation: string | null = null;

  /** `template`: a database in which nothing has happened yet; `folder`: where its copies go. */
  constructor(
    seed: number,
    private readonly template: string,
    private readonly folder: string,
    private readonly tally: Tally,
    private readonly trace: (line: string) => void,
  ) {
    this.random = new SeededRandom(seed);
    this.model = new Model(POLICY, START, USERS, HALL);
    this.crowd = new Crowd(this.random, USERS, () => ({
      all: this.model.catalogue.schedules,
      onSale: onSale(this.model, this.clock.now()),
    }));
    this.operator = new Operator(this.random);
  }

  /** Runs this many steps. Throws a `Violation` that names the step when something is not as it must be. */
  async run(steps: number): Promise<void> {
    const path = this.nextPath();
    copyFileSync(this.template, path);
    await this.start(path);
    try {
      while (this.step < steps) {
        this.step++;
        await this.next();
      }
      await this.stopInOrder();
    } catch (cause) {
      throw new Violation(`step ${this.step}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    } finally {
      this.tables?.close();
      this.process?.database.close();
      this.zombie?.database.close();
    }
  }

  // One step.

  private async next(): Promise<void> {
    if (this.step % MOOD_STEPS === 1 || this.mood === null) this.mood = newMood(this.random);
    const mood = this.mood;
    await this.passTime(mood);
    await this.zombieWalks();
    this.say(`time ${this.clock.now() - START}`);
    const process = this.running;
    if (this.chance(0.5)) await this.letThroughLate(process);
    if (this.chance(mood.faulty)) this.breakCommits(process, mood);
    if (this.chance(mood.breakLoads)) process.breakLoads();

    const isStalled = this.chance(mood.stall);
    const commands = this.chance(mood.rush) ? MAILBOX_MAX + 4 : this.upTo(6);
    // Alarms may be late.
    const rings = !isStalled && this.chance(0.8);
    if (rings) process.host.ring();
    for (let count = 0; count < commands; count++) this.act(mood);
    if (this.chance(mood.operate)) this.operate(process, mood);
    if (!isStalled) await process.host.turn();
    else if (this.waitingCalls.length > 1) this.reached('ticks stall while commands gather');
    if (rings && !process.database.isKilled) this.mustHaveFinished();
    // Of what is half done, another process takes the rest more often than by chance.
    const halfDone = toRefund(this.model).length > 0 ? 0.25 : 0;
    if (process.database.isKilled) {
      await this.crash(process);
    } else if (this.chance(mood.kill)) {
      if (this.calls.length > 0) this.reached('a process is killed with commands in its mailbox');
      await this.crash(process);
    } else if (this.chance(Math.max(mood.takeOver, halfDone))) {
      await this.takeOver(process);
    }
    this.check();
  }

  /** What is asked and not answered yet. */
  private get waitingCalls(): Call[] {
    return this.calls.filter(({ batch, reply }) => batch === null && reply === null);
  }

  private async passTime(mood: Mood): Promise<void> {
    const now = this.clock.now();
    if (this.dayLater !== null) {
      this.askADayLater(this.dayLater, now);
    } else if (this.chance(mood.jump)) {
      this.reached('the clock jumps far ahead');
      if (this.chance(0.4)) this.goToADayLater(now);
      else if (this.chance(0.5)) await this.goToARowThatIsOld(now);
      else this.clock.move(this.upTo(POLICY.waitingMs * 2));
    } else if (this.chance(mood.boundary)) {
      this.goToAnEnd(now, mood);
    } else if (this.chance(0.6)) {
      this.clock.move(this.upTo(600));
    }
  }

  /**
   * Goes to the very millisecond at which something ends that is soon over, or to one before or after; and somebody tries
   * just then what was still possible before.
   */
  private goToAnEnd(now: number, mood: Mood): void {
    const { model } = this;
    const holds = model.reservations.filter((r) => model.statusOf(r, now) === 'PAYMENT_PENDING');
    const windows = model.active(now);
    const kinds = [
      holds.map((hold) => ({ at: hold.expiresAt, hold, userId: hold.userId })),
      model.waiting(now).map(({ expiresAt, userId }) => ({ at: expiresAt, hold: null, userId })),
      windows.map(({ activeUntil, userId }) => ({ at: activeUntil, hold: null, userId })),
      // A hold keeps the token beyond these.
      windows
        .filter(({ activeUntil, expiresAt }) => activeUntil < expiresAt)
        .map(({ activeUntil, userId }) => ({ at: activeUntil, hold: null, userId })),
    ];
    // Half of the time it is a hold: there is most to go wrong.
    const kind = kinds[this.chance(0.4) ? 0 : this.upTo(kinds.length)] ?? [];
    const ends = kind.filter(({ at }) => at > now);
    const end = ends.sort((a, b) => a.at - b.at)[this.upTo(Math.min(4, ends.length))];
    if (end === undefined) return;
    this.clock.move(end.at - now - 1 + this.upTo(3));
    const user = this.crowd.users.find(({ userId }) => userId === end.userId);
    if (user === undefined) return;
    if (end.hold === null) {
      const tokenId = model.liveToken(end.userId, now)?.tokenId ?? user.tokenId;
      const reserve = this.crowd.commandFor({ ...user, tokenId }, 'reserve');
      if (reserve !== null) this.ask(user, reserve);
      const hold = holds.find(({ userId }) => userId === end.userId);
      if (hold !== undefined && this.chance(0.3))
        this.ask(user, { kind: 'cancel', userId: hold.userId, reservationId: hold.reservationId });
      return;
    }
    // The sweep is not always there first.
    if (mood.faults.includes('fails') && this.chance(0.5)) this.running.database.faults.unshift('fails');
    const { userId, reservationId, totalPrice, scheduleId, seats } = end.hold;
    if (mood.operate > 0 && this.chance(0.3)) {
      const seatIds = seats.map(([seatId]) => seatId);
      this.ask(this.operator.caller, { kind: 'change-seats', scheduleId, seatIds, isBlocked: true });
    }
    this.ask(user, { kind: 'recharge', userId, amount: totalPrice });
    const tokenId = model.liveToken(userId, now)?.tokenId ?? user.tokenId;
    this.ask(user, { kind: 'pay', userId, reservationId, tokenId });
    if (this.chance(0.3)) this.takeWhatComesFree(reservationId, this.clock.now());
  }

  /** Goes to where a kept answer is soon kept no longer; the next step goes on to that very millisecond, and asks again. */
  private goToADayLater(now: number): void {
    const kept = [...this.crowd.users, this.operator.caller].flatMap((user) =>
      user.calls.filter(isKeyed).flatMap((call) => {
        const answer = this.model.kept.get(placeOf(call));
        return answer === undefined ? [] : [{ user, call, until: answer.createdAt + DAY_MS }];
      }),
    );
    const one = kept[this.upTo(kept.length)];
    if (one === undefined || one.until <= now) return;
    // A little before it everything else is swept, so that the sweep is not there first.
    this.clock.move(Math.max(0, one.until - now - 500));
    this.dayLater = one;
  }

  private askADayLater({ user, call, until }: DayLater, now: number): void {
    this.dayLater = null;
    if (until <= now) return;
    this.clock.move(until - now - 1 + this.upTo(3));
    this.ask(user, call);
  }

  /** Goes to the very millisecond at which a row may leave, or to one before or after, and asks for it. */
  private async goToARowThatIsOld(now: number): Promise<void> {
    const { model } = this;
    const rows = this.chance(0.5)
      ? model.tokens.map((token) => ({ userId: token.userId, endedAt: model.seen(token, now).endedAt }))
      : model.reservations
          .filter(({ paymentId }) => paymentId === null)
          .map(({ userId, expiresAt }) => ({ userId, endedAt: expiresAt }));
    const one = rows[this.upTo(rows.length)];
    if (one === undefined || one.endedAt === null) return;
    const at = one.endedAt + POLICY.retentionMs;
    if (at <= now) return;
    this.clock.move(at - now - 1 + this.upTo(3));
    // While nobody asks for anything, the house is kept.
    const { host } = this.running;
    host.ring();
    await host.turn();
    const user = this.crowd.users[one.userId - 1];
    if (user === undefined) return;
    for (const act of ['poll', 'pay', 'cancel'] as const) {
      const command = this.crowd.commandFor(user, act);
      if (command !== null) this.ask(user, command);
    }
  }

  /** Someone wants something. */
  private act(mood: Mood): void {
    const next = this.crowd.next(mood.acts);
    if (next === null) return;
    this.ask(next.user, next.command, !this.chance(mood.loseReply));
    // A second click.
    if (isKeyed(next.command) && this.chance(0.05)) this.ask(next.user, next.command);
  }

  /** The operator wants something. */
  private operate(process: Process, mood: Mood): void {
    const now = this.clock.now();
    const command = this.operator.next(this.model, now);
    if (command === null) return;
    this.ask(this.operator.caller, command);
    if (command.kind === 'refund') this.takeWhatComesFree(command.reservationId, now);
    const takesSeveral = command.kind === 'cancel-concert' || command.kind === 'create-schedule';
    if (takesSeveral && mood.faulty > 0 && this.chance(0.7)) {
      // It is broken off between two commits, rather than before the first.
      for (let commits = 1 + this.upTo(2); commits > 0; commits--) process.database.faults.push(null);
      this.breakCommits(process, mood);
    }
    if (this.chance(takesSeveral ? 0.3 : 0.1)) this.ask(this.operator.caller, command);
  }

  /** Someone has waited for these seats. */
  private takeWhatComesFree(reservationId: ReservationId, now: number): void {
    const { model, crowd } = this;
    const reservation = model.reservations.find((r) => r.reservationId === reservationId);
    const active = model.active(now).filter(({ activeUntil }) => now < activeUntil);
    const token = active[this.upTo(active.length)];
    const user = crowd.users.find(({ tokenId }) => tokenId !== null && tokenId === token?.tokenId);
    const schedule = reservation && model.catalogue.schedule(reservation.scheduleId);
    if (token === undefined || user === undefined || schedule === undefined) return;
    const { tokenId, userId } = token;
    const { concertId, scheduleId } = schedule;
    const seatIds = reservation?.seats.map(([seatId]) => seatId) ?? [];
    this.ask(user, { kind: 'reserve', userId, tokenId, concertId, scheduleId, seatIds });
    this.ask(user, { kind: 'recharge', userId, amount: reservation?.totalPrice ?? 1 });
  }

  private ask(user: SimulatedUser, command: Command, isHeard = true): void {
    const now = this.clock.now();
    const queued = this.waitingCalls.length;
    const { coordinator } = this.running;
    const isTurnedAway = !isOperators(command) && coordinator.turnAway() !== null;
    if (isTurnedAway && queued < MAILBOX_MAX) throw new Error(`the mailbox is full with ${queued} commands`);
    const answer = coordinator.submit(command);
    if (['issue-token', 'find-token', 'poll'].includes(command.kind) && 'userId' in command) {
      this.model.renew(command.userId, now);
    }
    const call: Call = {
      command,
      user,
      isHeard,
      lateAt: now + COMMAND_MS_MAX,
      batch: null,
      expected: null,
      reply: null,
      states: [],
    };
    this.say(`${user.userId} ${JSON.stringify(command)}${call.isHeard ? '' : ' unheard'}`);
    if (answer instanceof Promise && isTurnedAway) {
      void answer.then((reply) => {
        if (reply.ok || reply.reason !== 'overloaded')
          this.violation ??= 'a full mailbox has taken a command';
      });
      this.reached('the mailbox is full');
      return;
    }
    if (answer instanceof Promise) {
      this.calls.push(call);
      if (isKeyed(command)) user.calls = [...user.calls.slice(-5), command];
      void answer.then((reply) => this.hear(call, reply));
      return;
    }
    this.same(command, answer, this.model.look(command, now));
    this.learn(call, answer);
  }

  // What the process tells. It would take what is thrown here for a fault of its database.

  decided(process: Process, work: Work): void {
    if (process === this.process) this.batch = this.plan(work);
    else this.reached('a process that lost its epoch tries to commit');
  }

  applied(process: Process, work: Work): void {
    if (process !== this.process) this.violation ??= 'a process that lost its epoch has committed a batch';
    else this.adopt(this.batch?.work === work ? this.batch : this.plan(work));
  }

  swept(process: Process, work: Work): void {
    if (process !== this.process) this.violation ??= 'a process that lost its epoch has swept';
    if (work.forgetUntil !== null) this.reached('old answers are swept');
    const { tokens, reservations } = work.forgotten;
    if (tokens.length > 0) this.reached('an old token is deleted');
    if (reservations.length > 0) this.reached('an old reservation is deleted');
    // What must not be gone stays in the model, and will be missed in the tables.
    this.model.forget(this.clock.now(), {
      token: (queueId) => !tokens.some((id) => id === queueId),
      reservation: (id) => !reservations.some((one) => one === id),
    });
  }

  complained(process: Process, message: string, cause: unknown): void {
    if (process === this.process) this.troubleAt = this.clock.now();
    const text = `${message}: ${cause} ${cause instanceof Error ? (cause.cause ?? '') : ''}`;
    this.say(text);
    const isExpected =
      text.includes('simulated') ||
      (process !== this.process && text.includes('taken over')) ||
      (this.hasHadLate && text.includes('commit_guard_match'));
    if (!isExpected) this.violation ??= text;
    if (text.includes('the outcome of a commit is unknown') && process === this.process && this.batch?.part) {
      this.reached('nobody knows the outcome of a part');
    }
    if (message === 'a batch failed') this.reached('a batch fails');
    if (message === 'a part of what was begun failed') this.reached('a part fails');
    if (/^a (batch|part of what was begun) failed$/.test(message) && process === this.process) {
      this.batch = null;
    }
    if (message === 'a sweep failed') this.reached('a sweep fails');
    if (message === 'housekeeping failed') this.reached('housekeeping fails');
    if (text.includes('cannot be read')) this.reached('rows cannot be loaded');
    if (text.includes('cannot be looked up yet')) this.reached('an outcome cannot be looked up at first');
  }

  /** What the process has just decided to commit must come to. */
  private plan(work: Work): Batch {
    if (kindOf(work) === 'batch') return this.decide(work);
    const part = partOf(work);
    const after = this.model.copy();
    const [before] = toRefund(after);
    carryOutPart(after, part, PART_LIMITS);
    if (before !== undefined && toRefund(after).length > 0)
      this.reached('a cancellation takes several commits');
    if (isLayingOut(after)) this.reached('a layout takes several commits');
    return { work, number: this.commits + 1, after, calls: [], part, isApplied: false };
  }

  /** What the batch that the process has just decided must come to. */
  private decide(work: Work): Batch {
    const now = this.clock.now();
    const after = this.model.copy();
    const newTokenId = this.ids.take();
    after.admit(now);
    if (after.waiting(now).length < this.model.waiting(now).length) {
      this.reached('someone is admitted from the line');
    }
    const calls = this.waitingCalls.filter(({ lateAt }) => now < lateAt);
    const batch: Batch = { work, number: this.commits + 1, after, calls, part: null, isApplied: false };
    for (const call of calls) {
      const states = statesBefore(after, call.command, now);
      call.batch = batch;
      // What is only shown is shown as it is on the disk.
      call.expected = ['view-seats', 'view-sales'].includes(call.command.kind)
        ? this.model.look(call.command, now)
        : after.decide(call.command, now, newTokenId);
      call.states = [...states, ...statesAfter(after, call.command, call.expected, now)];
      if (call.expected.ok && call.expected.isReplay) call.states = [...call.states, this.replay(call)];
    }
    if (calls.length > 1) this.reached('a batch of several commands commits');
    return batch;
  }

  private replay({ command }: Call): State {
    const kept = isKeyed(command) ? this.model.kept.get(placeOf(command)) : undefined;
    if (kept === undefined) return 'a key comes twice in one batch';
    return this.hasCrashed && kept.createdAt < this.startedAt
      ? 'a key is replayed after a crash'
      : 'a key is replayed';
  }

  private adopt(batch: Batch): void {
    batch.isApplied = true;
    // A sign of life that came while it was being committed.
    for (const [index, token] of this.model.tokens.entries()) {
      const after = batch.after.tokens[index];
      if (after?.status === 'WAITING') after.expiresAt = Math.max(after.expiresAt, token.expiresAt);
    }
    for (const userId of batch.after.balances.keys()) {
      if (!this.model.balances.has(userId)) this.crowd.welcome(userId);
    }
    this.model = batch.after;
    if (this.batch === batch) this.batch = null;
  }

  /** An answer has come. */
  private hear(call: Call, reply: Result<unknown>): void {
    call.reply = reply;
    this.say(`${call.user.userId} hears ${JSON.stringify(reply)}`);
  }

  /** Takes the answers that have come, in the order in which the questions were asked. */
  private takeReplies(): void {
    const now = this.clock.now();
    for (const call of this.calls) {
      const { command, reply, batch, expected } = call;
      if (reply === null) continue;
      if (batch?.isApplied && expected !== null) {
        const outcome = outcomeOf(this.model, command, expected);
        if (outcome === null) throw new Error(`${JSON.stringify(command)} is answered before it is finished`);
        this.same(command, reply, outcome);
        for (const state of call.states) this.reached(state);
        this.learn(call, reply);
      } else if (!reply.ok && reply.reason === 'overloaded') {
        if (batch !== null || now < call.lateAt) throw new Error('a command is refused before it is late');
        this.reached('a command is late');
      } else if (reply.ok || !FAILURES.includes(reply.reason)) {
        throw new Error(`${JSON.stringify(command)} is answered ${JSON.stringify(reply)} without a commit`);
      }
    }
    this.calls = this.calls.filter(({ reply }) => reply === null);
  }

  /** The user takes in what it hears. */
  private learn({ command, user, isHeard }: Call, reply: Result<unknown>): void {
    if (!isHeard || !('userId' in command) || command.userId !== user.userId) return;
    if (!reply.ok) {
      if (reply.reason === 'invalid token') user.tokenId = null;
      if (reply.reason === 'reservation expired') user.hasToPay = false;
      return;
    }
    const value = reply.value as { tokenId?: TokenId; reservationId?: ReservationId };
    if (command.kind === 'issue-token' || command.kind === 'find-token') user.tokenId = value.tokenId ?? null;
    if (command.kind === 'reserve' && value.reservationId !== undefined) {
      user.reservationIds = [...user.reservationIds.slice(-4), value.reservationId];
      user.hasToPay = true;
    }
    if (command.kind === 'pay' || command.kind === 'cancel') user.hasToPay = false;
  }

  // What goes wrong.

  private breakCommits(process: Process, mood: Mood): void {
    const count = 1 + this.upTo(3);
    for (let index = 0; index < count; index++) {
      const fault = mood.faults[this.upTo(mood.faults.length)];
      if (fault !== undefined) process.database.faults.push(fault);
    }
    this.say(`faults ${process.database.faults}`);
  }

  private async letThroughLate({ database }: Process): Promise<void> {
    const { applied, refused } = await database.deliverLate();
    if (applied + refused > 0) this.say(`late: ${applied} applied, ${refused} refused`);
    if (applied > 0) this.reached('a commit comes late, and takes effect before it is looked up');
    if (refused > 0) this.reached('a commit comes late, and finds another epoch');
    if (applied > 0) this.hasHadLate = true;
  }

  /** The process is gone from one instant to the next; another one finds what is on the disk. */
  private async crash(process: Process): Promise<void> {
    this.say('killed');
    const path = this.nextPath();
    for (const suffix of ['', '-wal']) {
      if (existsSync(process.path + suffix)) copyFileSync(process.path + suffix, path + suffix);
    }
    const took = this.settleBatch();
    if (process.database.isKilled && took !== null) {
      this.reached(
        took
          ? 'a process is killed after its commit took effect'
          : 'a process is killed before its commit took effect',
      );
    }
    this.calls = [];
    process.database.close();
    if (toRefund(this.model).length > 0) this.reached('a process is killed in the middle of a cancellation');
    if (isLayingOut(this.model)) this.reached('a process is killed in the middle of a layout');
    this.hasCrashed = true;
    await this.start(path);
  }

  /** Another process starts on the same database, while this one still runs. */
  private async takeOver(process: Process): Promise<void> {
    this.say('taken over');
    this.reached('another process takes over');
    this.settleBatch();
    if (toRefund(this.model).length > 0)
      this.reached('another process takes over in the middle of a cancellation');
    this.zombie?.database.close();
    this.zombie = process;
    this.takenOverAt = this.clock.now();
    this.openCalls = this.calls;
    this.calls = [];
    await this.start(process.path);
  }

  /** Whoever has lost the epoch answers nothing with success, and commits nothing, whatever comes. */
  private async zombieWalks(): Promise<void> {
    const { zombie } = this;
    if (zombie === null) return;
    await this.letThroughLate(zombie);
    await zombie.host.turn();
    zombie.host.ring();
    // Whether it still has the epoch it looks up once in a millisecond.
    if (this.clock.now() === this.takenOverAt) return;
    const next = this.crowd.next(ACTS);
    if (next === null) return;
    this.reached('a process that lost its epoch is asked');
    const answer = zombie.coordinator.submit(next.command);
    await zombie.host.turn();
    const reply = await Promise.race([answer, Promise.resolve(null)]);
    if (reply === null || reply.ok || reply.reason !== 'not ready') {
      throw new Error(`a process that lost its epoch answers ${JSON.stringify(reply)}`);
    }
    if (zombie.end === null) throw new Error('a process that lost its epoch goes on');
    this.checkOpenCalls();
    if (this.chance(0.3)) {
      zombie.database.close();
      this.zombie = null;
    }
  }

  /** What was under way when the epoch was lost is refused if it is certain not to happen, and left without an answer else. */
  private checkOpenCalls(): void {
    for (const { command, batch, reply } of this.openCalls) {
      const tookEffect = batch?.isApplied === true;
      if (reply === null) {
        if (tookEffect) this.reached('what took effect when the epoch was lost is left unanswered');
      } else if (reply.ok || tookEffect || ![...FAILURES, 'overloaded'].includes(reply.reason)) {
        const answer = JSON.stringify(reply);
        throw new Error(`${JSON.stringify(command)} is answered ${answer} by a process that lost its epoch`);
      } else {
        this.reached('a process that lost its epoch refuses what it was asked before');
      }
    }
    this.openCalls = this.openCalls.filter(({ reply }) => reply === null);
  }

  /** What has become of the batch that was under way when its process ended; null when there was none. */
  private settleBatch(): boolean | null {
    this.takeReplies();
    const { batch } = this;
    if (batch === null) return null;
    this.batch = null;
    const tookEffect = this.commits >= batch.number;
    if (tookEffect) this.adopt(batch);
    return tookEffect;
  }

  private async start(path: string): Promise<void> {
    this.startedAt = this.clock.now();
    this.troubleAt = Number.NEGATIVE_INFINITY;
    this.hasHadLate = false;
    this.ids = new RecordedIds(this.upTo(2 ** 31));
    this.process = await Process.start({
      path,
      clock: this.clock,
      random: this.ids,
      policy: POLICY,
      limits: { mailboxMax: MAILBOX_MAX, commandMsMax: COMMAND_MS_MAX },
      partLimits: PART_LIMITS,
      witness: this,
    });
    this.ids.take();
    this.tables?.close();
    this.tables = new Tables(path);
    this.model.forget(this.startedAt, this.tables.there);
    this.model.recover(this.startedAt, this.tables.waiting);
    this.check();
  }

  /** Everything heals, what is under way comes to its end, and the process is stopped and started again. */
  private async stopInOrder(): Promise<void> {
    const process = this.running;
    process.database.faults.splice(0);
    for (let seconds = 0; seconds < 3; seconds++) {
      this.clock.move(1_000);
      process.host.ring();
      await process.host.turn();
      this.takeReplies();
    }
    if (this.calls.length > 0) throw new Error(`${this.calls.length} commands are never answered`);
    this.mustHaveFinished();
    let isDrained = false;
    const draining = process.coordinator.drain().then(() => {
      isDrained = true;
    });
    while (!isDrained) await process.host.turn();
    await draining;
    this.check();
    process.database.close();
    this.hasCrashed = false;
    await this.start(process.path);
    this.reached('a process stops in good order');
  }

  // What must be so.

  private check(): void {
    this.takeReplies();
    if (this.violation !== null) throw new Error(this.violation);
    const unanswered = this.calls.find((call) => this.mustBeAnswered(call));
    if (unanswered) throw new Error(`${JSON.stringify(unanswered.command)} took effect and is not answered`);
    const now = this.clock.now();
    const { batch, model } = this;
    // What has reached the disk, and the process does not know so yet.
    const isAhead = batch !== null && this.commits >= batch.number;
    const differences = this.theTables.differences(isAhead ? batch.after : model, now);
    if (differences.length > 0) throw new Error(differences.join('\n'));
    const active = model.active(now);
    if (active.length > ACTIVE_MAX) throw new Error(`${active.length} are active`);
    for (const state of statesOfLine(model, now)) this.reached(state);
  }

  /** A cancellation is found to be finished when its next part is looked for, which may be a while after the last one. */
  private mustBeAnswered({ command, batch, expected }: Call): boolean {
    if (!batch?.isApplied || expected === null || command.kind === 'cancel-concert') return false;
    return outcomeOf(this.model, command, expected) !== null;
  }

  /** A process that has nothing to rest for does all of what was begun, as soon as it wakes. */
  private mustHaveFinished(): void {
    if (this.clock.now() < this.troubleAt + REST_MS) return;
    if (toRefund(this.model).length > 0 || isLayingOut(this.model)) {
      throw new Error('what was begun is not finished');
    }
  }

  private same(command: Command, reply: Result<unknown>, expected: Expected): void {
    const [actual, must] = [JSON.stringify(shown(command, reply)), JSON.stringify(expected)];
    if (actual !== must)
      throw new Error(`${JSON.stringify(command)}\n  is answered ${actual}\n  and must be ${must}`);
  }

  // Small things.

  private get running(): Process {
    if (this.process === null) throw new Error('no process runs');
    return this.process;
  }

  private get theTables(): Tables {
    if (this.tables === null) throw new Error('no process runs');
    return this.tables;
  }

  private get commits(): number {
    return this.theTables.commits;
  }

  private nextPath(): string {
    return join(this.folder, `${++this.files}.db`);
  }

  private chance(share: number): boolean {
    return this.random.next() < share;
  }

  private upTo(count: number): number {
    return Math.floor(this.random.next() * count);
  }

  private reached(state: State): void {
    this.tally.reached(state);
  }

  private say(text: string): void {
    this.trace(`${this.step} ${text}`);
  }
}

/** What a part of what was begun does. */
function partOf({ newSeats, reservations }: Work): ModelPart {
  const [seat] = newSeats;
  if (seat !== undefined) {
    return { kind: 'layout', scheduleId: seat.scheduleId, seatIds: newSeats.map(({ seatId }) => seatId) };
  }
  return { kind: 'refunds', reservationIds: [...reservations.keys()] };
}
