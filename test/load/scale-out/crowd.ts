import type { Policy } from '../../../src/coordinator/policy.ts';
import type { TokenId } from '../../../src/ids.ts';
import { AdmissionRate } from '../../../src/queue/admission-rate.ts';
import { type Pace, retryAfterSeconds } from '../../../src/queue/poll-spacing.ts';
import { tokenIdOf } from '../scatter.ts';
import { Calendar } from '../spacing/calendar.ts';
import { WRITTEN_ROWS } from './written-rows.ts';

/** A concert, who wants to go there, and how they come to it. */
export interface OnSale {
  readonly users: number;
  /** They come in equal numbers in each of the first seconds. */
  readonly arrivalSeconds: number;
  readonly seats: number;
  /** How many places of the platform serve them, in equal parts. */
  readonly places: number;
  readonly policy: Policy;
}

/** What a concert's sale came to, until its last seat was paid for. */
export interface Sale {
  readonly seconds: number;
  readonly held: number;
  readonly paid: number;
  /** Asked of the concert's object, by seconds. */
  readonly ofConcert: readonly number[];
  /** Asked of all accounts on behalf of this concert, by seconds. */
  readonly ofAccounts: readonly number[];
  /** Answered by Workers from copies. */
  readonly fromCopies: number;
  readonly workerRequests: number;
  readonly kvReads: number;
  readonly rowsWritten: number;
}

/** As `src/cloudflare/edge-desk.ts` has it by default. */
const EDGE = { staleSeconds: 1, renewalsInWaiting: 2, gateSeconds: 5 };

/** What someone does who is let in, by seconds since they learnt of it. */
const VISIT = { dates: 1, firstLook: 2, looks: 10, secondsBetweenLooks: 2, hold: 22, recharge: 32, pay: 42 };
const SEATS_EACH = 2;

const NEVER = -1;

/**
 * One concert with an object of its own, by seconds. Everyone joins, polls when `Retry-After` says so, and is let in by
 * the service's own rules; whoever is in looks around, holds two seats and pays. Workers answer from copies where the
 * service's do. It is over when the last seat is paid for; those who still wait go home.
 */
export function sell(onSale: OnSale): Sale {
  return new Simulation(onSale).run();
}

class Simulation {
  private readonly ofConcert: number[] = [];
  private readonly ofAccounts: number[] = [];
  private fromCopies = 0;
  private workerRequests = 0;
  private kvReads = 0;
  private rowsWritten = 0;

  private readonly admissions = new AdmissionRate();
  private readonly polls: Calendar;
  private readonly visits: Calendar;
  /** When each user's place was last renewed, and when each learnt of the admission. */
  private readonly renewedAt: Int32Array<ArrayBuffer>;
  private readonly learntAt: Int32Array<ArrayBuffer>;
  /** When each place of the platform last had a copy of the line, and of the seats. */
  private readonly lineCopiedAt: Int32Array<ArrayBuffer>;
  private readonly seatsCopiedAt: Int32Array<ArrayBuffer>;
  private joined = 0;
  private admitted = 0;
  private held = 0;
  private paid = 0;
  private second = 0;

  constructor(private readonly onSale: OnSale) {
    const { users, places } = onSale;
    this.polls = new Calendar(users);
    this.visits = new Calendar(users);
    this.renewedAt = new Int32Array(users);
    this.learntAt = new Int32Array(users).fill(NEVER);
    this.lineCopiedAt = new Int32Array(places).fill(NEVER);
    this.seatsCopiedAt = new Int32Array(places).fill(NEVER);
  }

  run(): Sale {
    const buyers = Math.min(this.onSale.users, Math.floor(this.onSale.seats / SEATS_EACH));
    for (; this.paid < buyers; this.second++) {
      // Its alarm.
      this.ofConcert.push(1);
      this.ofAccounts.push(0);
      this.rowsWritten++;
      this.arrive();
      this.admit();
      for (const user of this.polls.take(this.second)) this.poll(user);
      for (const user of this.visits.take(this.second)) this.visit(user, this.second - this.learnt(user));
    }
    const { ofConcert, ofAccounts, fromCopies, workerRequests, kvReads, rowsWritten } = this;
    return {
      seconds: this.second,
      held: this.held,
      paid: this.paid,
      ofConcert,
      ofAccounts,
      fromCopies,
      workerRequests,
      kvReads,
      rowsWritten,
    };
  }

  private arrive(): void {
    const { users, arrivalSeconds } = this.onSale;
    const until = Math.min(users, Math.ceil((users * (this.second + 1)) / arrivalSeconds));
    for (; this.joined < until; this.joined++) {
      // Whether there is such a user, the account knows.
      this.askAccount(0);
      this.workerRequests++;
      this.askConcert(WRITTEN_ROWS.join);
      this.renewedAt[this.joined] = NEVER;
      this.polls.add(this.second, this.joined);
    }
  }

