import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants.ts';

/** Runs the simulation on each mutant until it notices, and on the service as it is, where nothing must be noticed. */
const SEEDS_MAX = 240;
/** The service as it is goes through many more in the tests. */
const SEEDS_WITHOUT_MUTANT = 60;
const STEPS = 150;
const AT_ONCE = 2;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface Run {
  readonly name: string;
  readonly mutant: string | null;
}

/** `--every 3` takes every third mutant: all of them take as long as all tests. */
const { values } = parseArgs({ options: { every: { type: 'string', default: '1' } } });
const mutants = MUTANTS.filter((_, index) => index % Number(values.every) === 0);

const runs: Run[] = [
  { name: 'the service as it is', mutant: null },
  ...mutants.map(({ name }) => ({ name, mutant: name })),
];
let wrong = 0;
const next = runs.values();
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (const run of next) await judge(run);
  }),
);
console.log(`${mutants.length} mutants, ${wrong} not as they must be`);
process.exitCode = wrong === 0 ? 0 : 1;

async function judge({ name, mutant }: Run): Promise<void> {
  const preload = mutant === null ? [] : ['--preload', here('mutate.ts')];
  const seeds = mutant === null ? SEEDS_WITHOUT_MUTANT : SEEDS_MAX;
  const options = ['--seed', '1', '--seeds', String(seeds), '--steps', String(STEPS), '--json'];
  const child = Bun.spawn([process.execPath, ...preload, here('simulate.ts'), ...options], {
    env: { PATH: process.env.PATH ?? '', ...(mutant === null ? {} : { MUTANT: mutant }) },
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const [complaint = ''] = (await new Response(child.stderr).text()).split('\n');
  await child.exited;
  // What keeps the simulation from running at all is not what it has found.
  const found = /^seed (\d+), step (\d+): (.*)/.exec(complaint);
  const isRight = (found !== null) === (mutant !== null) && (found !== null || complaint === '');
  if (!isRight) wrong++;
  const verdict =
    found === null ? `not caught ${complaint}` : `caught by seed ${found[1]} at step ${found[2]}`;
  console.log(`${isRight ? 'ok   ' : 'WRONG'} ${name}: ${verdict}`);
}
