import { describe, expect, test } from 'bun:test';
import { SeatMap } from '../../src/concerts/seat-map.ts';
import { decide } from '../../src/coordinator/decide.ts';
import { sweep } from '../../src/coordinator/sweep.ts';
import type { QueueId } from '../../src/ids.ts';
import { admitWaiting } from '../../src/queue/admit.ts';
import { Rules, reservation, reserveCommand, schedule, seat, user } from '../support/rules.ts';

describe('within one batch', () => {
  test('a later command sees what an earlier one decided', () => {
    const rules = new Rules();
    const [first, second] = [rules.join(1, 0), rules.join(2, 0)];
    const work = rules.begin(1);
    expect(decide(rules.world, work, reserveCommand(1, first, [1, 2]), 1)).toMatchObject({ ok: true });
    expect(decide(rules.world, work, reserveCommand(2, second, [2, 3]), 1)).toEqual({
      ok: false,
      reason: 'reservation failed',
    });
    expect(decide(rules.world, work, reserveCommand(2, second, [3]), 1)).toMatchObject({ ok: true });
  });

  test('hold, pay and pay again: one payment, and the seat is sold', () => {
    const rules = new Rules();
    const tokenId = rules.join(1, 0);
    const work = rules.begin(1);
    decide(rules.world, work, reserveCommand(1, tokenId, [1]), 1);
    const pay = { kind: 'pay', userId: user(1), tokenId, reservationId: reservation(1) } as const;
    const paid = decide(rules.world, work, pay, 1);
    expect(decide(rules.world, work, pay, 1)).toEqual(paid);
    expect([...work.payments.values()]).toHaveLength(1);
    expect(work.entries.map(({ amount }) => amount)).toEqual([-1000]);
    expect([...work.seats.values()].map(({ status }) => status)).toEqual(['SOLD']);
    expect(work.token(user(1))).toBeUndefined();
  });

  test('a place that comes free is given on before the next command is decided', () => {
    const rules = new Rules({ activeMax: 1 });
    const [first, second] = [rules.join(1, 0), rules.join(2, 0)];
    const work = rules.begin(1);
    expect(work.activeToken(user(2), second)).toBeUndefined();
    decide(rules.world, work, { kind: 'leave', userId: user(1), tokenId: first }, 1);
    expect(decide(rules.world, work, reserveCommand(2, second, [1]), 1)).toMatchObject({ ok: true });
    expect(work.activeCount).toBe(1);
  });

  test('who joins, leaves and joins again has one live token, at the end', () => {
    const rules = new Rules({ activeMax: 1 });
    rules.join(1, 0);
    const work = rules.begin(1);
    const join = (id: number) => decide(rules.world, work, { kind: 'issue-token', userId: user(id) }, 1);
    join(2);
    join(3);
    const old = work.token(user(2));
    if (old === undefined) throw new Error('user 2 has no token');
    decide(rules.world, work, { kind: 'leave', userId: user(2), tokenId: old.tokenId }, 1);
    join(2);
    rules.world.apply(work);
    expect(rules.world.line.get(user(2))?.queueId).toBe(4 as QueueId);
    expect(rules.world.line.ahead(4 as QueueId)).toBe(1);
    expect(rules.world.line.waitingCount).toBe(2);
  });

  test('a batch that is thrown away leaves no trace', () => {
    const rules = new Rules();
    const tokenId = rules.join(1, 0);
    const work = rules.begin(1);
    decide(rules.world, work, reserveCommand(1, tokenId, [1]), 1);
    decide(rules.world, work, { kind: 'recharge', userId: user(1), amount: 5 }, 1);
    decide(rules.world, work, { kind: 'issue-token', userId: user(2) }, 1);
    expect(rules.world.seatMaps.get(schedule(1))?.get(seat(1))?.status).toBe('AVAILABLE');
    expect(rules.world.accounts.get(user(1))?.balance).toBe(100_000);
    expect(rules.world.line.get(user(2))).toBeUndefined();
    expect(rules.reserve(1, tokenId, [1], 2)).toMatchObject({ ok: true, value: { reservationId: 1 } });
  });

  test('a refusal changes nothing', () => {
    const rules = new Rules();
    const tokenId = rules.join(1, 0);
    rules.reserve(1, tokenId, [1], 0);
    const work = rules.begin(1);
    const refusals = [
      reserveCommand(1, tokenId, [1, 2]),
      reserveCommand(1, tokenId, [99]),
      { kind: 'pay', userId: user(1), tokenId, reservationId: reservation(9) },
      { kind: 'recharge', userId: user(1), amount: 10_000_001 },
      { kind: 'cancel', userId: user(2), reservationId: reservation(1) },
      { kind: 'issue-token', userId: user(99) },
    ] as const;
    for (const command of refusals) expect(decide(rules.world, work, command, 1).ok).toBe(false);
    expect(work.isEmpty).toBe(true);
  });
});

