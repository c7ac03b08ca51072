import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Findings } from '../part.ts';
import { type Processes, SERVICE, type Server } from '../processes.ts';
import { ACTIVE, active, SMALL_HALL, sale, seed, waiting } from '../sale/seed.ts';
import { playTrials, type Sample, type Trial } from '../trial.ts';
import { figuresOfTrial, reportTrial } from '../trial-report.ts';

const ROUNDS = 7;
const TURNS = { passes: 1, seconds: 1.2 };
const RATIO_MIN = 0.9;

type Contender = 'with a log' | 'without a log';

const versus = {
  connections: ACTIVE,
  subject: 'with a log',
  references: [{ contender: 'without a log', ratioMin: RATIO_MIN }],
} as const;

const polls = waiting.map(({ userId, tokenId }) => ({ path: `/v1/queue-status/users/${userId}`, tokenId }));

const trials: readonly Trial<Contender>[] = [
  {
    ...versus,
    name: 'status polls',
    sample: { method: 'GET', path: '/', ...polls[0] },
    load: () => ({ kind: 'get', requests: polls }),
  },
  {
    ...versus,
    name: 'durable reservations of 2 seats',
    sample: {
      method: 'POST',
      path: '/v1/reservations',
      tokenId: active[0]?.tokenId ?? 0,
      body: {
        userId: active[0]?.userId,
        concertId: SMALL_HALL.concertId,
        scheduleId: SMALL_HALL.scheduleId,
        seatIds: [1, 2],
      },
    },
    load: () => ({ kind: 'reserve', sale, callers: active }),
  },
];

/** What a line in a file for each request costs of the throughput. */
export async function measureLogging({ processes, progress }: Bench): Promise<Findings> {
  const seedFile = join(processes.folder, 'logging.db');
  await seed(`file:${seedFile}`, Date.now());
  const samples: Sample<Contender>[] = [];
  for (let number = 1; number <= ROUNDS; number++) {
    progress((number - 1) / ROUNDS, `round ${number} of ${ROUNDS}`);
    const start = (level: string): Promise<Server> => {
      const path = join(processes.folder, `logging-${level}-${number}`);
      copyFileSync(seedFile, `${path}.db`);
      return startService(processes, path, level);
    };
    const servers = { 'with a log': await start('info'), 'without a log': await start('silent') };
    samples.push(...(await playTrials(processes, trials, servers, TURNS)));
    for (const server of Object.values(servers)) await server.stop();
  }
  return {
    text: [
      `The median of ${ROUNDS} rounds, and the lowest and the highest.\n`,
      ...trials.map((trial) => reportTrial(trial, samples)),
    ].join('\n'),
    outcomes: samples.map(({ outcome }) => outcome),
    figures: trials.flatMap((trial) => figuresOfTrial(trial, samples)),
  };
}

function startService(processes: Processes, path: string, level: string): Promise<Server> {
  const environment = {
    DATABASE_URL: `file:${path}.db`,
    DEMO: 'off',
    // All slots are taken, so those who wait keep waiting.
    QUEUE_MAX_ACTIVE: String(ACTIVE),
    LOG_LEVEL: level,
  };
  return processes.start(level, SERVICE, environment);
}
