import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { saleOf, seedSeason } from '../growth/seed.ts';
import type { Bench, Findings } from '../part.ts';
import { type Processes, SERVICE, type Server } from '../processes.ts';
import { ACTIVE, active } from '../sale/seed.ts';
import { playTrials, type Trial } from '../trial.ts';
import { figuresOfTrial, reportTrial } from '../trial-report.ts';

const DELAY_MS = 20;
const RATIO_MIN = 0.5;
const TURNS = { passes: 3, seconds: 0.6 };
/** Enough seats for all turns on a fast machine, and no more, since the start reads all of them from afar. */
const HALLS = 24;

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
    figures: figuresOfTrial(trial, samples),
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
