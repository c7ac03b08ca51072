import { expect, test } from 'bun:test';
import { Latencies } from './latencies.ts';

test('quantiles are told within 5 %, also of what takes no time at all', () => {
  const latencies = new Latencies();
  for (let ms = 0; ms < 100; ms++) latencies.add(ms);
  expect(latencies.quantile(0.5) / 49).toBeWithin(1, 1.05);
  expect(latencies.quantile(0.99) / 98).toBeWithin(1, 1.05);
  expect(latencies.quantile(0.005)).toBeLessThan(0.011);
  expect(latencies.maxMs).toBe(99);
});

test('what ends before it begins is no duration', () => {
  expect(() => new Latencies().add(-0.1)).toThrow('nothing takes -0.1 ms');
});
