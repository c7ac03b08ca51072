import { expect, test } from 'bun:test';
import type { Outcome } from './plan.ts';
import type { Reference, Sample, Trial } from './trial.ts';
import { figuresOfTrial } from './trial-report.ts';

type Contender = 'seatline' | 'bare route';

const outcome: Outcome = {
  replies: 0,
  seconds: 1,
  failures: {},
  p50Ms: 1,
  p99Ms: 2,
  maxMs: 3,
  asked: 0,
  driverBusy: 0.5,
};

/** The figures of a trial whose contenders gave so many replies a second in each round. */
function figures(
  required: Omit<Reference<Contender>, 'contender'>,
  rates: Record<Contender, readonly number[]>,
  failures: Outcome['failures'] = {},
) {
  const trial: Trial<Contender> = {
    name: 'polls',
    connections: 64,
    subject: 'seatline',
    references: [{ contender: 'bare route', ...required }],
    sample: { method: 'GET', path: '/' },
    load: () => ({ kind: 'get', requests: [] }),
  };
  const samplesOf = (contender: Contender): Sample<Contender>[] =>
    rates[contender].map((replies) => ({ trial, contender, outcome: { ...outcome, replies, failures } }));
  return figuresOfTrial(trial, [...samplesOf('seatline'), ...samplesOf('bare route')]);
}

const name = 'polls, 64 connections: seatline';

test('a figure is the ratio of the two sides of each round', () => {
  const rates = { seatline: [50, 160, 90], 'bare route': [100, 200, 100] };
  const spread = { median: 0.8, min: 0.5, max: 0.9 };
  expect(figures({ ratioMin: 0.75 }, rates)).toEqual([
    { name: `${name} ÷ bare route`, spread, unit: '', atLeast: 0.75 },
  ]);
  expect(figures({}, rates)).toEqual([{ name: `${name} ÷ bare route`, spread, unit: '' }]);
});

test('it is the rate where that is enough, which a share of a slower reference is not', () => {
  const rates = { seatline: [60], 'bare route': [100] };
  const rate = { name, spread: { median: 60, min: 60, max: 60 }, unit: 'replies/s', atLeast: 49 };
  expect(figures({ ratioMin: 0.5, rateEnough: 49 }, rates)).toEqual([rate]);
  expect(figures({ ratioMin: 0.5, rateEnough: 50 }, rates)).toMatchObject([{ unit: '', atLeast: 0.5 }]);
});

test('there is no figure of requests that failed, and so it is a miss', () => {
  const [figure] = figures({ ratioMin: 0.5 }, { seatline: [60], 'bare route': [100] }, { 503: 1 });
  expect(figure?.spread.median).toBeNaN();
});
