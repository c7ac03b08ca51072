import { SeatMap } from '../../src/concerts/seat-map.ts';
import type { Command, ReplyTo } from '../../src/coordinator/commands.ts';
import { decide } from '../../src/coordinator/decide.ts';
import type { Policy } from '../../src/coordinator/policy.ts';
import { NO_ROWS, Work } from '../../src/coordinator/work.ts';
import { World } from '../../src/coordinator/world.ts';
import type {
  ConcertId,
  EntryId,
  PaymentId,
  QueueId,
  ReservationId,
  ScheduleId,
  SeatId,
  TokenId,
  UserId,
} from '../../src/ids.ts';
import type { Result } from '../../src/refusal.ts';
import { SeededRandom } from './seeded-random.ts';

export const POLICY: Policy = {
  waitingMs: 600_000,
  activeMs: 600_000,
  holdMs: 300_000,
  admitIntervalMs: 1_000,
  admitBatch: 100,
  activeMax: 1_000,
  seatsPerReservationMax: 10,
  retentionMs: 30 * 24 * 3600 * 1000,
  rechargeMax: 10_000_000,
};

export const user = (id: number) => id as UserId;
export const seat = (id: number) => id as SeatId;
export const schedule = (id: number) => id as ScheduleId;
export const concert = (id: number) => id as ConcertId;
export const reservation = (id: number) => id as ReservationId;

/** The rules alone, in memory: no server, no database, no clock. Batches are applied as if they had been committed. */
export class Rules {
  readonly world: World;
  private readonly random = new SeededRandom(42);

  /** Users 1 to 20 with 100,000 each; concert 1, schedule 1 on sale from 0 to 10^9, seats 1 to 20 at 1,000. */
  constructor(policy: Partial<Policy> = {}) {
    const counters = {
      lastQueueId: 0 as QueueId,
      lastReservationId: 0 as ReservationId,
      lastPaymentId: 0 as PaymentId,
      lastEntryId: 0 as EntryId,
      admittedTotal: 0,
      lapsedTotal: 0,
    };
    this.world = new World({ ...POLICY, ...policy }, counters, { startedAt: 0, admitted: 0 }, 10_000);
    this.world.applyConcert({
      concertId: concert(1),
      concertName: 'A',
      status: 'ON_SALE',
      releasedHolds: 0,
      refundedReservations: 0,
      refundedAmount: 0,
    });
    this.world.applySchedule({
      scheduleId: schedule(1),
      concertId: concert(1),
      concertAt: 1e9,
      reservationAt: 0,
      isClosed: false,
      layout: null,
    });
    const seats = Array.from({ length: 20 }, (_, index) => ({
      seatId: seat(index + 1),
      seatNumber: index + 1,
      price: 1_000,
      status: 'AVAILABLE' as const,
      reservationId: null,
    }));
    this.world.addSeatMap(new SeatMap(schedule(1), seats));
    for (let id = 1; id <= 20; id++) this.world.accounts.apply({ userId: user(id), balance: 100_000 });
  }

  /** The unit of work of a batch at `now`; it is up to the test to apply it. */
  begin(now: number): Work {
    this.world.pass(now);
    return new Work(this.world, NO_ROWS, this.random);
  }

  /** Decides a command in a batch of its own, and applies the batch. */
  run<C extends Command>(command: C, now: number): Result<ReplyTo<C>> {
    const work = this.begin(now);
    const result = decide(this.world, work, command, now) as Result<ReplyTo<C>>;
    this.world.apply(work);
    return result;
  }

  /** The token of a user that has just joined. */
  join(userId: number, now: number): TokenId {
    const issued = this.run({ kind: 'issue-token', userId: user(userId) }, now);
    if (!issued.ok) throw new Error(issued.reason);
    return issued.value.tokenId;
  }

  reserve(userId: number, tokenId: TokenId, seatIds: number[], now: number) {
    return this.run(reserveCommand(userId, tokenId, seatIds), now);
  }
}

export function reserveCommand(userId: number, tokenId: TokenId, seatIds: number[]) {
  return {
    kind: 'reserve',
    userId: user(userId),
    tokenId,
    concertId: concert(1),
    scheduleId: schedule(1),
    seatIds: seatIds.map(seat),
  } as const;
}
