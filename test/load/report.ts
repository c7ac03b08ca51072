import type { Memory } from './memory.ts';
import type { Outcome } from './plan.ts';
import { contendersOf, type Sample } from './round.ts';
import type { Contender, Reference, Trial } from './trials.ts';

const COLUMNS = [26, 28, 10, 10, 10];
const MB = 1024 * 1024;
const RESIDENT_MB_MAX = 200;

/** The table of one trial over all rounds, with a verdict on what is required of it. */
export function reportTrial(trial: Trial, samples: readonly Sample[]): string {
  const of = (contender: Contender): Outcome[] =>
    samples.filter((s) => s.trial === trial && s.contender === contender).map(({ outcome }) => outcome);
  return [
    `${trial.name}, ${trial.connections} connections`,
    row(['', 'replies/s (min–max)', 'p50 ms', 'p99 ms', 'max ms']),
    ...contendersOf(trial).map((contender) => figure(contender, of(contender))),
    ...trial.references.map((reference) => compare(of('seatline'), of(reference.contender), reference)),
    '',
  ].join('\n');
}

export function reportMemory({ startedBytes, workedBytes, outcomes }: Memory): string {
  const started = Math.round(startedBytes / MB);
  const worked = Math.round(workedBytes / MB);
  return [
    'resident memory with the demo data',
    outcomes.every(isSound)
      ? verdict(worked < RESIDENT_MB_MAX, `${worked} MB after some work, required under ${RESIDENT_MB_MAX}`)
      : noFigure('seatline', outcomes),
    `        ${started} MB at the start`,
    '',
  ].join('\n');
}

/** Tells whether every reply was what it should be: a rate with failures in it means nothing. */
export function isSound({ failures }: Outcome): boolean {
  return Object.keys(failures).length === 0;
}

function figure(contender: Contender, outcomes: readonly Outcome[]): string {
  if (!outcomes.every(isSound)) return noFigure(contender, outcomes);
  const rate = spread(outcomes.map(rateOf));
  const median = (pick: (outcome: Outcome) => number): string => spread(outcomes.map(pick)).median.toFixed(1);
  return row([
    contender,
    `${count(rate.median)} (${count(rate.min)}–${count(rate.max)})`,
    median(({ p50Ms }) => p50Ms),
    median(({ p99Ms }) => p99Ms),
    median(({ maxMs }) => maxMs),
  ]);
}

function noFigure(contender: Contender, outcomes: readonly Outcome[]): string {
  const failures = outcomes.filter((outcome) => !isSound(outcome)).map((o) => JSON.stringify(o.failures));
  return `  ${contender}: !!! NO FIGURE !!! requests failed: ${failures.join(', ')}`;
}

/** Compares round by round, for the two sides of a round have seen the same machine. */
function compare(
  subject: readonly Outcome[],
  reference: readonly Outcome[],
  { contender, ratioMin }: Reference,
): string {
  const isComparable = [...subject, ...reference].every(isSound);
  const ratio = spread(subject.map((outcome, round) => rateOf(outcome) / rateOf(reference[round])));
  const claim = isComparable
    ? `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}) of the ${contender}`
    : `nothing to compare with the ${contender}`;
  if (ratioMin === undefined) return `        ${claim}`;
  return verdict(isComparable && ratio.median >= ratioMin, `${claim}, required ${ratioMin}`);
}

function verdict(passes: boolean, claim: string): string {
  return `  ${passes ? 'PASS' : 'MISS'}  ${claim}`;
}

function rateOf(outcome: Outcome | undefined): number {
  return outcome === undefined ? Number.NaN : outcome.replies / outcome.seconds;
}

/** The middle value, and how far the rounds lay apart. */
function spread(values: readonly number[]): { median: number; min: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { median: at((sorted.length - 1) >> 1), min: at(0), max: at(sorted.length - 1) };
}

function row(cells: readonly string[]): string {
  const padded = cells.map((cell, column) => {
    const width = COLUMNS[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  return `  ${padded.join('')}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
