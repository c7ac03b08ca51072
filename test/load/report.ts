import type { Outcome } from './plan.ts';
import type { Sample } from './round.ts';
import type { Contender, Trial } from './trials.ts';

const WIDTHS = [26, 28, 10, 10, 10];

/** A middle value and how far the rounds lay apart. */
interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The table of one trial over all rounds, with a verdict on what is required of it. */
export function reportTrial(trial: Trial, samples: readonly Sample[]): string {
  const of = (contender: Contender): Outcome[] =>
    samples.filter((s) => s.trial === trial && s.contender === contender).map(({ outcome }) => outcome);
  const references = trial.contenders.filter((contender) => contender !== 'seatline');
  return [
    `${trial.name}, ${trial.connections} connections`,
    row(['', 'replies/s (min–max)', 'p50 ms', 'p99 ms', 'max ms']),
    ...trial.contenders.map((contender) => figure(contender, of(contender))),
    ...references.map((reference) => {
      const required = trial.required.find((r) => r.reference === reference)?.ratio;
      return compare(of('seatline'), of(reference), reference, required);
    }),
    '',
  ].join('\n');
}

/** One measured value against its limit. */
export function verdict(passes: boolean, claim: string): string {
  return `  ${passes ? 'PASS' : 'MISS'}  ${claim}`;
}

/** Tells whether every reply was what it should be: a rate with failures in it means nothing. */
export function isSound({ failures }: Outcome): boolean {
  return Object.keys(failures).length === 0;
}

function figure(contender: Contender, outcomes: readonly Outcome[]): string {
  const unsound = outcomes.filter((outcome) => !isSound(outcome));
  if (unsound.length > 0) {
    const failures = unsound.map((outcome) => JSON.stringify(outcome.failures)).join(', ');
    return `  ${contender}  !!! NO FIGURE: requests failed: ${failures}`;
  }
  const rate = spread(outcomes.map(rateOf));
  const median = (pick: (outcome: Outcome) => number): string => spread(outcomes.map(pick)).median.toFixed(1);
  return row([
    contender,
    `${count(rate.median)} (${count(rate.min)}–${count(rate.max)})`,
    median((outcome) => outcome.p50Ms),
    median((outcome) => outcome.p99Ms),
    median((outcome) => outcome.maxMs),
  ]);
}

/** Compares round by round, for the two sides of a round have seen the same machine. */
function compare(
  subject: readonly Outcome[],
  reference: readonly Outcome[],
  name: Contender,
  required: number | undefined,
): string {
  const sound = [...subject, ...reference].every(isSound);
  const { median, min, max } = spread(
    subject.map((outcome, round) => rateOf(outcome) / rateOf(reference[round])),
  );
  const ratio = `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)}) of the ${name}`;
  if (required === undefined) return `        ${sound ? ratio : `no ratio to the ${name}`}`;
  return verdict(sound && median >= required, `${sound ? ratio : 'no ratio'}, required ${required}`);
}

function rateOf(outcome: Outcome | undefined): number {
  return outcome === undefined ? Number.NaN : outcome.replies / outcome.seconds;
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { median: at(Math.floor((sorted.length - 1) / 2)), min: at(0), max: at(sorted.length - 1) };
}

function row(cells: readonly string[]): string {
  const padded = cells.map((cell, index) => {
    const width = WIDTHS[index] ?? 0;
    return index === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  return `  ${padded.join('')}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
