import { expect, test } from 'bun:test';
import { scaleOf } from './scale.ts';

const level = { label: 'requests/s' };
const powers = { label: 'users', isLogarithmic: true };

test('a linear axis begins at zero, ends at the largest value, and has round ticks between', () => {
  const { ticks, place } = scaleOf(level, [950, 1_180]);
  expect(ticks).toEqual([0, 500, 1_000]);
  expect([0, 590, 1_180].map(place)).toEqual([0, 0.5, 1]);
});

test('ticks below one have no digits that come of counting in binary', () => {
  expect(scaleOf(level, [0.35]).ticks).toEqual([0, 0.1, 0.2, 0.3]);
  expect(scaleOf(level, [0.005]).ticks).toEqual([0, 0.001, 0.002, 0.003, 0.004, 0.005]);
});

test('an axis goes below zero only for values that do', () => {
  const { ticks, place } = scaleOf(level, [-4, 6]);
  expect(ticks).toEqual([-4, -2, 0, 2, 4, 6]);
  expect(place(0)).toBe(0.4);
  expect(scaleOf(level, [-5]).ticks).toEqual([-5, -4, -3, -2, -1, 0]);
});

test('a logarithmic axis has a tick at each power of ten when there are many, at 1, 2 and 5 when there are few', () => {
  expect(scaleOf(powers, [1_000, 1_000_000]).ticks).toEqual([1_000, 10_000, 100_000, 1_000_000]);
  expect(scaleOf(powers, [64, 1_024]).ticks).toEqual([50, 100, 200, 500, 1_000, 2_000]);
  expect(scaleOf(powers, [0.02, 0.3]).ticks).toEqual([0.02, 0.05, 0.1, 0.2, 0.5]);
});

test('on a logarithmic axis each power of ten is as far from the next', () => {
  const { place } = scaleOf(powers, [1, 10, 100]);
  expect(place(1)).toBe(0);
  expect(place(10)).toBeCloseTo(0.5, 12);
  expect(place(100)).toBe(1);
});

test('what is not above zero has no place on a logarithmic axis, and what is no number on none', () => {
  const { ticks, place } = scaleOf(powers, [0, -3, Number.NaN, 10, 20]);
  expect(ticks).toEqual([10, 20]);
  expect([place(0), place(-3), place(Number.NaN)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  expect(scaleOf(level, [Number.NaN, Number.POSITIVE_INFINITY, 2]).place(2)).toBe(1);
});

test('an axis of one value, of zeros or of nothing still goes from somewhere to somewhere', () => {
  expect(scaleOf(powers, [1_000]).ticks).toEqual([1_000, 2_000]);
  expect(scaleOf(powers, []).ticks).toEqual([1, 2, 5, 10]);
  for (const values of [[], [0, 0]]) expect(scaleOf(level, values).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
});
