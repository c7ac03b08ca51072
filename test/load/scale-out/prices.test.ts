import { expect, test } from 'bun:test';
import { billOf, totalOf } from './prices.ts';

const MILLION = 1_000_000;

test('a bill is what the pages of prices say for a million of each', () => {
  const bill = billOf({
    workerRequests: MILLION,
    objectRequests: MILLION,
    objectSeconds: MILLION / 0.128,
    rowsRead: 0,
    rowsWritten: MILLION,
    kvReads: MILLION,
  });
  expect(bill.workers).toBeCloseTo(0.3);
  expect(bill.requests).toBeCloseTo(0.15);
  expect(bill.duration).toBeCloseTo(12.5);
  expect(bill.rows).toBeCloseTo(1);
  expect(bill.kv).toBeCloseTo(0.5);
  expect(totalOf(bill)).toBeCloseTo(14.45);
});

test('the first example of the page of Durable Objects comes out as it says there, but for what is included', () => {
  const { requests, duration } = billOf({
    workerRequests: 0,
    objectRequests: 1.5 * MILLION,
    objectSeconds: MILLION,
    rowsRead: 0,
    rowsWritten: 0,
    kvReads: 0,
  });
  expect(requests - 0.15).toBeCloseTo(0.075);
  expect(duration).toBeCloseTo((128_000 * 12.5) / MILLION);
});
