import type { Bench } from '../part.ts';
import type { Outcome } from '../plan.ts';
import { SERVICE } from '../processes.ts';
import { type Monitored, startMonitored } from './monitored.ts';
import type { Scenario } from './scenarios.ts';
import { tallyOf } from './tally.ts';

/** The most time that a scenario may take. */
const SECONDS_MAX = 60;
const LOOK_MS = 20;
/** Few, and at a steady rate: it is a living service, and not one under load. */
const POLLS = { connections: 4, requestsPerSecond: 200, warmUpSeconds: 0, seconds: SECONDS_MAX, asked: 0 };

/** What was seen of one run of a scenario. */
export interface Watched {
  readonly stallMs: number;
  /** The same in a process that had nothing to do in the same time: the machine itself stalls. */
  readonly idleMs: number;
  /** How many tokens were admitted or written down as lapsed. */
  readonly moved: number;
  readonly seconds: number;
  readonly polls: Outcome;
}

/** Starts the service, lets the scenario happen, and tells how both event loops fared from its beginning to its end. */
export async function watch(bench: Bench, scenario: Scenario, idle: Monitored): Promise<Watched> {
  const databaseUrl = await bench.databases.copy(scenario.waiting, 'stalls');
  const settings = { ...scenario.settings, DATABASE_URL: databaseUrl, DEMO: 'off' };
  const service = await startMonitored(bench.processes, 'seatline', SERVICE, settings);
  const load = { kind: 'poll', users: scenario.pollers } as const;
  const polls = bench.processes.begin({ ...POLLS, port: service.port, load });
  await Bun.sleep(scenario.restMs);
  await Promise.all([service.longestStallMs(), idle.longestStallMs()]);
  const progress = await passThrough(scenario, databaseUrl);
  const [stallMs, idleMs] = await Promise.all([service.longestStallMs(), idle.longestStallMs()]);
  polls.stop();
  const outcome = await polls.outcome;
  await service.stop();
  return { stallMs, idleMs, ...progress, polls: outcome };
}

/** Returns when the scenario is over, with how much happened in it. Throws when it does not come to its end. */
async function passThrough(
  { name, isOver }: Scenario,
  databaseUrl: string,
): Promise<{ moved: number; seconds: number }> {
  const tally = tallyOf(databaseUrl);
  const startedAt = performance.now();
  const before = tally.read();
  for (;;) {
    await Bun.sleep(LOOK_MS);
    const watchedMs = performance.now() - startedAt;
    const now = tally.read();
    if (isOver(now, watchedMs)) {
      tally.close();
      const moved = now.admitted + now.lapsed - before.admitted - before.lapsed;
      if (moved === 0) throw new Error(`${name}: nothing happened`);
      return { moved, seconds: watchedMs / 1000 };
    }
    if (watchedMs > SECONDS_MAX * 1000) throw new Error(`${name}: ${JSON.stringify(now)}, and not over`);
  }
}
