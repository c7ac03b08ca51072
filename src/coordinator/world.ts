import { Accounts } from '../balance/accounts.ts';
import type { Concert, Schedule } from '../concerts/concert.ts';
import type { SeatMap } from '../concerts/seat-map.ts';
import type { ConcertId, EntryId, PaymentId, QueueId, ReservationId, ScheduleId } from '../ids.ts';
import { AdmissionRate } from '../queue/admission-rate.ts';
import type { AdmissionWindow } from '../queue/admit.ts';
import { Line } from '../queue/line.ts';
import type { Pace } from '../queue/poll-spacing.ts';
import { Holds } from '../reservations/holds.ts';
import type { Policy } from './policy.ts';
import { KEPT_MS } from './retries.ts';
import type { Work } from './work.ts';

/** The last number given out of each kind, and how many tokens there were of a kind; they never go back. */
export interface Counters {
  readonly lastQueueId: QueueId;
  readonly lastReservationId: ReservationId;
  readonly lastPaymentId: PaymentId;
  readonly lastEntryId: EntryId;
  readonly admittedTotal: number;
  /** Tokens that ran out, waiting or admitted, and that were written down. */
  readonly lapsedTotal: number;
}

/**
 * What the coordinator knows by heart: committed state and nothing else. It changes in two ways only: a batch that
 * reached the disk is applied, and time passes.
 */
export class World {
  readonly line: Line;
  readonly holds = new Holds();
  readonly concerts = new Map<ConcertId, Concert>();
  readonly schedules = new Map<ScheduleId, Schedule>();
  readonly seatMaps = new Map<ScheduleId, SeatMap>();
  readonly accounts: Accounts;
  readonly admissions = new AdmissionRate();
  /** No kept answer is older. */
  oldestAnswerAt = Number.POSITIVE_INFINITY;
  private now = 0;

  constructor(
    readonly policy: Policy,
    public counters: Counters,
    public window: AdmissionWindow,
    accountsMax: number,
  ) {
    this.line = new Line(policy.waitingMs);
    this.accounts = new Accounts(accountsMax);
  }

  /** Nothing ends before this time. */
  get nextEnd(): number {
    return Math.min(this.line.nextLapse, this.holds.nextEnd, this.oldestAnswerAt + KEPT_MS);
  }

  /** Whether something ended that the tables still have as live. */
  get hasLapsed(): boolean {
    const { line, holds, oldestAnswerAt, now } = this;
    return line.lapsedCount + holds.lapsed.size > 0 || oldestAnswerAt + KEPT_MS <= now;
  }

  /** How fast the line moves at `now`. */
  pace(now: number): Pace {
    const free = this.policy.activeMax - this.line.activeCount;
    return { now, free, admittedLastMinute: this.admissions.lastMinute(now) };
  }

  /** Lets the time be `now`: what ended by then is over in every view, though the tables learn of it later. */
  pass(now: number): void {
    this.now = now;
    if (now < this.nextEnd) return;
    this.line.pass(now);
    this.holds.pass(now, (reservation) => {
      const seatMap = this.seatMaps.get(reservation.scheduleId);
      for (const { seatId } of reservation.seats) seatMap?.release(seatId);
    });
  }

  /** Takes the seats of a schedule as they were read; holds that ran out are free in it as everywhere. */
  addSeatMap(seatMap: SeatMap): void {
    this.seatMaps.set(seatMap.scheduleId, seatMap);
    for (const reservationId of this.holds.lapsed) {
      const reservation = this.holds.get(reservationId);
      if (reservation?.scheduleId !== seatMap.scheduleId) continue;
      for (const { seatId } of reservation.seats) seatMap.release(seatId);
    }
  }

  /** Takes what a batch committed. */
  apply(work: Work): void {
    for (const account of work.rows.accounts.values()) this.accounts.apply(account);
    for (const { after } of work.accounts.values()) this.accounts.apply(after);
    for (const { after } of work.tokens.values()) this.line.apply(after);
    for (const { after } of work.reservations.values()) this.holds.apply(after);
    for (const [seatId, state] of work.seats) this.seatMaps.get(state.scheduleId)?.apply(seatId, state);
    for (const { createdAt } of work.keptAnswers) {
      this.oldestAnswerAt = Math.min(this.oldestAnswerAt, createdAt);
    }
    this.admissions.note(work.counters.admittedTotal - this.counters.admittedTotal, this.now);
    this.counters = work.counters;
    this.window = work.window;
  }
}
