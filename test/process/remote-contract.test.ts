import { expect, test } from 'bun:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the whole contract holds on a remote database as well', async () => {
  const child = Bun.spawn([process.execPath, 'test', '--timeout', '30000', 'test/contract'], {
    cwd: ROOT,
    env: { ...process.env, TEST_DATABASE: 'remote' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [said, report, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  // All that is not a test that passed: the failures, with the number of both at the end.
  const failures = report.replaceAll(/^\(pass\).*\n/gm, '');
  expect(code === 0 ? '' : failures).toBe('');
  const served = [...said.matchAll(/^(\d+) requests reached the database$/gm)].map(([, count]) =>
    Number(count),
  );
  expect(served.length).toBeGreaterThan(0);
  expect(served).not.toContain(0);
}, 300_000);
