import { expect, test } from 'bun:test';
import { alignColumns, figureRow, judge, tally } from './figures.ts';
import type { Figure } from './part.ts';
import { spreadOf } from './spread.ts';

const ratio: Figure = {
  name: 'reserve ÷ bare route',
  spread: spreadOf([0.7, 0.8, 0.749]),
  unit: '',
  atLeast: 0.75,
};
const latency: Figure = { name: 'p99 of reserve', spread: spreadOf([9, 10, 11.04]), unit: 'ms', atMost: 10 };
const rate: Figure = { name: 'reserve', spread: spreadOf([12_345.6]), unit: 'replies/s' };

test('a row has the median with its spread, what is asked, and the verdict', () => {
  expect(figureRow(ratio)).toEqual(['reserve ÷ bare route', '0.749 (0.700–0.800)', '≥ 0.75', 'MISS']);
  expect(figureRow(latency)).toEqual(['p99 of reserve', '10 (9–11.0) ms', '≤ 10', 'PASS']);
});

test('what was measured once has no spread, and where nothing is asked there is no verdict', () => {
  expect(figureRow(rate)).toEqual(['reserve', '12,346 replies/s', '', '']);
});

test("a figure that may be the load's own says so", () => {
  expect(figureRow({ ...ratio, driverBusy: 0.949 })[1]).toBe('0.749 (0.700–0.800)');
  expect(figureRow({ ...ratio, driverBusy: 0.95 })[1]).toBe(
    '0.749 (0.700–0.800), the load at 95 % of its core',
  );
});

test('the limit itself is enough, on either side', () => {
  const at = (median: number): Figure => ({ ...rate, spread: spreadOf([median]), atLeast: 2, atMost: 3 });
  expect([1.999, 2, 3, 3.001].map((median) => judge(at(median)))).toEqual(['MISS', 'PASS', 'PASS', 'MISS']);
  expect(figureRow(at(2))[2]).toBe('≥ 2, ≤ 3');
});

test('what could not be measured is a miss, if something is asked of it', () => {
  const spread = spreadOf([]);
  expect(figureRow({ ...ratio, spread }).slice(1)).toEqual(['–', '≥ 0.75', 'MISS']);
  expect(judge({ ...latency, spread })).toBe('MISS');
  expect(judge({ ...rate, spread })).toBe('');
});

test('only figures of which something is asked are counted', () => {
  expect(tally([ratio, latency, rate])).toBe('1 of 2 figures are what is asked of them.');
});

test('columns are as wide as their widest cell', () => {
  expect(
    alignColumns(
      [
        ['a', 'bbb', 'c'],
        ['aaa', 'b', 'c'],
      ],
      ' | ',
    ),
  ).toEqual(['a   | bbb | c', 'aaa | b   | c']);
});
