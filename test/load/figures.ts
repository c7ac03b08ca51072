import type { Figure } from './part.ts';
import { percent, writeSpread } from './report.ts';

/** A figure in words: its name, what was measured, what is asked, and the verdict. */
export type FigureRow = readonly [name: string, measured: string, asked: string, verdict: Verdict];

/** Empty where nothing is asked. */
export type Verdict = 'PASS' | 'MISS' | '';

/** From here on, what was measured may be how much the load can ask for. */
const BUSY = 0.95;

export const FIGURE_HEADINGS = ['figure', 'median (min–max)', 'asked', 'verdict'] as const;

export function figureRow(figure: Figure): FigureRow {
  const { name, spread, unit, atLeast, atMost, driverBusy = 0 } = figure;
  const measured = spread.min < spread.max ? writeSpread(spread, writeNumber) : writeNumber(spread.median);
  const asked = [
    ...(atLeast === undefined ? [] : [`≥ ${writeLimit(atLeast)}`]),
    ...(atMost === undefined ? [] : [`≤ ${writeLimit(atMost)}`]),
  ];
  const caveat = driverBusy < BUSY ? '' : `, the load at ${percent(driverBusy)} of its core`;
  return [name, `${measured} ${unit}`.trim() + caveat, asked.join(', '), judge(figure)];
}

/** The median counts. What could not be measured has missed what is asked of it. */
export function judge({ spread: { median }, atLeast, atMost }: Figure): Verdict {
  if (atLeast === undefined && atMost === undefined) return '';
  const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;
  return median >= (atLeast ?? NEGATIVE_INFINITY) && median <= (atMost ?? POSITIVE_INFINITY)
    ? 'PASS'
    : 'MISS';
}

/** How many figures are what is asked of them, in a sentence. */
export function tally(figures: readonly Figure[]): string {
  const verdicts = figures.map(judge).filter((verdict) => verdict !== '');
  const passed = verdicts.filter((verdict) => verdict === 'PASS').length;
  return `${passed} of ${verdicts.length} figures are what is asked of them.`;
}

/** All rows with each column as wide as its widest cell, and a separator between the columns. */
export function alignColumns(rows: readonly (readonly string[])[], separator: string): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(separator));
}

/** With three digits that count, or all of a larger number. */
function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

function writeLimit(value: number): string {
  return value.toLocaleString('en-US');
}
