import { expect, test } from 'bun:test';
import { AdmissionRate } from '../../src/queue/admission-rate.ts';

test('it counts the last sixty seconds, the present one among them', () => {
  const rate = new AdmissionRate();
  rate.note(5, 1_000_000_500);
  rate.note(2, 1_000_001_000);
  expect(rate.lastMinute(1_000_001_000)).toBe(7);
  expect(rate.lastMinute(1_000_059_999)).toBe(7);
  expect(rate.lastMinute(1_000_060_000)).toBe(2);
  expect(rate.lastMinute(1_000_060_999)).toBe(2);
  expect(rate.lastMinute(1_000_061_000)).toBe(0);
});

test('after a long silence it begins anew, and goes round as often as it must', () => {
  const rate = new AdmissionRate();
  for (let second = 0; second < 500; second++) rate.note(second, second * 1000);
  expect(rate.lastMinute(499_999)).toBe((440 + 499) * 30);
  expect(rate.lastMinute(10_000_000)).toBe(0);
  rate.note(3, 10_000_000);
  expect(rate.lastMinute(10_000_000)).toBe(3);
});
