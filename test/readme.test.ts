import { expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json';
import { variables } from '../src/config.ts';
import { inFolder, ServiceProcess } from './support/process.ts';

setDefaultTimeout(30_000);

const readme = await Bun.file(fileURLToPath(new URL('../README.md', import.meta.url))).text();

test("the README's first minute works as it stands, through all nine operations", () =>
  inFolder(async (folder) => {
    const walk = readme.match(/```sh\n([\s\S]*?)```/)?.[1] ?? '';
    const service = await ServiceProcess.start({ PORT: '0', DATABASE_URL: `file:${folder}/x.db` });
    // The only changes: the address, and that a reply which is no success ends the walk.
    const script = walk
      .replace('http://localhost:3000', service.url)
      .replaceAll('curl -sS', 'curl -sS --fail-with-body');
    const shell = Bun.spawn(['bash', '-euo', 'pipefail', '-c', script], { stdout: 'pipe', stderr: 'pipe' });
    const output = await new Response(shell.stdout).text();
    const errors = await new Response(shell.stderr).text();
    expect({ code: await shell.exited, errors }).toEqual({ code: 0, errors: '' });
    await service.end('SIGTERM');

    const [joined, kept, status, dates, seats, held, recharged, paid, left] = output.trim().split('\n');
    const token = JSON.parse(joined ?? '').tokenId;
    expect(kept).toBe(`TOKEN-ID: ${token}`);
    expect(JSON.parse(status ?? '')).toMatchObject({
      queueId: 1,
      status: 'ACTIVE',
      remainingWaitListCount: 0,
    });
    expect(JSON.parse(dates ?? '').events).toHaveLength(2);
    expect(JSON.parse(seats ?? '').seats).toHaveLength(50);
    expect(JSON.parse(held ?? '')).toMatchObject({
      totalPrice: 25_000,
      reservationStatus: 'PAYMENT_PENDING',
    });
    expect(JSON.parse(recharged ?? '')).toEqual({ userId: 1, currentAmount: 50_000 });
    expect(JSON.parse(paid ?? '')).toEqual({ paymentId: 1, amount: 25_000, paymentStatus: 'COMPLETED' });
    expect(JSON.parse(left ?? '')).toEqual({ userId: 1, currentAmount: 25_000 });
    for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 9]) expect(walk).toContain(`# ${number}. `);
  }));

test('what it shows the operator works as it stands, once something is sold', () =>
  inFolder(async (folder) => {
    const [, section = ''] = /## For the operator\n([\s\S]*?)\n## /.exec(readme) ?? [];
    const walks = [readme, section].map((text, index) => shellIn(text).slice(0, index === 0 ? 1 : undefined));
    expect(walks[1]).toHaveLength(3);
    const service = await ServiceProcess.start({
      PORT: '0',
      DATABASE_URL: `file:${folder}/x.db`,
      ADMIN_TOKEN: 'for-the-operator',
    });
    const script = walks
      .flat()
      .join('\n')
      .replaceAll('http://localhost:3000', service.url)
      .replaceAll('curl -sS', 'curl -sS --fail-with-body');
    const shell = Bun.spawn(['bash', '-euo', 'pipefail', '-c', script], {
      cwd: folder,
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const output = await new Response(shell.stdout).text();
    const errors = await new Response(shell.stderr).text();
    expect({ code: await shell.exited, errors }).toEqual({ code: 0, errors: '' });
    await service.end('SIGTERM');
    expect(output).toContain('"refundedAmount":25000');
    expect(output).toContain('{"imported":100000,"existing":0,"failed":[]}');
    expect(existsSync(`${folder}/sales-of-schedule-1.csv`)).toBe(true);
    expect(existsSync(`${folder}/ledger.csv`)).toBe(true);
  }));

test('its table of configuration is that of the code', () => {
  const rows = readme.replaceAll(/ +/g, ' ');
  for (const { name, fallback, unit, meaning } of variables) {
    const shown = fallback === '' ? '| |' : `| \`${fallback}\` |`;
    expect(rows.includes(`| \`${name}\` ${shown} ${unit} | ${meaning} |`) ? name : `${name} is missing`).toBe(
      name,
    );
  }
  expect(rows.match(/^\| `[A-Z_]+` \|/gm)).toHaveLength(variables.length);
});

test('every promise names a test that is there', () => {
  const [, promises = ''] = /## What it promises\n([\s\S]*?)\n## /.exec(readme) ?? [];
  const rows = promises.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows.slice(1)) {
    const files = [...row.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, file = '']) => file);
    expect({ row, files: files.length > 0 }).toEqual({ row, files: true });
    expect(files.filter((file) => !existsSync(new URL(file, import.meta.url)))).toEqual([]);
  }
});

test('every package has a line that says what for', () => {
  const names = Object.keys({ ...packageJson.dependencies, ...packageJson.devDependencies });
  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

/** The blocks of shell commands in a text. */
function shellIn(text: string): string[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, commands = '']) => commands);
}
