import { join } from 'node:path';
import { call } from '../client.ts';
import type { Bench, Findings } from '../part.ts';
import type { Outcome } from '../plan.ts';
import { SERVICE } from '../processes.ts';
import { decimals, isSound, noFigure, remark, verdict, writeSpread } from '../report.ts';
import { spreadOf } from '../spread.ts';
import { type Monitored, startMonitored } from '../stalls/monitored.ts';
import { settleDisk } from '../trial.ts';
import { seedReservations } from './seed.ts';

const REPEATS = 5;
const SECONDS_MAX = 2;
const STALL_MS_MAX = 50;
const ADMIN_TOKEN = 'for-the-operator';
/** Each of these is a commit: whoever writes must not wait for whoever audits. */
const COMMITS = {
  connections: 4,
  requestsPerSecond: 100,
  warmUpSeconds: 0,
  seconds: 60,
  asked: 0,
  load: { kind: 'get', requests: [{ path: '/ready', tokenId: 1 }] },
} as const;

interface Run {
  readonly seconds: number;
  readonly stallMs: number;
  /** The same in a process that had nothing to do in the same time: the machine itself stalls. */
  readonly idleMs: number;
  readonly commits: Outcome;
}

/** How long an audit of a season takes, and how long the event loop of the service stands still meanwhile. */
export async function measureAudit({ processes, progress }: Bench): Promise<Findings> {
  progress(0, 'writing a million reservations');
  const databaseUrl = `file:${join(processes.folder, 'season.db')}`;
  await seedReservations(databaseUrl, Date.now());
  const idle = await startMonitored(processes, 'an idle process', 'bare.ts', {});
  const settings = { DATABASE_URL: databaseUrl, DEMO: 'off', ADMIN_TOKEN };
  const service = await startMonitored(processes, 'seatline', SERVICE, settings);
  await call(service, { method: 'GET', path: '/ready' });
  const runs: Run[] = [];
  for (let number = 1; number <= REPEATS; number++) {
    progress(number / (REPEATS + 1), `audit ${number} of ${REPEATS}`);
    await settleDisk();
    const commits = processes.begin({ ...COMMITS, port: service.port });
    const run = await audit(service, idle);
    commits.stop();
    runs.push({ ...run, commits: await commits.outcome });
  }
  await service.stop();
  await idle.stop();
  return { text: report(runs), outcomes: runs.map(({ commits }) => commits) };
}

async function audit(service: Monitored, idle: Monitored): Promise<Omit<Run, 'commits'>> {
  await Promise.all([service.longestStallMs(), idle.longestStallMs()]);
  const startedAt = performance.now();
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const { clean, checks } = await call(service, { method: 'GET', path: '/v1/admin/audit', headers });
  const seconds = (performance.now() - startedAt) / 1000;
  const [stallMs, idleMs] = await Promise.all([service.longestStallMs(), idle.longestStallMs()]);
  if (clean !== true) throw new Error(`the seed is wrong: ${JSON.stringify(checks)}`);
  return { seconds, stallMs, idleMs };
}

function report(runs: readonly Run[]): string {
  const of = (figure: Exclude<keyof Run, 'commits'>) => spreadOf(runs.map((run) => run[figure]));
  const commits = runs.map((run) => run.commits);
  const [time, stall, idle] = [of('seconds'), of('stallMs'), of('idleMs')];
  const worst = (figure: 'p99Ms' | 'maxMs') => decimals(1)(spreadOf(commits.map((c) => c[figure])).max);
  return [
    `an audit while the service commits, in each of ${runs.length} runs: the median, and the lowest and the highest`,
    verdict(time.median < SECONDS_MAX, `${writeSpread(time, decimals(2))} s, required under ${SECONDS_MAX}`),
    verdict(
      stall.median < STALL_MS_MAX,
      `${writeSpread(stall, decimals(1))} ms is the longest stall of the event loop, required under ${STALL_MS_MAX}`,
    ),
    remark(`${writeSpread(idle, decimals(1))} ms in an idle process at the same time`),
    commits.every(isSound)
      ? remark(`commits meanwhile: p99 ${worst('p99Ms')} ms, max ${worst('maxMs')} ms in the worst run`)
      : noFigure('seatline', commits),
    '',
  ].join('\n');
}
