import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { saleOf, seedSeason } from '../growth/seed.ts';
import type { Bench, Findings } from '../part.ts';
import { type Processes, SERVICE, type Server } from '../processes.ts';
import { isSound } from '../report.ts';
import { ACTIVE, active } from '../sale/seed.ts';
import { spreadOf } from '../spread.ts';
import { playTrials, type Sample, type Trial } from '../trial.ts';
import { reportTrial } from '../trial-report.ts';

const DELAY_MS = 20;
const RATIO_MIN = 0.5;
const TURNS = { passes: 3, seconds: 0.6 };
/** Enough seats for all turns on a fast machine, and no more, since the start reads all of them from afar. */
const HALLS = 40;

/** The service with its database in a file, and with the same one behind a way of some length. */
type Contender = 'slow store' | 'local file';

const [someone] = active;

const trial: Trial<Contender> = {
  name: `durable reservations of 2 seats, with ${DELAY_MS} ms more for each request to the database`,
  connections: 1_024,
  subject: 'slow store',
  references: [{ contender: 'local file', ratioMin: RATIO_MIN }],
  sample: {
    method: 'GET',
    path: `/v1/queue-status/users/${someone?.userId}`,
    tokenId: someone?.tokenId ?? 0,
  },
  load: () => ({ kind: 'reserve', sale: saleOf({ onSale: HALLS }), callers: active }),
};

/** What is left of the throughput when the database is far away. */
export async function measureSlowStore({ processes, progress }: Bench): Promise<Findings> {
  progress(0, 'databases');
  const local = join(processes.folder, 'local.db');
  const remote = join(processes.folder, 'remote.db');
  await seedSeason(local, Date.now(), { onSale: HALLS, past: 0 });
  copyFileSync(local, remote);
  const endpoint = await processes.start('the remote database', 'slow-store/endpoint.ts', {
    DATABASE_PATH: remote,
    DELAY_MS: String(DELAY_MS),
  });
  const servers = {
    'slow store': await startService(processes, `http://127.0.0.1:${endpoint.port}`),
    'local file': await startService(processes, `file:${local}`),
  };
  progress(0.2, 'reservations');
  const samples = await playTrials(processes, [trial], servers, TURNS);
  for (const server of [...Object.values(servers), endpoint]) await server.stop();
  const outcomes = samples.map(({ outcome }) => outcome);
  return {
    text: `The median of ${TURNS.passes} turns, and the lowest and the highest.\n\n${reportTrial(trial, samples)}`,
    outcomes,
    ...(outcomes.every(isSound) ? { figures: [figure(samples)] } : {}),
  };
}

function startService(processes: Processes, databaseUrl: string): Promise<Server> {
  return processes.start('seatline', SERVICE, {
    DATABASE_URL: databaseUrl,
    DEMO: 'off',
    // All slots are taken by those who reserve.
    QUEUE_MAX_ACTIVE: String(ACTIVE),
  });
}

function figure(samples: readonly Sample<Contender>[]) {
  const rates = (contender: Contender): number[] =>
    samples.filter((s) => s.contender === contender).map(({ outcome }) => outcome.replies / outcome.seconds);
  const local = rates('local file');
  const ratios = rates('slow store').map((rate, pass) => rate / (local[pass] ?? Number.NaN));
  return {
    name: `reserve with ${DELAY_MS} ms to the database ÷ with a local file, ${trial.connections} connections`,
    spread: spreadOf(ratios),
    unit: '',
    atLeast: RATIO_MIN,
  };
}
