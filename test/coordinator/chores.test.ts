import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import type { Command, ReplyTo } from '../../src/coordinator/commands.ts';
import { granted, type Result } from '../../src/refusal.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { VirtualClock } from '../simulation/host.ts';
import { kindOf, Process } from '../simulation/process.ts';
import { fill } from '../support/fixture.ts';
import { concert, POLICY, reservation, reserveCommand, schedule, user } from '../support/rules.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const START = Date.parse('2026-07-04T01:00:00Z');
const BUYERS = 5;
/** Five reservations take three commits, as do twelve seats. */
const PART_LIMITS = { refundsMax: 2, seatsMax: 5 };
const REST_MS = 1_000;
const DRAIN_MS_MAX = 2_000;

const CANCEL = { kind: 'cancel-concert', concertId: concert(1) } as const;
const CANCELLED = granted({
  concertId: concert(1),
  releasedHolds: 0,
  refundedReservations: BUYERS,
  refundedAmount: 15_000,
});
const LAY_OUT = {
  kind: 'create-schedule',
  concertId: concert(1),
  concertAt: START + 86_400_000,
  reservationAt: START,
  priceBands: [{ from: 1, to: 12, price: 500 }],
  idempotencyKey: 'a-schedule',
} as const;
const LAID_OUT = { ok: true, value: { scheduleId: 2, seatCount: 12, firstSeatId: 21, lastSeatId: 32 } };

/** What was asked, and the answer once it has come. */
interface Question<C extends Command> {
  answer: Result<ReplyTo<C>> | null;
}

let folder: string;
let clock: VirtualClock;
let process: Process;
/** What has happened, in its order. */
let log: string[];
/** Called when a part is on the disk and in memory, with how many there have been. */
let afterPart: (parts: number) => void;

async function start(): Promise<void> {
  const random = new SeededRandom();
  process = await Process.start({
    path: join(folder, 'test.db'),
    clock,
    random,
    policy: POLICY,
    limits: { mailboxMax: 100, commandMsMax: 60_000 },
    partLimits: PART_LIMITS,
    witness: {
      decided: () => {},
      applied: (_, work) => {
        if (kindOf(work) !== 'part') return;
        log.push('part');
        afterPart(log.filter((line) => line === 'part').length);
      },
      swept: () => {},
      complained: (_, message) => log.push(message),
    },
  });
}

/** Asks, and notes in the log when the answer comes. */
function ask<C extends Command>(command: C): Question<C> {
  const question: Question<C> = { answer: null };
  void Promise.resolve(process.coordinator.submit(command)).then((answer) => {
    question.answer = answer;
    log.push(`${command.kind} is answered`);
  });
  return question;
}

async function done<C extends Command>(command: C): Promise<ReplyTo<C>> {
  const question = ask(command);
  await process.host.turn();
  if (!question.answer?.ok) throw new Error(`${command.kind} is answered ${JSON.stringify(question.answer)}`);
  return question.answer.value;
}

/** Lets time pass, and rings what is due. */
async function pass(ms: number): Promise<void> {
  clock.move(ms);
  process.host.ring();
  await process.host.turn();
}

async function violations(): Promise<unknown[]> {
  return (await process.database.audit()).filter((check) => check.violations > 0);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seatline-chores-'));
  clock = new VirtualClock(START);
  log = [];
  afterPart = () => {};
  const database = await openLibsql(`file:${join(folder, 'test.db')}`, undefined);
  await fill(database, START, { users: 10, concerts: [{ name: 'A', schedules: [{ seats: 20 }] }] });
  database.close();
  await start();
  // Seats 1 to 5 are sold, each to another user.
  for (let id = 1; id <= BUYERS; id++) {
    const { tokenId } = await done({ kind: 'issue-token', userId: user(id) });
    await done({ kind: 'recharge', userId: user(id), amount: 10_000 });
    const { reservationId } = await done(reserveCommand(id, tokenId, [id]));
    await done({ kind: 'pay', userId: user(id), tokenId, reservationId });
  }
  log = [];
});

afterEach(async () => {
  expect(await violations()).toEqual([]);
  process.database.close();
  rmSync(folder, { recursive: true });
});

