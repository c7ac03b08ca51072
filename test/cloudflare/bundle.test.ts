import { expect, test } from 'bun:test';
import { fileURLToPath } from 'node:url';

/** The whole of it, compressed, as the platform stores it. */
const KIB_MAX = 1_024;

test('what would be deployed is less than a megabyte', async () => {
  const child = Bun.spawn(['npm', 'run', '--silent', 'cf:check'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const text = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  const [, kib] = /gzip: ([\d.]+) KiB/.exec(text) ?? [];
  expect(Number(kib)).toBeGreaterThan(100);
  expect(Number(kib)).toBeLessThan(KIB_MAX);
}, 60_000);
