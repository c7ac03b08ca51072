export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle value, and how far the values lay apart. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { median: at((sorted.length - 1) >> 1), min: at(0), max: at(sorted.length - 1) };
}
