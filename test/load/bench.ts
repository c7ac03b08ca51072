import { join } from 'node:path';
import { measureMemory } from './memory.ts';
import { Processes } from './processes.ts';
import { isSound, reportMemory, reportTrial } from './report.ts';
import { playRound, type Sample } from './round.ts';
import { seed } from './seed.ts';
import { trials } from './trials.ts';

/**
 * How fast is the service, beside what its framework alone can do on the same machine in the same minute? The ratios
 * are what counts, as the rates say more about the machine. A ratio that is missed is told and is no failure, since
 * machines are noisy; a request that fails is one.
 */

const ROUNDS = 5;

const processes = new Processes();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    processes.clear();
    process.exit(1);
  });
}
try {
  process.exitCode = (await bench()) ? 0 : 1;
} finally {
  processes.clear();
}

/** Prints all figures. Tells whether every request was answered as it should be. */
async function bench(): Promise<boolean> {
  const seedFile = join(processes.folder, 'seed.db');
  await seed(`file:${seedFile}`, Date.now());
  const samples: Sample[] = [];
  for (let number = 1; number <= ROUNDS; number++) {
    console.error(`round ${number} of ${ROUNDS}`);
    samples.push(...(await playRound(processes, seedFile, number)));
  }
  console.error('memory');
  const memory = await measureMemory(processes);

  console.log(`\nThe median of ${ROUNDS} rounds, and the lowest and the highest.\n`);
  for (const trial of trials) console.log(reportTrial(trial, samples));
  console.log(reportMemory(memory));
  const outcomes = [...samples.map(({ outcome }) => outcome), ...memory.outcomes];
  const busiest = Math.max(...outcomes.map(({ driverBusy }) => driverBusy));
  console.log(`The driver used up to ${Math.round(busiest * 100)} % of a core.`);
  return outcomes.every(isSound);
}
