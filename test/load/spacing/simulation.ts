import type { Policy } from '../../../src/coordinator/policy.ts';
import type { QueueId, TokenId, UserId } from '../../../src/ids.ts';
import { AdmissionRate } from '../../../src/queue/admission-rate.ts';
import { Line } from '../../../src/queue/line.ts';
import { type Pace, retryAfterSeconds } from '../../../src/queue/poll-spacing.ts';
import type { Token } from '../../../src/queue/token.ts';
import { Calendar } from './calendar.ts';

/** Clients who come in equal numbers in each of the first seconds. The users' ids are 1 to `clients`. */
export interface Arrivals {
  readonly clients: number;
  readonly seconds: number;
}

/** What a simulation came to. Clients are at their user's id less 1. */
export interface Simulated {
  /** By seconds from the first arrival to the last client who learnt of the admission. */
  readonly pollsInSecond: readonly number[];
  readonly pollsOfClient: Uint16Array;
  /** For how many seconds each waited, from the second of the arrival to that of the admission. */
  readonly waitedSeconds: Int16Array;
  /** How long after the admission each learnt of it. */
  readonly lateMs: Uint16Array;
}

/**
 * The line with clients who ask exactly when they are told to, in simulated time: a second at a time, since that is
 * the unit of `Retry-After`. Some arrive, and at each full second as many as may enter are admitted. Then those ask
 * whose time it is, each at the part of the second that it arrived at. A client polls as soon as it has joined, and is
 * done when a poll shows it that it is in.
 */
export function simulate(arrivals: Arrivals, policy: Policy): Simulated {
  return new Simulation(arrivals, policy).run();
}

const WAITS = -1;

class Simulation {
  private readonly line: Line;
  private readonly admissions = new AdmissionRate();
  private readonly calendar: Calendar;
  private readonly pollsInSecond: number[] = [];
  private readonly pollsOfClient: Uint16Array<ArrayBuffer>;
  private readonly waitedSeconds: Int16Array<ArrayBuffer>;
  private readonly lateMs: Uint16Array<ArrayBuffer>;
  private readonly arrivalsPerSecond: number;
  private joined = 0;
  private done = 0;

  constructor(
    private readonly arrivals: Arrivals,
    private readonly policy: Policy,
  ) {
    const { clients, seconds } = arrivals;
    this.line = new Line(policy.waitingMs);
    this.calendar = new Calendar(clients);
    this.pollsOfClient = new Uint16Array(clients);
    this.waitedSeconds = new Int16Array(clients).fill(WAITS);
    this.lateMs = new Uint16Array(clients);
    this.arrivalsPerSecond = Math.ceil(clients / seconds);
  }

  run(): Simulated {
    for (let second = 0; this.done < this.arrivals.clients; second++) {
      this.arrive(second);
      this.admit(second);
      this.pollsInSecond.push(this.poll(second));
    }
    const { pollsInSecond, pollsOfClient, waitedSeconds, lateMs } = this;
    return { pollsInSecond, pollsOfClient, waitedSeconds, lateMs };
  }

  private arrive(second: number): void {
    const until = Math.min(this.arrivals.clients, (second + 1) * this.arrivalsPerSecond);
    for (; this.joined < until; this.joined++) {
      this.line.apply(this.tokenOf(this.joined, second));
      this.calendar.add(second, this.joined);
    }
  }

  private admit(second: number): void {
    const now = second * 1000;
    let admitted = 0;
    for (; admitted < this.policy.admitBatch && this.line.activeCount < this.policy.activeMax; admitted++) {
      const next = this.line.nextWaitingAfter(0);
      if (next === undefined) break;
      const end = now + this.policy.activeMs;
      this.line.apply({ ...next, status: 'ACTIVE', activeUntil: end, expiresAt: end });
      this.waitedSeconds[next.userId - 1] = second - next.joinedAt / 1000;
    }
    this.admissions.note(admitted, now);
  }

  /** Everyone asks whose time it is. Returns how many did. */
  private poll(second: number): number {
    const pace = {
      now: second * 1000,
      free: this.policy.activeMax - this.line.activeCount,
      admittedLastMinute: this.admissions.lastMinute(second * 1000),
    };
    const clients = this.calendar.take(second);
    for (const client of clients) {
      this.pollsOfClient[client] = (this.pollsOfClient[client] as number) + 1;
      if (this.waitedSeconds[client] === WAITS) this.askAgain(client, second, pace);
      else this.learn(client, second);
    }
    return clients.length;
  }

  private askAgain(client: number, second: number, pace: Pace): void {
    const token = this.line.get((client + 1) as UserId);
    if (token === undefined) throw new Error(`client ${client} has no place`);
    const ahead = this.line.ahead(token.queueId);
    this.calendar.add(second + retryAfterSeconds(token.tokenId, ahead, this.policy, pace), client);
  }

  private learn(client: number, second: number): void {
    const arrival = client / this.arrivalsPerSecond;
    const arrivedInSecond = Math.floor(arrival);
    const admittedAt = arrivedInSecond + (this.waitedSeconds[client] as number);
    this.lateMs[client] = (second - admittedAt + arrival - arrivedInSecond) * 1000;
    this.done++;
  }

  private tokenOf(client: number, second: number): Token {
    const joinedAt = second * 1000;
    return {
      tokenId: (client + 1) as TokenId,
      userId: (client + 1) as UserId,
      queueId: (client + 1) as QueueId,
      status: 'WAITING',
      joinedAt,
      activeUntil: 0,
      expiresAt: joinedAt + this.policy.waitingMs,
      endedAt: null,
    };
  }
}