describe('time', () => {
  test('a stale hold is written down as expired by whoever takes its seat', () => {
    const rules = new Rules();
    const [first, second] = [rules.join(1, 0), rules.join(2, 0)];
    rules.reserve(1, first, [1, 2], 0);
    const work = rules.begin(300_000);
    expect(decide(rules.world, work, reserveCommand(2, second, [2]), 300_000)).toMatchObject({ ok: true });
    expect(work.hold(reservation(1))?.status).toBe('EXPIRED');
    expect(work.seat(schedule(1), seat(1))?.status).toBe('AVAILABLE');
    expect(work.seat(schedule(1), seat(2))).toMatchObject({ status: 'HELD', reservationId: 2 });
  });

  test('a token that lapsed and was not swept is written down by its user who joins again', () => {
    const rules = new Rules({ activeMax: 1, waitingMs: 1_000 });
    rules.join(1, 0);
    const old = rules.join(2, 0);
    const work = rules.begin(1_000);
    decide(rules.world, work, { kind: 'issue-token', userId: user(2) }, 1_000);
    expect(work.tokens.get(old)?.after).toMatchObject({ status: 'EXPIRED', endedAt: 1_000 });
    expect([...work.tokens.keys()][0]).toBe(old);
  });

  test('a sweep takes a bounded part, and the rest is over all the same', () => {
    const rules = new Rules({ activeMax: 1, waitingMs: 1_000 });
    for (let id = 21; id <= 1_500; id++) rules.world.accounts.apply({ userId: user(id), balance: 0 });
    for (let id = 21; id <= 1_300; id++) rules.join(id, 0);
    const work = rules.begin(1_000);
    sweep(rules.world, work, 1_000);
    expect(work.tokens.size).toBe(500);
    expect(rules.world.line.waitingCount).toBe(0);
    rules.world.apply(work);
    expect(rules.world.line.lapsedCount).toBe(779);
  });

  test('intervals keep their beat, however late someone looks', () => {
    const rules = new Rules({ admitBatch: 1, activeMax: 20 });
    for (let id = 1; id <= 6; id++) rules.join(id, 0);
    const activeAt = (now: number) => {
      const work = rules.begin(now);
      admitWaiting(work, now);
      rules.world.apply(work);
      return rules.world.line.activeCount;
    };
    expect([activeAt(1_900), activeAt(1_999), activeAt(2_000)]).toEqual([2, 2, 3]);
  });

  test('one batch admits a bounded part, and the rest of the interval follows in the next', () => {
    const rules = new Rules({ admitBatch: 1_250, activeMax: 1_500 });
    for (let id = 21; id <= 4_000; id++) rules.world.accounts.apply({ userId: user(id), balance: 0 });
    const joining = rules.begin(0);
    for (let id = 1; id <= 4_000; id++) {
      decide(rules.world, joining, { kind: 'issue-token', userId: user(id) }, 0);
    }
    rules.world.apply(joining);
    const activeAt = (now: number) => {
      const work = rules.begin(now);
      admitWaiting(work, now);
      rules.world.apply(work);
      return rules.world.line.activeCount;
    };
    expect(rules.world.line.activeCount).toBe(500);
    expect([activeAt(0), activeAt(0), activeAt(0), activeAt(999)]).toEqual([1_000, 1_250, 1_250, 1_250]);
    expect([activeAt(1_000), activeAt(1_000)]).toEqual([1_500, 1_500]);
  });

  test('seats that are read after their hold ended are free, though the table has not heard of it', () => {
    const rules = new Rules();
    rules.reserve(1, rules.join(1, 0), [1], 0);
    rules.world.pass(300_000);
    const held = { seatId: seat(1), seatNumber: 1, price: 1_000, reservationId: reservation(1) };
    rules.world.addSeatMap(new SeatMap(schedule(1), [{ ...held, status: 'HELD' }]));
    expect(rules.world.seatMaps.get(schedule(1))?.hasAvailable).toBe(true);
  });

  test('an interval admits its batch, the next one another, and never above the limit', () => {
    const rules = new Rules({ admitBatch: 3, activeMax: 5 });
    for (let id = 1; id <= 12; id++) rules.join(id, 0);
    const activeAt = (now: number) => {
      const work = rules.begin(now);
      admitWaiting(work, now);
      rules.world.apply(work);
      return rules.world.line.activeCount;
    };
    expect([activeAt(0), activeAt(999), activeAt(1_000), activeAt(5_000)]).toEqual([3, 3, 5, 5]);
    expect(rules.world.line.get(user(5))?.status).toBe('ACTIVE');
    expect(rules.world.line.get(user(6))?.status).toBe('WAITING');
  });
});