describe('what takes several commits', () => {
  test('is answered after the last of them', async () => {
    const cancel = ask(CANCEL);
    await process.host.turn();
    expect(log).toEqual(['part', 'part', 'part', 'cancel-concert is answered']);
    expect(cancel.answer).toEqual(CANCELLED);
    for (let id = 1; id <= BUYERS; id++) {
      expect((await done({ kind: 'find-balance', userId: user(id) })).currentAmount).toBe(10_000);
    }
  });

  test('lets commands in between its parts', async () => {
    afterPart = (parts) => {
      if (parts === 1) ask({ kind: 'recharge', userId: user(9), amount: 7 });
    };
    ask(CANCEL);
    await process.host.turn();
    expect(log).toEqual(['part', 'recharge is answered', 'part', 'part', 'cancel-concert is answered']);
  });

  test('leaves out what an operator has refunded between its parts', async () => {
    afterPart = (parts) => {
      if (parts === 1) ask({ kind: 'refund', reservationId: reservation(BUYERS) });
    };
    const cancel = ask(CANCEL);
    await process.host.turn();
    expect(log).toEqual(['part', 'refund is answered', 'part', 'cancel-concert is answered']);
    expect(cancel.answer).toMatchObject({
      ok: true,
      value: { refundedReservations: 4, refundedAmount: 10_000 },
    });
    expect((await done({ kind: 'find-balance', userId: user(BUYERS) })).currentAmount).toBe(10_000);
  });

  test('goes on after a part that failed, when it has rested, and is answered in the end', async () => {
    process.database.faults.push(null, null, 'fails');
    const cancel = ask(CANCEL);
    await process.host.turn();
    expect(log).toEqual(['part', 'a part of what was begun failed']);
    await pass(REST_MS - 1);
    // A command wakes the coordinator, and is not kept waiting; the part still rests.
    await done({ kind: 'recharge', userId: user(9), amount: 7 });
    expect(log.slice(2)).toEqual(['recharge is answered']);
    expect(cancel.answer).toBeNull();
    await pass(1);
    expect(log.slice(3)).toEqual(['part', 'part', 'cancel-concert is answered']);
    expect(cancel.answer).toEqual(CANCELLED);
  });

  test('complains, and rests, where the tables say something else than memory', async () => {
    const other = createClient({ url: `file:${join(folder, 'test.db')}` });
    await other.execute("update reservations set status = 'EXPIRED' where reservation_id = 4");
    const cancel = ask(CANCEL);
    await process.host.turn();
    expect(log).toEqual(['part', 'a part of what was begun failed']);
    await other.execute("update reservations set status = 'PAID' where reservation_id = 4");
    other.close();
    await pass(REST_MS);
    expect(cancel.answer).toEqual(CANCELLED);
  });

  test('goes on after a part whose outcome was unknown, and does nothing twice', async () => {
    process.database.faults.push(null, 'answer lost', 'request lost');
    const cancel = ask(CANCEL);
    await process.host.turn();
    await pass(REST_MS);
    await pass(REST_MS);
    expect(cancel.answer).toEqual(CANCELLED);
  });

  test('is answered to everyone who asked, before or in the middle of it', async () => {
    const later: Question<typeof CANCEL>[] = [];
    afterPart = (parts) => {
      if (parts === 1) later.push(ask(CANCEL));
    };
    const cancels = [ask(CANCEL), ask(CANCEL)];
    await process.host.turn();
    expect(log.slice(0, 3)).toEqual(['part', 'part', 'part']);
    expect([...cancels, ...later].map(({ answer }) => answer)).toEqual([CANCELLED, CANCELLED, CANCELLED]);
  });
});

describe('a stop', () => {
  test.each([
    ['for as long as it may take, is waited for by it', DRAIN_MS_MAX, 3],
    ['for longer, is left to the next start', DRAIN_MS_MAX + 1, 1],
  ])('that finds something half done, %s', async (_, ms, parts) => {
    let isDrained = false;
    afterPart = (count) => {
      if (count > 1) return;
      void process.coordinator.drain().then(() => {
        isDrained = true;
      });
      clock.move(ms);
    };
    const cancel = ask(CANCEL);
    await process.host.turn();
    expect(isDrained).toBe(true);
    expect(log.filter((line) => line === 'part')).toHaveLength(parts);
    expect(cancel.answer).toEqual(parts === 3 ? CANCELLED : null);

    process.database.close();
    await start();
    await pass(0);
    expect(log.filter((line) => line === 'part')).toHaveLength(3);
    expect(await done(CANCEL)).toEqual(CANCELLED.value);
  });
});

describe('a schedule that is being laid out', () => {
  test('is seen when it has all its seats, and not before', async () => {
    const { tokenId } = await done({ kind: 'issue-token', userId: user(9) });
    const seen: unknown[] = [];
    afterPart = () => {
      for (const kind of ['view-sales', 'view-seats'] as const) {
        seen.push(process.coordinator.submit({ kind, tokenId, scheduleId: schedule(2) }));
      }
    };
    ask(LAY_OUT);
    await process.host.turn();
    const unseen = { ok: false, reason: 'schedule not found' };
    // After each part but the last.
    expect(await Promise.all(seen.slice(0, 4))).toEqual([unseen, unseen, unseen, unseen]);
    expect(await done({ kind: 'view-sales', scheduleId: schedule(2) })).toMatchObject({
      seats: 12,
      available: 12,
    });
    const seats = await done({ kind: 'view-seats', tokenId, scheduleId: schedule(2) });
    expect(JSON.parse(seats)).toHaveLength(12);
  });

  test('is waited for by whoever asks for it again under the same key', async () => {
    process.database.faults.push(null, null, 'fails');
    const first = ask(LAY_OUT);
    await process.host.turn();
    const again = ask(LAY_OUT);
    await process.host.turn();
    expect([first.answer, again.answer]).toEqual([null, null]);
    await pass(REST_MS);
    expect(first.answer).toMatchObject(LAID_OUT);
    expect(again.answer).toMatchObject({ ...LAID_OUT, isReplay: true });
  });

  test('is finished by the next start when the process was killed', async () => {
    process.database.faults.push(null, 'killed after');
    const first = ask(LAY_OUT);
    await process.host.turn();
    expect(first.answer).toBeNull();
    process.database.close();
    await start();
    await pass(0);
    expect(await done(LAY_OUT)).toMatchObject(LAID_OUT.value);
    expect(await done({ kind: 'view-sales', scheduleId: schedule(2) })).toMatchObject({ seats: 12 });
  });
});
