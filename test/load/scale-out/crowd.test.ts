import { expect, test } from 'bun:test';
import type { Policy } from '../../../src/coordinator/policy.ts';
import { type OnSale, type Sale, sell } from './crowd.ts';

const POLICY: Policy = {
  waitingMs: 600_000,
  activeMs: 600_000,
  holdMs: 300_000,
  admitIntervalMs: 1_000,
  admitBatch: 1,
  activeMax: 10,
  seatsPerReservationMax: 10,
  retentionMs: 30 * 24 * 3600 * 1000,
  rechargeMax: 10_000_000,
};
const HALL: OnSale = { users: 5, arrivalSeconds: 1, seats: 10, places: 1, policy: POLICY };

test('each buyer asks the accounts three times: to join, to recharge and to pay', () => {
  const sale = sell(HALL);
  expect(sale.paid).toBe(5);
  expect(sum(sale.ofAccounts)).toBe(15);
});

test('no more is held than there are seats, and it is over when they are paid for, however many still wait', () => {
  expect(sell({ ...HALL, users: 500 })).toMatchObject({ held: 5, paid: 5 });
  expect(sell({ ...HALL, users: 500, seats: 11 })).toMatchObject({ held: 5, paid: 5 });
});

test('whoever waits far off asks the object when the place is to be renewed, and copies answer the rest', () => {
  const crowd = { ...HALL, users: 1_000, seats: 200 };
  const seldom = sell(crowd);
  const often = sell({ ...crowd, policy: { ...POLICY, waitingMs: 120_000 } });
  expect(seldom.seconds).toBeGreaterThan(300);
  expect(seldom.fromCopies).toBeGreaterThan(5_000);
  // Some nine hundred wait to the end: each has two more renewals in the time of one of the others.
  const waiting = 900;
  const renewals = (sale: Sale, everySeconds: number) => waiting * Math.floor(sale.seconds / everySeconds);
  const more = sum(often.ofConcert) - sum(seldom.ofConcert);
  expect(more / (renewals(often, 60) - renewals(seldom, 300))).toBeWithin(0.8, 1.2);
});

test('each place of the platform takes a copy of the line once a second', () => {
  const crowd = { ...HALL, users: 1_000, seats: 200 };
  const one = sell(crowd);
  const five = sell({ ...crowd, places: 5 });
  expect((sum(five.ofConcert) - sum(one.ofConcert)) / one.seconds).toBeWithin(3.5, 8.5);
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
