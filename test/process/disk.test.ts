import { expect, setDefaultTimeout, test } from 'bun:test';
import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Caller, type Reply } from '../support/caller.ts';
import { canLift, canMount, canSabotage, limited, type SmallDisk, sabotage, tmpfs } from '../support/disk.ts';
import { inFolder, ServiceProcess } from '../support/process.ts';

// Each test starts several processes.
setDefaultTimeout(30_000);

const NOT_READY: Reply = { status: 503, body: { code: 503, message: 'not ready' }, retryAfter: '1' };
const fault = (message: string): Reply => ({ status: 500, body: { code: 500, message }, retryAfter: null });

const disks: [what: string, make: (folder: string) => SmallDisk, isPossible: boolean][] = [
  ['the disk is full', tmpfs, canMount],
  ['its files may not grow', limited, true],
];

for (const [what, make, isPossible] of disks) {
  test.skipIf(!isPossible)(
    `when ${what}, every change fails, nothing changes, and nothing that was acknowledged is lost`,
    () =>
      inFolder(async (outer) => {
        const disk = make(outer);
        try {
          await fillAndFree(disk);
        } finally {
          disk.remove();
        }
      }),
  );
}

async function fillAndFree(disk: SmallDisk): Promise<void> {
  const environment = { PORT: '0', DATABASE_URL: `file:${disk.folder}/x.db` };
  // The tables and the demo data are there, and take no room in the log.
  await (await ServiceProcess.start(environment)).end('SIGTERM');
  const service = await ServiceProcess.start(environment, disk.within);
  const caller = new Caller(service.url);
  const token = await caller.join(1);
  await caller.recharge(1, 20_000);
  const { reservationId } = (await caller.reserve(1, token, [1]))?.body ?? {};

  disk.fill();
  while ((await caller.ready())?.status === 200);
  const lookAround = async () => [
    await caller.ready(),
    await caller.recharge(1, 1),
    await caller.pay(1, token, reservationId),
    await caller.reserve(1, token, [2]),
    await caller.call('POST', '/v1/queue-tokens/users/2'),
    await caller.balance(1),
    await takenSeats(caller, token),
    (await caller.call('GET', '/v1/queue-tokens/users/2'))?.body,
  ];
  const full = [
    NOT_READY,
    fault('recharge failed'),
    fault('payment failed'),
    fault('internal error'),
    fault('internal error'),
    20_000,
    [1],
    { code: 404, message: 'token not found' },
  ];
  expect(await lookAround()).toEqual(full);
  expect(await lookAround()).toEqual(full);

  const canHeal = disk.within.length === 0 || canLift;
  if (canHeal) {
    disk.free(service);
    expect((await caller.ready())?.status).toBe(200);
    expect((await caller.pay(1, token, reservationId))?.body.amount).toBe(15_000);
  }
  await service.end('SIGKILL');
  const again = await ServiceProcess.start(environment);
  const toAgain = new Caller(again.url);
  expect(await toAgain.balance(1)).toBe(canHeal ? 5_000 : 20_000);
  const { reservations } = (await toAgain.call('GET', '/v1/reservations/users/1'))?.body ?? {};
  expect(reservations).toMatchObject([
    { reservationId, reservationStatus: canHeal ? 'PAID' : 'PAYMENT_PENDING' },
  ]);
  expect((await toAgain.call('GET', '/v1/queue-tokens/users/2'))?.status).toBe(404);
  expect(await takenSeats(toAgain, await toAgain.join(3))).toEqual([1]);
  expect(await again.end('SIGTERM')).toMatchObject({ code: 0, errors: '' });
}

async function takenSeats(caller: Caller, token: number): Promise<number[]> {
  const reply = await caller.call('GET', '/v1/concerts/1/schedules/1/seats', token);
  const seats: { seatNumber: number; seatStatus: string }[] = reply?.body.seats;
  return seats.filter(({ seatStatus }) => seatStatus === 'UNAVAILABLE').map(({ seatNumber }) => seatNumber);
}

test.skipIf(!(await canSabotage()))(
  'when the disk fails to sync a commit, it is looked up what has become of it before anything is answered',
  () =>
    inFolder(async (folder) => {
      const environment = { PORT: '0', DATABASE_URL: `file:${folder}/x.db` };
      const service = await ServiceProcess.start(environment);
      const caller = new Caller(service.url);
      await caller.recharge(1, 1);
      const sabotaged = await sabotage(service.pid, 'fsync,fdatasync:error=EIO:when=1');
      expect(await caller.recharge(1, 10)).toEqual(fault('recharge failed'));
      expect((await caller.recharge(1, 100))?.body.currentAmount).toBe(101);
      await sabotaged?.stop();
      expect((await service.end('SIGKILL')).errors).toContain(
        'the outcome of a commit is unknown, and is looked up',
      );
      const again = await ServiceProcess.start(environment);
      expect(await new Caller(again.url).balance(1)).toBe(101);
      await again.end('SIGTERM');
    }),
);

/** Each leaves the database, if anywhere, in the file that it returns. */
const losses: [what: string, befall: (path: string) => string | null][] = [
  [
    'is deleted',
    (path) => {
      rmSync(path);
      return null;
    },
  ],
  [
    'is moved',
    (path) => {
      renameSync(path, `${path}.moved`);
      return `${path}.moved`;
    },
  ],
  [
    'is replaced by a copy of it',
    (path) => {
      copyFileSync(path, `${path}.copy`);
      renameSync(path, `${path}.moved`);
      renameSync(`${path}.copy`, path);
      return `${path}.moved`;
    },
  ],
  [
    'loses its log',
    (path) => {
      rmSync(`${path}-wal`);
      return path;
    },
  ],
];

for (const [what, befall] of losses) {
  test(`when the file of the database ${what}, nothing more succeeds, and the process ends by itself`, () =>
    inFolder(async (folder) => {
      const path = join(folder, 'x.db');
      const environment = { PORT: '0', DATABASE_URL: `file:${path}` };
      const service = await ServiceProcess.start(environment);
      const caller = new Caller(service.url);
      const token = await caller.join(1);
      await caller.recharge(1, 7);
      const left = befall(path);
      for (const reply of await caller.everything(1, token)) {
        if (reply !== null) expect(reply).toEqual(NOT_READY);
      }
      const { code, errors } = await service.ended;
      expect(code).toBe(1);
      expect(errors).toEndWith(
        `${path} was deleted, moved or replaced while the service ran; nothing has been committed since, and the service ends\n`,
      );
      if (left === null) return;
      const again = await ServiceProcess.start({ PORT: '0', DATABASE_URL: `file:${left}` });
      expect(await new Caller(again.url).balance(1)).toBe(7);
      await again.end('SIGTERM');
    }));
}

test('a process that nobody asks for anything ends as well when its file is deleted', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'x.db');
    const service = await ServiceProcess.start({ PORT: '0', DATABASE_URL: `file:${path}` });
    rmSync(path);
    expect((await service.ended).code).toBe(1);
  }));
