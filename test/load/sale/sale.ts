import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Findings } from '../part.ts';
import { type Processes, SERVICE, type Server } from '../processes.ts';
import { playTrials, type Sample } from '../trial.ts';
import { figuresOfTrial, reportTrial } from '../trial-report.ts';
import { measureMemory, reportMemory } from './demo-memory.ts';
import { ACTIVE, seed } from './seed.ts';
import { type Contender, trials } from './trials.ts';

const ROUNDS = 5;
const TURNS = { passes: 1, seconds: 1.2 };

/** A sale under way: polls, seat maps and reservations, and what the service needs of memory for a small one. */
export async function measureSale({ processes, progress }: Bench): Promise<Findings> {
  const seedFile = join(processes.folder, 'sale.db');
  await seed(`file:${seedFile}`, Date.now());
  const samples: Sample<Contender>[] = [];
  for (let number = 1; number <= ROUNDS; number++) {
    progress((number - 1) / (ROUNDS + 1), `round ${number} of ${ROUNDS}`);
    samples.push(...(await playRound(processes, seedFile, number)));
  }
  progress(ROUNDS / (ROUNDS + 1), 'memory');
  const memory = await measureMemory(processes);
  return {
    text: [
      `The median of ${ROUNDS} rounds, and the lowest and the highest.\n`,
      ...trials.map((trial) => reportTrial(trial, samples)),
      reportMemory(memory),
    ].join('\n'),
    outcomes: [...samples.map(({ outcome }) => outcome), ...memory.outcomes],
    figures: trials.flatMap((trial) => figuresOfTrial(trial, samples)),
  };
}

/** All contenders start anew, from the same database: no round is shaped by what an earlier one has left behind. */
async function playRound(
  processes: Processes,
  seedFile: string,
  number: number,
): Promise<Sample<Contender>[]> {
  const servers = await startAll(processes, seedFile, number);
  const samples = await playTrials(processes, trials, servers, TURNS);
  for (const server of Object.values(servers)) await server.stop();
  return samples;
}

async function startAll(
  processes: Processes,
  seedFile: string,
  number: number,
): Promise<Record<Contender, Server>> {
  const copy = (name: string): string => {
    const file = join(processes.folder, `${name}-${number}.db`);
    copyFileSync(seedFile, file);
    return `file:${file}`;
  };
  return {
    seatline: await processes.start('seatline', SERVICE, {
      DATABASE_URL: copy('seatline'),
      DEMO: 'off',
      // All slots are taken, so those who wait keep waiting.
      QUEUE_MAX_ACTIVE: String(ACTIVE),
    }),
    'bare route': await processes.start('the bare route', 'bare.ts', {}),
    'transaction per request': await processes.start('the transaction per request', 'sale/per-request.ts', {
      DATABASE_URL: copy('per-request'),
    }),
  };
}
