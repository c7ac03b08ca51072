import { expect, test } from 'bun:test';
import { Timeline } from '../../src/coordinator/timeline.ts';

test('time goes on at the rate of the clock, and never back when the clock is set back', () => {
  let clock = 1_000;
  const timeline = new Timeline({ now: () => clock });
  clock = 1_500;
  expect(timeline.now()).toBe(1_500);
  clock = 400;
  expect(timeline.now()).toBe(1_500);
  clock = 450;
  expect(timeline.now()).toBe(1_550);
  expect(timeline.clockTime(1_600)).toBe(500);
});
