import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleInto } from '../support/workerd.ts';
import { WORKER_UNDER_TEST } from '../support/workerd-service.ts';
import { leftOut } from './left-out.ts';

/** Runs the contract's tests on workerd, but for those that are left out, in as many processes as there are cores. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONTRACT = join(ROOT, 'test/contract');
/** The machine may be busy. */
const TEST_MS_MAX = 60_000;

const files = readdirSync(CONTRACT).filter((file) => typeof leftOut[file] !== 'string');
const bundles = mkdtempSync(join(tmpdir(), 'seatline-bundles-'));
try {
  await bundleInto(join(bundles, basename(WORKER_UNDER_TEST, '.ts')), WORKER_UNDER_TEST);
  const waiting = files.map((file) => join(CONTRACT, file));
  const counts = { pass: 0, fail: 0 };
  const runFiles = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const { report, code } = await run(file);
      const pass = countIn(report, 'pass');
      counts.pass += pass;
      // A file that cannot even be loaded has failed.
      counts.fail += code === 0 ? 0 : Math.max(1, countIn(report, 'fail'));
      if (code !== 0) console.error(report);
      else console.log(`${basename(file)}: ${pass} passed`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, runFiles));
  console.log(`\n ${counts.pass} pass\n ${counts.fail} fail`);
  process.exitCode = counts.fail === 0 ? 0 : 1;
} finally {
  rmSync(bundles, { recursive: true });
}

async function run(file: string): Promise<{ report: string; code: number }> {
  const without = Object.keys(leftOut[basename(file)] ?? {}).map(RegExp.escape);
  const filter = without.length === 0 ? [] : ['--test-name-pattern', `^(?!\\s*(${without.join('|')}))`];
  const child = Bun.spawn([process.execPath, 'test', '--timeout', String(TEST_MS_MAX), ...filter, file], {
    cwd: ROOT,
    env: { ...process.env, TEST_HOST: 'workerd', TEST_BUNDLES: bundles },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [said, report, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const missing = without.length - countIn(report, 'filtered out');
  if (missing <= 0) return { report: said + report, code };
  return { report: `${said}${report}${basename(file)}: ${missing} of those left out are not there`, code: 1 };
}

function countIn(report: string, what: 'pass' | 'fail' | 'filtered out'): number {
  return Number(new RegExp(`^ *(\\d+) ${what}$`, 'm').exec(report)?.[1] ?? 0);
}
