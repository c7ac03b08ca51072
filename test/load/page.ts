import { FIGURE_HEADINGS, figureRow, tally } from './figures.ts';
import type { Plot } from './part.ts';
import { describePlot, drawPlot, PLOT_STYLE } from './plot-svg.ts';
import { describeMachine, describeRun, type PartResults, type Results, writeDriverBusy } from './results.ts';

const STYLE = `:root { color-scheme: light dark; --line: #d1d9e0; --paper: #f6f8fa; --ink: #1f2328; --miss: #b3261e; }
@media screen and (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --paper: #0d1117; --ink: #e6edf3; --miss: #ff9a90; }
}
body { max-width: 70rem; margin: 0 auto; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; background: var(--paper); color: var(--ink); }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
.miss { color: var(--miss); font-weight: 700; }
.wide { overflow-x: auto; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; min-width: 0; }
figcaption, details { margin-top: 0.5rem; }
.plot { display: block; width: 100%; max-width: 42rem; height: auto; }
@media (max-width: 30rem) { .plot { font-size: 15px; } }
pre { overflow-x: auto; font-size: 0.8rem; }
summary { cursor: pointer; }
`;

export const FAILED = 'Requests failed: what was measured means nothing.';

/** One page that needs nothing from anywhere. Its policy keeps it so. */
export function writePage(results: Results): string {
  const { machine, seconds, parts } = results;
  const figures = parts.flatMap((part) => part.figures);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>seatline: how fast</title>
<style>
${PLOT_STYLE}
${STYLE}
</style>
</head>
<body>
<h1>How fast seatline is</h1>
<p>${escaped(describeRun(results))}, on ${escaped(describeMachine(machine))}. The run took ${Math.round(seconds)} seconds.
The load came from the same machine; its process used up to ${writeDriverBusy(parts)} of a core.</p>
<p>${figures.length === 0 ? '' : tally(figures)}</p>
${parts.map(section).join('\n')}
</body>
</html>
`;
}

function section({ name, title, text, isSound, figures, plots }: PartResults): string {
  const elements = [
    `<section id="${escaped(name)}">`,
    `<h2>${escaped(title)}</h2>`,
    isSound ? '' : `<p class="miss">${FAILED}</p>`,
    figures.length === 0 ? '' : table(FIGURE_HEADINGS, figures.map(figureRow)),
    plots.length === 0 ? '' : `<div class="plots">\n${plots.map(figureOf).join('\n')}\n</div>`,
    `<details><summary>What was measured, in full</summary>\n<pre>${escaped(text)}</pre>\n</details>`,
    '</section>',
  ];
  return elements.filter((element) => element !== '').join('\n');
}

function figureOf(plot: Plot): string {
  return `<figure>
${drawPlot(plot)}
<figcaption>${escaped(describePlot(plot))}
<details><summary>The points</summary>
${table([plot.x.label, ...plot.lines.map(({ name }) => name)], pointRows(plot))}
</details>
</figcaption>
</figure>`;
}

/** A row for each x, with the y that each line has there, if it has one. */
function pointRows({ lines }: Plot): string[][] {
  const all = lines.flatMap(({ points }) => points.map(([x]) => x));
  const maps = lines.map(({ points }) => new Map(points));
  return [...new Set(all)]
    .toSorted((a, b) => a - b)
    .map((x) =>
      [x, ...maps.map((map) => map.get(x))].map((value) => (value === undefined ? '' : exact(value))),
    );
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]): string =>
    row
      .map((cell) => (cell === 'MISS' ? '<td class="miss">MISS</td>' : `<td>${escaped(cell)}</td>`))
      .join('');
  return `<div class="wide"><table>
<thead><tr>${headings.map((heading) => `<th scope="col">${escaped(heading)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}
</tbody>
</table></div>`;
}

function exact(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 6 });
}

function escaped(text: string): string {
  return Bun.escapeHTML(text);
}
