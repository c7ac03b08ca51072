import { expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { openLibsql } from '../../src/store/libsql.ts';
import { Caller } from '../support/caller.ts';
import { canMount, tmpfs } from '../support/disk.ts';
import { fill } from '../support/fixture.ts';
import { inFolder, ServiceProcess } from '../support/process.ts';

// Each test starts several processes, some of which go last.
setDefaultTimeout(120_000);

const BACKUP = fileURLToPath(new URL('../../src/backup.ts', import.meta.url));
const ADMIN_TOKEN = 'for-the-operator';
const CLIENTS = 8;
const SEATS = 40_000;
const SEAT_PRICE = 1_000;
/** How many are sold before the backup begins, and after it has ended. */
const SOLD_AROUND = 100;

interface Backup {
  readonly code: number;
  readonly output: string;
  readonly complaint: string;
}

function backUp(databaseUrl: string, ...files: string[]) {
  const child = Bun.spawn([process.execPath, BACKUP, ...files], {
    env: { DATABASE_URL: databaseUrl, PATH: process.env.PATH ?? '' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const ended = async (): Promise<Backup> => {
    const [output, complaint] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { code: await child.exited, output, complaint: complaint.trim() };
  };
  return { child, ended: ended() };
}

async function makeDatabase(url: string): Promise<void> {
  const database = await openLibsql(url);
  const schedules = [{ seats: SEATS, price: SEAT_PRICE }];
  await fill(database, Date.now(), { users: CLIENTS, concerts: [{ name: 'A', schedules }] });
  database.close();
}

/** A seat that a client has paid for, and when it asked for that and heard of it. */
interface Sale {
  readonly userId: number;
  readonly seatId: number;
  readonly reservationId: number;
  readonly askedAt: number;
  readonly heardAt: number;
}

/** Clients that buy one seat after the other, and write down what they were told. */
class Buyers {
  readonly sold: Sale[] = [];
  private readonly clients: Promise<void>[];
  private lastSeat = 0;
  private isOver = false;
  private awaited = { count: Number.POSITIVE_INFINITY, resolve: () => {} };

  constructor(private readonly caller: Caller) {
    this.clients = Array.from({ length: CLIENTS }, (_, index) => this.buyOn(index + 1));
  }

  /** Resolves when so many more are sold. */
  more(count: number): Promise<unknown> {
    const sold = new Promise<void>((resolve) => {
      this.awaited = { count: this.sold.length + count, resolve };
    });
    return Promise.race([sold, ...this.clients]);
  }

  /** Throws when one of them was answered anything but what it asked for. */
  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.clients);
  }

  private async buyOn(userId: number): Promise<void> {
    while (!this.isOver) await this.buy(userId, ++this.lastSeat);
  }

  private async buy(userId: number, seatId: number): Promise<void> {
    const { caller } = this;
    const token = await caller.join(userId);
    const recharged = await caller.recharge(userId, SEAT_PRICE);
    const held = await caller.reserve(userId, token, [seatId]);
    const reservationId = held?.body.reservationId;
    const askedAt = performance.now();
    const paid = await caller.pay(userId, token, reservationId);
    const heardAt = performance.now();
    const answers = [recharged, held, paid];
    if (answers.some((answer) => answer?.status !== 200)) throw new Error(JSON.stringify(answers));
    this.sold.push({ userId, seatId, reservationId, askedAt, heardAt });
    if (this.sold.length >= this.awaited.count) this.awaited.resolve();
  }
}

/** What in a database was paid for, each as `saleText` writes it. */
async function paidIn(caller: Caller): Promise<Set<string>> {
  const paid = new Set<string>();
  for (let userId = 1; userId <= CLIENTS; userId++) {
    let before = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const reply = await caller.call('GET', `/v1/reservations/users/${userId}?limit=100&before=${before}`);
      const page = reply?.body.reservations ?? [];
      for (const { reservationId, reservationStatus, seats } of page) {
        before = reservationId;
        const [{ seatNumber: seatId }] = seats;
        if (reservationStatus === 'PAID') paid.add(saleText({ reservationId, userId, seatId }));
      }
      if (page.length === 0) break;
    }
  }
  return paid;
}

function saleText({
  reservationId,
  userId,
  seatId,
}: Pick<Sale, 'reservationId' | 'userId' | 'seatId'>): string {
  return `reservation ${reservationId} of user ${userId} of seat ${seatId}`;
}

test('a copy that is made while clients buy is one state of the database, which a service can start on', () =>
  inFolder(async (folder) => {
    const url = `file:${folder}/x.db`;
    const copy = join(folder, 'copy.db');
    await makeDatabase(url);
    const settings = { PORT: '0', ADMIN_TOKEN, QUEUE_ADMIT_BATCH: '1000000' };
    const service = await ServiceProcess.start({ ...settings, DATABASE_URL: url });
    const buyers = new Buyers(new Caller(service.url));
    await buyers.more(SOLD_AROUND);

    const begunAt = performance.now();
    const { code, output, complaint } = await backUp(url, copy).ended;
    const endedAt = performance.now();
    expect({ code, output, complaint }).toEqual({
      code: 0,
      output: `${copy}: ${statSync(copy).size} bytes\n`,
      complaint: '',
    });
    await buyers.more(SOLD_AROUND);

    const another = await ServiceProcess.start({ ...settings, DATABASE_URL: `file:${copy}` });
    const caller = new Caller(another.url);
    const audit = await fetch(`${another.url}/v1/admin/audit`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(await audit.json()).toMatchObject({ clean: true });
    const paid = await paidIn(caller);
    // The clients have been buying from the first service all along.
    await buyers.stop();
    const { sold } = buyers;
    const inCopy = sold.filter((sale) => paid.has(saleText(sale)));
    const notInCopy = sold.filter((sale) => !paid.has(saleText(sale)));
    // Nothing else is in it: nobody has bought from the second one.
    expect(paid.size).toBe(inCopy.length);
    expect(notInCopy.filter(({ heardAt }) => heardAt < begunAt)).toEqual([]);
    expect(inCopy.filter(({ askedAt }) => askedAt > endedAt)).toEqual([]);
    // Of two, of which one was over before the other began, the earlier one is in it if the later one is.
    const lastAsked = Math.max(...inCopy.map(({ askedAt }) => askedAt));
    expect(notInCopy.filter(({ heardAt }) => heardAt < lastAsked)).toEqual([]);
    // It has kept nobody from buying.
    expect(
      sold.filter(({ askedAt, heardAt }) => begunAt < askedAt && heardAt < endedAt).length,
    ).toBeGreaterThan(CLIENTS);

    const token = await caller.join(1);
    const seatId = SEATS;
    expect((await caller.reserve(1, token, [seatId]))?.status).toBe(200);
    await another.end('SIGTERM');
    expect(await service.end('SIGTERM')).toMatchObject({ code: 0, errors: '' });
  }));

test('nobody else can read a copy, and nothing that is there is written over', () =>
  inFolder(async (folder) => {
    const url = `file:${folder}/x.db`;
    const copy = join(folder, 'copy.db');
    await makeDatabase(url);
    const first = await backUp(url, copy).ended;
    expect(first).toEqual({ code: 0, output: `${copy}: ${statSync(copy).size} bytes\n`, complaint: '' });
    expect((statSync(copy).mode & 0o777).toString(8)).toBe('600');
    writeFileSync(copy, 'something of mine');
    const second = await backUp(url, copy).ended;
    expect(second).toEqual({ code: 1, output: '', complaint: `${copy} is there already` });
    expect(readFileSync(copy, 'utf8')).toBe('something of mine');
    expect(readdirSync(folder).filter((name) => name.includes('copy'))).toEqual(['copy.db']);
  }));

const refused: [what: string, url: (folder: string) => string, files: string[], complaint: string][] = [
  ['no database', (folder) => `file:${folder}/y.db`, ['copy.db'], 'there is no database '],
  ['a server', () => 'libsql://localhost:1', ['copy.db'], 'DATABASE_URL names a server'],
  ['no name for the copy', (folder) => `file:${folder}/x.db`, [], 'name one file: '],
  ['two names', (folder) => `file:${folder}/x.db`, ['copy.db', 'copy2.db'], 'name one file: '],
  [
    'no folder for it',
    (folder) => `file:${folder}/x.db`,
    ['none/copy.db'],
    'ENOENT: no such file or directory',
  ],
  ['a wrong setting', () => 'postgres://x', ['copy.db'], 'DATABASE_URL is not allowed: '],
];

for (const [what, url, files, complaint] of refused) {
  test(`a backup of which there is ${what} is refused, and leaves nothing behind`, () =>
    inFolder(async (folder) => {
      await makeDatabase(`file:${folder}/x.db`);
      const paths = files.map((file) => join(folder, file));
      const backup = await backUp(url(folder), ...paths).ended;
      expect(backup).toMatchObject({ code: 1, output: '' });
      expect(backup.complaint).toStartWith(complaint);
      expect(readdirSync(folder).filter((name) => !/^x\.db(-wal|-shm)?$/.test(name))).toEqual([]);
    }));
}

test('a backup that is stopped leaves nothing behind', () =>
  inFolder(async (folder) => {
    const url = `file:${folder}/x.db`;
    const copies = join(folder, 'copies');
    await makeDatabase(url);
    await Bun.write(join(copies, 'before'), '');
    const watcher = watch(copies);
    const begun = new Promise<void>((resolve) => watcher.on('change', () => resolve()));
    const { child, ended } = backUp(url, join(copies, 'copy.db'));
    await begun;
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 1, output: '', complaint: 'it was stopped' });
    watcher.close();
    expect(readdirSync(copies)).toEqual(['before']);
  }));

