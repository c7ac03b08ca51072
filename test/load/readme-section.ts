import { alignColumns, FIGURE_HEADINGS, figureRow, tally } from './figures.ts';
import type { Plot } from './part.ts';
import { describeMachine, describeRun, type Results } from './results.ts';

const BEGIN = '<!-- bench -->';
const END = '<!-- /bench -->';

/** A plot that the README shows, and where, from the README's own folder. */
export interface Picture {
  readonly file: string;
  readonly plot: Plot;
}

/** The first plot of each part, which is the one that shows most. */
export function picturesOf({ parts }: Results): Picture[] {
  return parts.flatMap(({ name, plots }) =>
    plots.slice(0, 1).map((plot) => ({ file: `docs/plots/${name}.svg`, plot })),
  );
}

/** The README with the run between its two marks. Throws when they are not there. */
export function showIn(readme: string, results: Results): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the README has no ${BEGIN} before a ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${write(results)}\n\n${readme.slice(end)}`;
}

function write(results: Results): string {
  const figures = results.parts.flatMap((part) => part.figures);
  const pictures = picturesOf(results).map(({ file, plot }) => `![${escaped(plot.title)}](${file})`);
  return [
    `${escaped(describeRun(results))}, on ${escaped(describeMachine(results.machine))}. ${tally(figures)}`,
    table([FIGURE_HEADINGS, ...figures.map(figureRow)]),
    ...pictures,
  ].join('\n\n');
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = '', ...body] = alignColumns(
    rows.map((row) => row.map(escaped)),
    ' | ',
  ).map((line) => `| ${line} |`);
  return [head, head.replaceAll(/[^|]/g, '-').replaceAll(/-(?=\|)|(?<=\|)-/g, ' '), ...body].join('\n');
}

/** Without what Markdown would take for something else than text. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*[\]<>|]/g, String.raw`\$&`);
}
