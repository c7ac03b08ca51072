import type { Policy } from '../../../src/coordinator/policy.ts';
import type { Bench, Findings } from '../part.ts';
import { remark, whole } from '../report.ts';
import { simulate } from './simulation.ts';

const ARRIVALS = { clients: 1_000_000, seconds: 10 };
/** The rules' defaults, but for an admission that a line of a million asks for, and that no slot holds up. */
const POLICY: Policy = {
  waitingMs: 600_000,
  activeMs: 600_000,
  holdMs: 300_000,
  admitIntervalMs: 1_000,
  admitBatch: 1_000,
  activeMax: ARRIVALS.clients,
  seatsPerReservationMax: 10,
  retentionMs: 30 * 24 * 3600 * 1000,
  rechargeMax: 10_000_000,
};

/** What the rule of when to ask again saves, and what it costs those who learn late that they are in. */
export async function measureSpacing({ progress }: Bench): Promise<Findings> {
  progress(0, 'simulating');
  const startedAt = performance.now();
  const { pollsInSecond, pollsOfClient, waitedSeconds, lateMs } = simulate(ARRIVALS, POLICY);
  const tookSeconds = (performance.now() - startedAt) / 1000;
  const naiveInSecond = pollsOnceASecond(waitedSeconds);
  const text = [
    '1,000,000 clients arrive within 10 seconds, are admitted at 1,000 a second, and poll',
    remark(`as Retry-After says: ${rates(pollsInSecond)}; a user polls ${typical(pollsOfClient)}`),
    remark(
      `once a second:       ${rates(naiveInSecond)}; a user polls ${typical(pollsAfter(waitedSeconds))}`,
    ),
    remark(`they learn of their admission ${lateness(lateMs)}`),
    remark(
      `simulated in ${tookSeconds.toFixed(1)} s, which are ${whole(pollsInSecond.length)} s of the line`,
    ),
    '',
  ];
  return { text: text.join('\n'), outcomes: [] };
}

/** How many polls each second would see, if everyone polled once a second from the arrival to the admission. */
function pollsOnceASecond(waitedSeconds: Int16Array): number[] {
  const perSecond = ARRIVALS.clients / ARRIVALS.seconds;
  const polls: number[] = [];
  for (const [client, waited] of waitedSeconds.entries()) {
    const arrivedAt = Math.floor(client / perSecond);
    polls[arrivedAt] = (polls[arrivedAt] ?? 0) + 1;
    polls[arrivedAt + waited + 1] = (polls[arrivedAt + waited + 1] ?? 0) - 1;
  }
  // So far it is the change in each second.
  let sum = 0;
  return Array.from(polls, (change = 0) => {
    sum += change;
    return sum;
  }).slice(0, -1);
}

function pollsAfter(waitedSeconds: Int16Array): Uint16Array {
  return Uint16Array.from(waitedSeconds, (waited) => waited + 1);
}

function rates(pollsInSecond: readonly number[]): string {
  const sum = pollsInSecond.reduce((total, polls) => total + polls, 0);
  // While they arrive, each asks for the first time.
  const later = pollsInSecond.slice(ARRIVALS.seconds);
  const peaks = [Math.max(...pollsInSecond), Math.max(...later)].map(whole);
  return `${whole(sum / pollsInSecond.length)} requests/s, at most ${peaks[0]}, and ${peaks[1]} once all are there`;
}

function typical(values: Uint16Array): string {
  const sorted = values.toSorted();
  return `${quantile(sorted, 0.5)} times, at most ${sorted.at(-1)}`;
}

function lateness(lateMs: Uint16Array): string {
  const sorted = lateMs.toSorted();
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return `${seconds(quantile(sorted, 0.5))} after it (the median; p99 ${seconds(quantile(sorted, 0.99))}, max ${seconds(quantile(sorted, 1))})`;
}

function quantile(sorted: Uint16Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
