import type { Seen } from './plan.ts';
import type { Spread } from './spread.ts';

const COLUMNS = [26, 28, 10, 10, 10, 10];

/** A claim that something is required of. */
export function verdict(passes: boolean, claim: string): string {
  return `  ${passes ? 'PASS' : 'MISS'}  ${claim}`;
}

/** A claim that nothing is required of. */
export function remark(claim: string): string {
  return `        ${claim}`;
}

/** What stands in the place of a figure when requests failed. */
export function noFigure(name: string, outcomes: readonly Seen[]): string {
  const failures = outcomes.filter((outcome) => !isSound(outcome)).map((o) => JSON.stringify(o.failures));
  return `  ${name}: !!! NO FIGURE !!! requests failed: ${failures.join(', ')}`;
}

/** Tells whether every reply was what it should be: a rate with failures in it means nothing. */
export function isSound({ failures }: Seen): boolean {
  return Object.keys(failures).length === 0;
}

export function row(cells: readonly string[]): string {
  const padded = cells.map((cell, column) => {
    const width = COLUMNS[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  return `  ${padded.join('')}`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** As `2.00 (1.00–3.00)`. */
export function writeSpread({ median, min, max }: Spread, write: (value: number) => string): string {
  return `${write(median)} (${write(min)}–${write(max)})`;
}

/** As `85 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function decimals(digits: number): (value: number) => string {
  return (value) => value.toFixed(digits);
}
