import { Latencies } from '../latencies.ts';
import { type Ending, OPERATIONS, type Operation, type OperationSeen } from './plan.ts';

/** Counts what the crowd sees. */
export class Tally {
  readonly refusals: Record<string, number> = {};
  readonly failures: Record<string, number> = {};
  readonly endings: Record<Ending, number> = {
    bought: 0,
    left: 0,
    abandoned: 0,
    lapsed: 0,
    late: 0,
    lost: 0,
  };
  replies = 0;
  ended = 0;
  private readonly latencies = forEach(() => new Latencies());
  private readonly repliesTo = forEach(() => 0);

  reply(operation: Operation, ms: number): void {
    this.replies++;
    this.repliesTo[operation]++;
    this.latencies[operation].add(ms);
  }

  refuse(what: string): void {
    this.refusals[what] = (this.refusals[what] ?? 0) + 1;
  }

  fail(what: string, times = 1): void {
    this.failures[what] = (this.failures[what] ?? 0) + times;
  }

  end(ending: Ending): void {
    this.ended++;
    this.endings[ending]++;
  }

  operations(): Record<Operation, OperationSeen> {
    return forEach((operation) => {
      const latencies = this.latencies[operation];
      return {
        replies: this.repliesTo[operation],
        p50Ms: latencies.quantile(0.5),
        p99Ms: latencies.quantile(0.99),
        maxMs: latencies.maxMs,
      };
    });
  }
}

function forEach<T>(make: (operation: Operation) => T): Record<Operation, T> {
  const made: Partial<Record<Operation, T>> = {};
  for (const operation of OPERATIONS) made[operation] = make(operation);
  return made as Record<Operation, T>;
}
