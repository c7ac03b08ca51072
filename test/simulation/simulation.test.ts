import { expect, setDefaultTimeout, test } from 'bun:test';
import { fileURLToPath } from 'node:url';
import { Tally } from './states.ts';

/** Tens of thousands of steps, on a machine that may be busy. */
setDefaultTimeout(600_000);

const SEEDS = 300;
const STEPS = 100;
const AT_ONCE = 2;

/** What was wrong with the service once, and where a seed came upon it. */
const FOUND: readonly [found: string, seed: number, steps: number][] = [
  ['a process that had lost its epoch answered what it read in the tables', 30, 60],
];

const SIMULATE = fileURLToPath(new URL('simulate.ts', import.meta.url));

async function simulate(...options: string[]): Promise<{ output: string; complaint: string }> {
  const child = Bun.spawn([process.execPath, SIMULATE, ...options], {
    env: { PATH: process.env.PATH ?? '' },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [output, complaint] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await child.exited;
  return { output, complaint };
}

test(`${SEEDS} seeds: whatever goes wrong, answers and tables are what they must be, and every state is reached`, async () => {
  const share = SEEDS / AT_ONCE;
  const runs = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) =>
      simulate(
        '--seed',
        String(1 + index * share),
        '--seeds',
        String(share),
        '--steps',
        String(STEPS),
        '--json',
      ),
    ),
  );
  expect(runs.map(({ complaint }) => complaint)).toEqual(runs.map(() => ''));
  const tally = new Tally();
  for (const { output } of runs) tally.add(JSON.parse(output));
  expect(tally.never).toEqual([]);
});

for (const [found, seed, steps] of FOUND) {
  test(`seed ${seed} found that ${found}, and does not any more`, async () => {
    const { complaint } = await simulate('--seed', String(seed), '--steps', String(steps), '--json');
    expect(complaint).toBe('');
  });
}

test('a seed that nobody has tried: the hash of the commit', async () => {
  const seed = freshSeed();
  console.log(`seed ${seed}`);
  const { complaint } = await simulate('--seed', String(seed), '--seeds', '1', '--steps', '500', '--json');
  expect(complaint).toBe('');
});

test('the same seed gives the same run, to the byte', async () => {
  const run = () => simulate('--seed', '7', '--steps', '200', '--trace', '--json');
  const [first, second] = await Promise.all([run(), run()]);
  expect(first.output.split('\n').length).toBeGreaterThan(1_000);
  expect(second).toEqual(first);
});

/** Of the commit that is tested; where there is no git, of the day. */
function freshSeed(): number {
  const git = Bun.which('git');
  const hash = git === null ? '' : Bun.spawnSync([git, 'rev-parse', 'HEAD']).stdout.toString();
  return /^[0-9a-f]{40}/.test(hash)
    ? Number.parseInt(hash.slice(0, 7), 16)
    : Math.floor(Date.now() / 86_400_000);
}
