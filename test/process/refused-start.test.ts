import { expect, setDefaultTimeout, test } from 'bun:test';
import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { Caller } from '../support/caller.ts';
import { canMount, readOnly } from '../support/disk.ts';
import { HranaServer } from '../support/hrana-server.ts';
import { inFolder, runToItsEnd, ServiceProcess } from '../support/process.ts';

// Each test starts several processes.
setDefaultTimeout(30_000);

const PAGE_BYTES = 4096;

/** A database with the demo data, of which a service has been in use. */
async function makeDatabase(path: string): Promise<void> {
  const service = await ServiceProcess.start({ PORT: '0', DATABASE_URL: `file:${path}` });
  const caller = new Caller(service.url);
  await caller.recharge(1, 5);
  await caller.join(1);
  await service.end('SIGTERM');
}

/** The first page of a table or of an index. */
function pageOf(path: string, name: string): number {
  const connection = new Libsql(path);
  try {
    const [page] = connection.prepare('select rootpage from sqlite_schema where name = ?').pluck().all(name);
    if (page === undefined) throw new Error(`the database has no ${name}`);
    return Number(page);
  } finally {
    connection.close();
  }
}

function flip(path: string, from: number, count: number): void {
  const bytes = readFileSync(path);
  for (let at = from; at < from + count; at++) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(path, bytes);
}

const damages: [what: string, damage: (path: string) => void, reason: string][] = [
  [
    'garbage',
    (path) => writeFileSync(path, Buffer.alloc(8 * PAGE_BYTES, 'garbage')),
    'file is not a database',
  ],
  ['cut', (path) => truncateSync(path, statSync(path).size / 2), 'database disk image is malformed'],
  // No start reads the ledger.
  [
    'flipped in a page',
    (path) => flip(path, (pageOf(path, 'ledger_entries_of_payment') - 1) * PAGE_BYTES, 16),
    'the file is damaged: ',
  ],
];

test('a large file is read through as well', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'x.db');
    await makeDatabase(path);
    const connection = new Libsql(path);
    connection.exec('create table filler as select zeroblob(20 * 1024 * 1024)');
    connection.close();
    const environment = { PORT: '0', DATABASE_URL: `file:${path}` };
    const service = await ServiceProcess.start(environment);
    await service.end('SIGTERM');
    flip(path, (pageOf(path, 'ledger_entries_of_payment') - 1) * PAGE_BYTES, 16);
    const { code, errors } = await runToItsEnd(environment);
    expect(errors).toStartWith(`the database file:${path} cannot be used: the file is damaged: `);
    expect(code).toBe(1);
  }));

for (const [what, damage, reason] of damages) {
  test(`a file that is ${what} is refused at the start, by its name`, () =>
    inFolder(async (folder) => {
      const path = join(folder, 'x.db');
      await makeDatabase(path);
      damage(path);
      const { code, errors } = await runToItsEnd({ PORT: '0', DATABASE_URL: `file:${path}` });
      expect(errors).toStartWith(`the database file:${path} cannot be used: ${reason}`);
      expect(errors.trimEnd().split('\n')).toHaveLength(1);
      expect(code).toBe(1);
    }));
}

const isRoot = process.getuid?.() === 0;

for (const [what, hasFile] of [
  ['a database that cannot be written', true],
  ['a folder in which no database can be made', false],
] as const) {
  test.skipIf(isRoot && !canMount)(`${what} is refused at the start, by its name`, () =>
    inFolder(async (outer) => {
      const folder = join(outer, 'fixed');
      const path = join(folder, 'x.db');
      mkdirSync(folder);
      if (hasFile) await makeDatabase(path);
      const start = async () => {
        const { code, errors } = await runToItsEnd({ PORT: '0', DATABASE_URL: `file:${path}` });
        expect(errors).toStartWith(`the database file:${path} cannot be used: `);
        expect(errors.trimEnd().split('\n')).toHaveLength(1);
        expect(code).toBe(1);
      };
      if (isRoot) return readOnly(folder, start);
      chmodSync(folder, 0o500);
      if (hasFile) chmodSync(path, 0o400);
      await start();
      chmodSync(folder, 0o700);
    }),
  );
}

test('a path through a file, and one that is a folder, are refused at the start, by their names', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'file'), '');
    for (const path of [join(folder, 'file/x.db'), folder]) {
      const { code, errors } = await runToItsEnd({ PORT: '0', DATABASE_URL: `file:${path}` });
      expect(errors).toStartWith(`the database file:${path} cannot be used: `);
      expect(code).toBe(1);
    }
  }));

test('a file that another program keeps locked is refused at the start, by its name', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'x.db');
    await makeDatabase(path);
    const other = new Libsql(path);
    other.exec('begin exclusive');
    const { code, errors } = await runToItsEnd({ PORT: '0', DATABASE_URL: `file:${path}` });
    other.exec('rollback');
    other.close();
    expect(errors).toBe(`the database file:${path} cannot be used: database is locked\n`);
    expect(code).toBe(1);
  }));

test('a server that asks for another token, and one that is not there, are refused at the start, by their names', () =>
  inFolder(async (folder) => {
    const server = await HranaServer.start(join(folder, 'x.db'));
    server.next(
      'before',
      { status: 401, type: 'application/json', body: '{"error":"Unauthorized"}' },
      'other',
    );
    const start = () =>
      runToItsEnd({ PORT: '0', DATABASE_URL: server.url, DATABASE_AUTH_TOKEN: 'of-somebody-else' });
    expect(await start()).toEqual({
      code: 1,
      errors: `the database ${server.url} cannot be used: Server returned HTTP status 401\n`,
    });
    await server.close();
    const { code, errors } = await start();
    expect(errors).toStartWith(`the database ${server.url} cannot be used: ECONNREFUSED`);
    expect(code).toBe(1);
  }));
