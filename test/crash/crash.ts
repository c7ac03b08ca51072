import { parseArgs } from 'node:util';
import { run } from './run.ts';

/**
 * Kills the service again and again under load: `--rounds 500`, and `--seed` to draw the same plan once more. It fails
 * when something acknowledged is gone, when something refused is there, or when many rounds missed what they are for.
 */

/** A run of this many rounds comes across everything. */
const COMPLETE_ROUNDS = 200;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
if (!(rounds >= 1 && Number.isInteger(seed))) throw new Error('rounds and seed are numbers');
console.log(`${rounds} rounds, seed ${seed}`);
try {
  const tally = await run({ rounds, seed });
  console.log(tally.text);
  if (rounds >= COMPLETE_ROUNDS && tally.missing.length > 0) {
    console.error(`never reached: ${tally.missing.join(', ')}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
