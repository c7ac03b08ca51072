import type { Axis } from './part.ts';

/** At most so many steps, about, from one end of an axis to the other. */
const STEPS = 5;
/** Of an axis that runs over many powers of ten, only these are ticks. */
const FINE_TICKS_MAX = 7;

export interface Scale {
  readonly ticks: readonly number[];
  /** Where on the axis a value stands, from 0 at its start to 1 at its end; NaN when it has no place there. */
  place(value: number): number;
}

/** A scale on which all of the values have a place, except, on a logarithmic one, what is not above zero. */
export function scaleOf({ isLogarithmic = false }: Axis, values: readonly number[]): Scale {
  const finite = values.filter(Number.isFinite);
  return isLogarithmic ? logarithmic(finite.filter((value) => value > 0)) : linear(finite);
}

/** It has the zero on it: a small difference must not look like a large one. */
function linear(values: readonly number[]): Scale {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values) || (low === 0 ? 1 : 0);
  const step = roundUp((high - low) / STEPS);
  const [first, last] = [Math.ceil(low / step), Math.floor(high / step)];
  // Without the last digits of a product such as 3 × 0.1.
  const ticks = range(first, last).map((index) => Number((index * step).toPrecision(12)));
  return { ticks, place: (value) => (value - low) / (high - low) };
}

/** Both of its ends are round. */
function logarithmic(values: readonly number[]): Scale {
  const [least, most] = values.length === 0 ? [1, 10] : [Math.min(...values), Math.max(...values)];
  const powers = range(Math.floor(Math.log10(least)), Math.ceil(Math.log10(most)) + 1);
  const round = powers.flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
  const low = round.findLast((value) => value <= least) ?? least;
  const high = round.find((value) => value >= most && value > low) ?? most;
  const fine = round.filter((value) => value >= low && value <= high);
  const isPower = (value: number): boolean => Number.isInteger(Math.log10(value));
  const place = (value: number): number =>
    value > 0 ? Math.log(value / low) / Math.log(high / low) : Number.NaN;
  return { ticks: fine.length > FINE_TICKS_MAX ? fine.filter(isPower) : fine, place };
}

/** The next of 1, 2, 5, 10, 20, 50 and so on, also below 1. */
function roundUp(value: number): number {
  const power = Math.floor(Math.log10(value));
  const digit = [1, 2, 5].find((candidate) => Number(`${candidate}e${power}`) >= value);
  return digit === undefined ? Number(`1e${power + 1}`) : Number(`${digit}e${power}`);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