  private admit(): void {
    const { admitBatch, activeMax } = this.onSale.policy;
    const active = this.admitted - this.paid;
    const waiting = this.joined - this.admitted;
    const count = this.isSoldOut ? 0 : Math.min(admitBatch, activeMax - active, waiting);
    this.admitted += count;
    this.rowsWritten += count * WRITTEN_ROWS.admit;
    this.admissions.note(count, this.second * 1000);
  }

  private poll(user: number): void {
    this.workerRequests++;
    if (user < this.admitted) {
      this.askConcert(0);
      this.learntAt[user] = this.second;
      this.visits.add(this.second + VISIT.dates, user);
      return;
    }
    const { policy } = this.onSale;
    const ahead = user - this.admitted;
    const renewedAt = this.renewedAt[user] as number;
    const isRenewed =
      renewedAt !== NEVER && this.second - renewedAt < policy.waitingMs / 1000 / EDGE.renewalsInWaiting;
    if (isRenewed) this.look(this.lineCopiedAt, user);
    if (isRenewed && ahead >= this.enteringSoon()) this.fromCopies++;
    else {
      this.askConcert(0);
      this.renewedAt[user] = this.second;
    }
    const tokenId = tokenIdOf(user + 1) as TokenId;
    this.polls.add(this.second + retryAfterSeconds(tokenId, ahead, policy, this.pace()), user);
  }

  /** Takes a copy anew where the last one is too old. */
  private look(copiedAt: Int32Array<ArrayBuffer>, user: number): void {
    const place = user % this.onSale.places;
    const last = copiedAt[place] as number;
    if (last !== NEVER && this.second - last < EDGE.staleSeconds) return;
    copiedAt[place] = this.second;
    this.askConcert(0);
  }

  private visit(user: number, since: number): void {
    this.workerRequests++;
    if (since === VISIT.dates) {
      this.kvReads++;
      this.askConcert(0);
      this.visits.add(this.second + VISIT.firstLook - since, user);
    } else if (since < VISIT.hold) {
      this.lookAtSeats(user, since);
      this.visits.add(this.second + VISIT.secondsBetweenLooks, user);
    } else if (since === VISIT.hold) {
      this.askConcert(this.isSoldOut ? 0 : WRITTEN_ROWS.hold);
      // Whoever comes too late goes home.
      if (this.isSoldOut) return;
      this.held++;
      this.visits.add(this.second + VISIT.recharge - since, user);
    } else if (since === VISIT.recharge) {
      this.askAccount(WRITTEN_ROWS.recharge);
      this.visits.add(this.second + VISIT.pay - since, user);
    } else {
      this.askConcert(WRITTEN_ROWS.startPaying + WRITTEN_ROWS.paid);
      this.askAccount(WRITTEN_ROWS.debit);
      this.paid++;
    }
  }

  /** A token opens the gate for a while; then it is looked at again, which brings the seats along. */
  private lookAtSeats(user: number, since: number): void {
    this.kvReads++;
    const looksInGate = Math.ceil(EDGE.gateSeconds / VISIT.secondsBetweenLooks);
    const isGateClosed = ((since - VISIT.firstLook) / VISIT.secondsBetweenLooks) % looksInGate === 0;
    if (isGateClosed) {
      this.askConcert(0);
      this.seatsCopiedAt[user % this.onSale.places] = this.second;
    } else this.look(this.seatsCopiedAt, user);
  }

  private askConcert(rows: number): void {
    this.ofConcert[this.second] = (this.ofConcert[this.second] ?? 0) + 1;
    this.rowsWritten += rows;
  }

  private askAccount(rows: number): void {
    this.ofAccounts[this.second] = (this.ofAccounts[this.second] ?? 0) + 1;
    this.rowsWritten += rows;
  }

  private get isSoldOut(): boolean {
    return (this.held + 1) * SEATS_EACH > this.onSale.seats;
  }

  /** How many may have been let in since the copy was made, and a batch more: of them the object is asked. */
  private enteringSoon(): number {
    const { admitBatch, admitIntervalMs } = this.onSale.policy;
    return admitBatch * (Math.ceil((EDGE.staleSeconds * 1000) / admitIntervalMs) + 1);
  }

  private pace(): Pace {
    return {
      now: this.second * 1000,
      free: this.onSale.policy.activeMax - (this.admitted - this.paid),
      admittedLastMinute: this.admissions.lastMinute(this.second * 1000),
    };
  }

  private learnt(user: number): number {
    return this.learntAt[user] as number;
  }
}
