import { join } from 'node:path';
import { measureMemory } from './memory.ts';
import { Processes } from './processes.ts';
import { isSound, reportTrial, verdict } from './report.ts';
import { playRound, type Sample } from './round.ts';
import { seed } from './seed.ts';
import { trials } from './trials.ts';

/**
 * How fast is the service, beside what the framework alone could do on this machine in the same minute? Ratios are
 * what counts: the rates themselves say as much about the machine. A ratio that is missed is shown and is no error,
 * since machines are noisy; a request that fails is one.
 */

const ROUNDS = 3;
const RESIDENT_MB_MAX = 200;
const MB = 1024 * 1024;

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
  const startedMb = Math.round(memory.startedBytes / MB);
  const workedMb = Math.round(memory.workedBytes / MB);
  console.log('resident memory with the demo data');
  const claim = `${workedMb} MB after a while of work, required under ${RESIDENT_MB_MAX}`;
  console.log(`  ${startedMb} MB at the start`);
  console.log(verdict(workedMb < RESIDENT_MB_MAX, claim));
  const outcomes = [...samples.map(({ outcome }) => outcome), ...memory.outcomes];
  const busiest = Math.max(...outcomes.map(({ driverBusy }) => driverBusy));
  console.log(`\nThe driver used up to ${Math.round(busiest * 100)} % of a core.`);
  return outcomes.every(isSound);
}
