import { expect, test } from 'bun:test';
import { Lapses } from '../../src/queue/lapses.ts';

/** What is due at `now`, in the order of the slots. */
const due = (lapses: Lapses, now: number): number[] => {
  const slots: number[] = [];
  lapses.takeDue(now, (slot) => slots.push(slot));
  return slots.sort((a, b) => a - b);
};

test('a slot is due at its millisecond, not one before, and once', () => {
  const lapses = new Lapses(8);
  lapses.add(0, 1_000);
  lapses.add(1, 1_000);
  lapses.add(2, 1_001);
  expect(lapses.next).toBe(1_000);
  expect(due(lapses, 999)).toEqual([]);
  expect(due(lapses, 1_000)).toEqual([0, 1]);
  expect(due(lapses, 1_000)).toEqual([]);
  expect(lapses.next).toBe(1_001);
  expect(due(lapses, 5_000)).toEqual([2]);
  expect(lapses.next).toBe(Number.POSITIVE_INFINITY);
});

test('a slot that is visited can be added again for later', () => {
  const lapses = new Lapses(8);
  lapses.add(3, 10);
  lapses.takeDue(10, (slot) => lapses.add(slot, 20));
  expect(due(lapses, 19)).toEqual([]);
  expect(due(lapses, 20)).toEqual([3]);
});

test('when the slots move, those that are not live any more are forgotten', () => {
  const lapses = new Lapses(8);
  for (const slot of [2, 4, 5, 7]) lapses.add(slot, 10);
  lapses.add(3, 20);
  lapses.add(6, 20);
  lapses.move(4, 16, (slot) => slot === 4 || slot === 6 || slot === 7);
  lapses.add(12, 10);
  expect(due(lapses, 10)).toEqual([0, 3, 12]);
  expect(due(lapses, 20)).toEqual([2]);
});
