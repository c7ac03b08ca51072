import { Accounts } from '../balance/accounts.ts';
import type { Concert, Schedule } from '../concerts/concert.ts';
import type { SeatMap } from '../concerts/seat-map.ts';
import type {
  ConcertId,
  EntryId,
  EventId,
  PaymentId,
  QueueId,
  ReservationId,
  ScheduleId,
  SeatId,
  UserId,
} from '../ids.ts';
import { AdmissionRate } from '../queue/admission-rate.ts';
import type { AdmissionWindow } from '../queue/admit.ts';
import { Line } from '../queue/line.ts';
import type { Pace } from '../queue/poll-spacing.ts';
import { AS_CONFIGURED, type QueueSettings, withSettings } from '../queue/settings.ts';
import { Holds } from '../reservations/holds.ts';
import { Chores } from './chores.ts';
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

/** The highest id there is of each kind that is never deleted; 0 where there is none. */
export interface LastIds {
  readonly concertId: ConcertId | 0;
  readonly scheduleId: ScheduleId | 0;
  /** Also of seats that a schedule is still to get. */
  readonly seatId: SeatId | 0;
  readonly userId: UserId | 0;
  readonly eventId: EventId | 0;
}

const NO_IDS: LastIds = { concertId: 0, scheduleId: 0, seatId: 0, userId: 0, eventId: 0 };

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
  readonly chores = new Chores();
  readonly accounts: Accounts;
  readonly admissions = new AdmissionRate();
  /** No kept answer is older. */
  oldestAnswerAt = Number.POSITIVE_INFINITY;
  last = NO_IDS;
  settings = AS_CONFIGURED;
  /** The rules' numbers, with what the operator has changed of them. */
  policy: Policy;
  private now = 0;

  constructor(
    readonly configured: Policy,
    public counters: Counters,
    public window: AdmissionWindow,
    accountsMax: number,
  ) {
    this.policy = configured;
    this.line = new Line(configured.waitingMs);
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
    const { isPaused } = this.settings;
    const free = isPaused ? Number.MIN_SAFE_INTEGER : this.policy.activeMax - this.line.activeCount;
    return { now, free, admittedLastMinute: this.admissions.lastMinute(now) };
  }

  /** Takes what the operator has changed of the line. */
  applySettings(settings: QueueSettings): void {
    this.settings = settings;
    this.policy = withSettings(this.configured, settings);
  }

  /** A schedule that has all its seats, of a concert that is on sale. */
  scheduleOnShow(scheduleId: ScheduleId): Schedule | undefined {
    const schedule = this.schedules.get(scheduleId);
    if (schedule === undefined || schedule.layout !== null) return undefined;
    return this.concerts.get(schedule.concertId)?.status === 'ON_SALE' ? schedule : undefined;
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
    for (const [seatId, { scheduleId, price }] of work.prices) {
      this.seatMaps.get(scheduleId)?.reprice(seatId, price);
    }
    for (const { after } of work.concerts.values()) this.applyConcert(after);
    for (const { after } of work.schedules.values()) this.applySchedule(after);
    for (const reservationId of work.leftPaid) this.chores.leftPaid.add(reservationId);
    if (work.hasNewSettings) this.applySettings(work.settings);
    this.last = work.last;
    for (const { createdAt } of work.keptAnswers) {
      this.oldestAnswerAt = Math.min(this.oldestAnswerAt, createdAt);
    }
    this.admissions.note(work.counters.admittedTotal - this.counters.admittedTotal, this.now);
    this.counters = work.counters;
    this.window = work.window;
  }

  applyConcert(concert: Concert): void {
    const { concertId, status } = concert;
    const isNews = status === 'CANCELLED' && this.concerts.get(concertId)?.status !== 'CANCELLED';
    this.concerts.set(concertId, concert);
    if (isNews) this.chores.refunds.add(concertId);
  }

  applySchedule(schedule: Schedule): void {
    const { scheduleId, layout } = schedule;
    this.schedules.set(scheduleId, schedule);
    if (layout === null) this.chores.layouts.delete(scheduleId);
    else this.chores.layouts.add(scheduleId);
  }
}
