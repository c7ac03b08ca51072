import type { ObserveRoute } from './http/requests.ts';

/** What the service takes from the air: time, chance, a wake-up call, a place for complaints. A test owns all of them. */

export interface Clock {
  /** UTC epoch milliseconds. */
  now(): number;
}

export interface Random {
  /** A positive integer below 2^53, every value equally likely, not to be guessed from earlier ones. */
  id(): number;
}

export interface Alarm {
  /** Calls `ring` once at or after `at` (epoch milliseconds). A later call replaces an earlier one; `null` cancels. */
  set(at: number | null): void;
}

/** From the few lines to the many. */
export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  /** A fault of ours, with its cause; never a client's mistake. */
  error(message: string, cause?: unknown): void;
  /** What whoever runs the service should know of. */
  warn(message: string): void;
}

/** What the service takes from where it runs. A test owns all of it. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly alarm: (ring: () => void) => Alarm;
  /** For what matters only as long as somebody waits for an answer; the same where it is left out. */
  readonly timer?: (ring: () => void) => Alarm;
  /** Milliseconds since some instant, with fractions, which only ever grow. */
  readonly stopwatch: () => number;
  readonly log: Log;
  /** Where each request is written down. */
  readonly requestLog: ObserveRoute;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Milliseconds since the process began, with fractions; they only ever grow, whatever is done to the clock. */
export const systemStopwatch = (): number => performance.now();

export const systemRandom: Random = {
  id() {
    const words = crypto.getRandomValues(new Uint32Array(2));
    const [high = 0, low = 0] = words;
    const value = (high >>> 11) * 0x1_0000_0000 + low;
    return value === 0 ? this.id() : value;
  },
};

/** A timer of the process. Far-off times are reached in steps, since a timer's delay is a 32-bit number. */
export function systemAlarm(clock: Clock, ring: () => void): Alarm {
  const stepMsMax = 2 ** 31 - 1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const set = (at: number | null): void => {
    clearTimeout(timer);
    if (at === null) return;
    const delayMs = Math.max(0, at - clock.now());
    timer = setTimeout(() => (delayMs > stepMsMax ? set(at) : ring()), Math.min(delayMs, stepMsMax));
  };
  return { set };
}
