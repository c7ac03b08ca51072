import type { Outcome } from './plan.ts';
import { decimals, isSound, noFigure, remark, row, verdict, whole, writeSpread } from './report.ts';
import { spreadOf } from './spread.ts';
import { contendersOf, type Reference, type Sample, type Trial } from './trial.ts';

/** The table of one trial over all rounds, with a verdict on what is required of it. */
export function reportTrial<Contender extends string>(
  trial: Trial<Contender>,
  samples: readonly Sample<Contender>[],
): string {
  const of = (contender: Contender): Outcome[] =>
    samples.filter((s) => s.trial === trial && s.contender === contender).map(({ outcome }) => outcome);
  return [
    `${trial.name}, ${trial.connections} connections`,
    row(['', 'replies/s (min–max)', 'p50 ms', 'p99 ms', 'max ms']),
    ...contendersOf(trial).map((contender) => figure(contender, of(contender))),
    ...trial.references.map((reference) => compare(of(trial.subject), of(reference.contender), reference)),
    '',
  ].join('\n');
}

function figure(contender: string, outcomes: readonly Outcome[]): string {
  if (!outcomes.every(isSound)) return noFigure(contender, outcomes);
  const median = (pick: (outcome: Outcome) => number): string =>
    spreadOf(outcomes.map(pick)).median.toFixed(1);
  return row([
    contender,
    writeSpread(spreadOf(outcomes.map(rateOf)), whole),
    median(({ p50Ms }) => p50Ms),
    median(({ p99Ms }) => p99Ms),
    median(({ maxMs }) => maxMs),
  ]);
}

/** Compares round by round, for the two sides of a round have seen the same machine. */
function compare(
  subject: readonly Outcome[],
  reference: readonly Outcome[],
  { contender, ratioMin, rateEnough = Number.POSITIVE_INFINITY }: Reference<string>,
): string {
  const isComparable = [...subject, ...reference].every(isSound);
  if (!isComparable) return verdict(false, `nothing to compare with the ${contender}`);
  const ratio = spreadOf(subject.map((outcome, round) => rateOf(outcome) / rateOf(reference[round])));
  const claim = `${writeSpread(ratio, decimals(2))} of the ${contender}`;
  if (ratioMin === undefined) return remark(claim);
  if (rateEnough < ratioMin * spreadOf(reference.map(rateOf)).median) {
    const rate = spreadOf(subject.map(rateOf));
    const limit = `${whole(rateEnough)}, which is less than ${ratioMin} of the ${contender}`;
    return verdict(rate.median >= rateEnough, `${writeSpread(rate, whole)} replies/s, required ${limit}`);
  }
  const limit = Number.isFinite(rateEnough) ? `, which is less than ${whole(rateEnough)}/s` : '';
  return verdict(ratio.median >= ratioMin, `${claim}, required ${ratioMin}${limit}`);
}

function rateOf(outcome: Outcome | undefined): number {
  return outcome === undefined ? Number.NaN : outcome.replies / outcome.seconds;
}