test('one that was killed leaves a file of another name, which stands in the way and is told of', () =>
  inFolder(async (folder) => {
    const url = `file:${folder}/x.db`;
    const copy = join(folder, 'copy.db');
    await makeDatabase(url);
    writeFileSync(`${copy}.partial`, 'half a copy');
    const backup = await backUp(url, copy).ended;
    expect(backup).toMatchObject({
      code: 1,
      complaint: expect.stringContaining(`${copy}.partial is there: `),
    });
    expect(existsSync(copy)).toBe(false);
    expect(readFileSync(`${copy}.partial`, 'utf8')).toBe('half a copy');
  }));

test('a damaged database is not copied', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'x.db');
    await makeDatabase(`file:${path}`);
    const bytes = readFileSync(path);
    bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 4096);
    writeFileSync(path, bytes);
    const backup = await backUp(`file:${path}`, join(folder, 'copy.db')).ended;
    expect(backup).toMatchObject({ code: 1, output: '' });
    expect(backup.complaint).toContain('malformed');
    expect(readdirSync(folder).filter((name) => name.includes('copy'))).toEqual([]);
  }));

test('a copy of books that are not right is kept, and it is said', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'x.db');
    const copy = join(folder, 'copy.db');
    await makeDatabase(`file:${path}`);
    const connection = new Libsql(path);
    connection.exec('update users set balance = 1 where user_id = 1');
    connection.close();
    const backup = await backUp(`file:${path}`, copy).ended;
    expect(backup).toMatchObject({ code: 1, output: `${copy}: ${statSync(copy).size} bytes\n` });
    expect(backup.complaint).toContain('the audit counts 1 times: a-balance-is-the-sum-of-its-entries');
  }));

test.skipIf(!canMount)('a disk that is too small for the copy keeps nothing of it', () =>
  inFolder(async (folder) => {
    const url = `file:${folder}/x.db`;
    await makeDatabase(url);
    const disk = tmpfs(folder);
    try {
      disk.fill();
      const backup = await backUp(url, join(disk.folder, 'copy.db')).ended;
      expect(backup).toMatchObject({ code: 1, output: '' });
      expect(backup.complaint).toContain('full');
      expect(readdirSync(disk.folder)).toEqual(['filler']);
    } finally {
      disk.remove();
    }
  }),
);
