import { expect, test } from 'bun:test';
import { inFolder } from '../support/process.ts';
import {
  checkedOut,
  describeMachine,
  describeRun,
  readResults,
  resultsOf,
  thisMachine,
  writeDriverBusy,
  writeResults,
} from './results.ts';
import { exampleResults } from './results-example.ts';
import { spreadOf } from './spread.ts';

const part = { name: 'growth', title: 'Growth' };

test('a run is read as it was written', () =>
  inFolder(async (folder) => {
    const results = { ...exampleResults, ...(await checkedOut()), machine: thisMachine() };
    await writeResults(`${folder}/bench/results.json`, results);
    expect(await readResults(`${folder}/bench/results.json`)).toEqual(results);
  }));

test('what could not be measured is no number when it is read, as it was none before', () =>
  inFolder(async (folder) => {
    const figures = [{ name: 'reserve', unit: '', spread: spreadOf([]) }];
    const results = { ...exampleResults, parts: [resultsOf(part, { text: '', outcomes: [], figures })] };
    await writeResults(`${folder}/results.json`, results);
    expect(await Bun.file(`${folder}/results.json`).text()).toContain('"median": null');
    expect(await readResults(`${folder}/results.json`)).toEqual(results);
  }));

test('a part is sound when no request of it failed, and tells the most that its driver was busy', () => {
  const sound = { failures: {}, driverBusy: 0.5 };
  const failed = { failures: { 503: 1 }, driverBusy: 0.8 };
  const of = (...outcomes: (typeof sound | typeof failed)[]) => resultsOf(part, { text: '', outcomes });
  expect(of(sound)).toMatchObject({ isSound: true, driverBusy: 0.5, figures: [], plots: [] });
  expect(of(failed, sound)).toMatchObject({ isSound: false, driverBusy: 0.8 });
  expect(of()).toMatchObject({ isSound: true, driverBusy: 0 });
  expect(writeDriverBusy([of(sound), of(failed)])).toBe('80 %');
});

test('the machine and the day of a run are told in a line, with the commit where it is known', () => {
  const { commit: _, ...without } = exampleResults;
  expect(describeMachine(exampleResults.machine)).toBe(
    '2 cores of Example CPU, 8 GB, Linux 6.1 x86_64, Bun 1.4.5',
  );
  expect(describeRun(exampleResults)).toBe('2026-07-01, at commit 0123abc');
  expect(describeRun(without)).toBe('2026-07-01');
});
