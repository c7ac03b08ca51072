import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLibsql } from '../../src/store/libsql.ts';
import { fill } from '../support/fixture.ts';
import { HALL, Simulation, START, USERS } from './simulation.ts';
import { Tally } from './states.ts';

/**
 * Runs simulations, one for each seed from `--seed` on, `--seeds` of them, each of `--steps` steps. The same seed gives
 * the same run, to the byte: `--trace` shows it. Fails when something is not as it must be, and says at which seed and
 * step; and when a state that matters was never reached.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string', default: '2000' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'seatline-simulation-'));
try {
  process.exitCode = (await simulate(Number(values.seed), Number(values.seeds), Number(values.steps)))
    ? 0
    : 1;
} finally {
  rmSync(folder, { recursive: true });
}

async function simulate(first: number, count: number, steps: number): Promise<boolean> {
  const template = join(folder, 'template.db');
  const database = await openLibsql(`file:${template}`, undefined);
  const schedules = [{ seats: HALL.seats }];
  await fill(database, START, { users: USERS, concerts: [{ name: 'A', schedules }] });
  database.close();
  const tally = new Tally();
  const begin = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const trace = values.trace ? (line: string) => console.log(line) : () => {};
    try {
      await new Simulation(seed, template, mkdtempSync(join(folder, 'run-')), tally, trace).run(steps);
    } catch (cause) {
      console.error(`seed ${seed}, ${cause instanceof Error ? cause.message : cause}`);
      console.error(`again: bun run simulate --seed ${seed} --steps ${steps} --trace`);
      return false;
    }
  }
  if (values.json) console.log(JSON.stringify(tally));
  else {
    for (const [state, times] of Object.entries(tally.toJSON()))
      console.log(String(times).padStart(9), state);
    const seconds = (performance.now() - begin) / 1000;
    console.log(`${count} seeds of ${steps} steps in ${seconds.toFixed(1)} s, and nothing is wrong`);
    for (const state of tally.never) console.error(`never reached: ${state}`);
  }
  return values.json || tally.never.length === 0;
}
