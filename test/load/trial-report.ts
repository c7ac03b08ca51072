import type { Figure } from './part.ts';
import type { Outcome } from './plan.ts';
import { rateOf, ratioOf } from './rates.ts';
import { decimals, isSound, noFigure, remark, row, verdict, whole, writeSpread } from './report.ts';
import { spreadOf } from './spread.ts';
import { contendersOf, type Reference, type Sample, type Trial } from './trial.ts';

/** The table of one trial over all rounds, with a verdict on what is required of it. */
export function reportTrial<Contender extends string>(
  trial: Trial<Contender>,
  samples: readonly Sample<Contender>[],
): string {
  const of = (contender: Contender): Outcome[] => outcomesOf(trial, contender, samples);
  return [
    `${trial.name}, ${trial.connections} connections`,
    row(['', 'replies/s (min–max)', 'p50 ms', 'p99 ms', 'max ms']),
    ...contendersOf(trial).map((contender) => figure(contender, of(contender))),
    ...trial.references.map((reference) => compare(of(trial.subject), of(reference.contender), reference)),
    '',
  ].join('\n');
}

/** The rate of a trial beside each of its references, over all rounds. It has no median when a request failed. */
export function figuresOfTrial<Contender extends string>(
  trial: Trial<Contender>,
  samples: readonly Sample<Contender>[],
): Figure[] {
  const subject = outcomesOf(trial, trial.subject, samples);
  const name = `${trial.name}, ${trial.connections} connections: ${trial.subject}`;
  return trial.references.map((reference): Figure => {
    const beside = outcomesOf(trial, reference.contender, samples);
    const isComparable = [...subject, ...beside].every(isSound);
    const { contender, ratioMin, rateEnough } = reference;
    if (isComparable && rateEnough !== undefined && isEnough(reference, beside)) {
      return { name, spread: spreadOf(subject.map(rateOf)), unit: 'replies/s', atLeast: rateEnough };
    }
    const ratio = { name: `${name} ÷ ${contender}`, spread: ratioOf(subject, beside), unit: '' };
    return ratioMin === undefined ? ratio : { ...ratio, atLeast: ratioMin };
  });
}

function outcomesOf<Contender extends string>(
  trial: Trial<Contender>,
  contender: Contender,
  samples: readonly Sample<Contender>[],
): Outcome[] {
  return samples.filter((s) => s.trial === trial && s.contender === contender).map(({ outcome }) => outcome);
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

function compare(
  subject: readonly Outcome[],
  reference: readonly Outcome[],
  required: Reference<string>,
): string {
  const { contender, ratioMin, rateEnough = Number.POSITIVE_INFINITY } = required;
  const isComparable = [...subject, ...reference].every(isSound);
  if (!isComparable) return verdict(false, `nothing to compare with the ${contender}`);
  const ratio = ratioOf(subject, reference);
  const claim = `${writeSpread(ratio, decimals(2))} of the ${contender}`;
  if (ratioMin === undefined) return remark(claim);
  if (isEnough(required, reference)) {
    const rate = spreadOf(subject.map(rateOf));
    const limit = `${whole(rateEnough)}, which is less than ${ratioMin} of the ${contender}`;
    return verdict(rate.median >= rateEnough, `${writeSpread(rate, whole)} replies/s, required ${limit}`);
  }
  const limit = Number.isFinite(rateEnough) ? `, which is less than ${whole(rateEnough)}/s` : '';
  return verdict(ratio.median >= ratioMin, `${claim}, required ${ratioMin}${limit}`);
}

/** Whether the reference is so fast that less than its share is enough. */
function isEnough({ ratioMin = 0, rateEnough }: Reference<string>, reference: readonly Outcome[]): boolean {
  return rateEnough !== undefined && rateEnough < ratioMin * spreadOf(reference.map(rateOf)).median;
}
