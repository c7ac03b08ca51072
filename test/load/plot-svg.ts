import type { Plot } from './part.ts';
import { type Scale, scaleOf } from './scale.ts';

const WIDTH = 520;
const LEFT = 56;
const RIGHT = WIDTH - 20;
const HEIGHT = 220;
/** From one line of text to the next. */
const ROW = 20;
const TITLE_LENGTH = 58;
/** More marks than that on a line would hide it. */
const MARKS_MAX = 12;

/** Lines differ in colour, and where there is none in dashes and marks. */
const DASHES = ['none', '7 4', '2 3', '10 3 2 3'];
const MARKS = [
  'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  'M-3.5-3.5h7v7h-7z',
  'M0-5.5L5.5 0 0 5.5-5.5 0z',
  'M0-5L5 4H-5z',
];
const LIGHT = {
  paper: '#ffffff',
  ink: '#1f2328',
  grid: '#d1d9e0',
  lines: ['#0060a8', '#c04a00', '#007a53', '#8a3f97', '#6b5d00'],
};
const DARK = {
  paper: '#151b23',
  ink: '#e6edf3',
  grid: '#3d444d',
  lines: ['#6cb6ff', '#ff9e57', '#4fd1a1', '#dda0e8', '#d9c75f'],
};

/** How plots look: stands once in a page. They are dark where that is preferred, and never on paper. */
export const PLOT_STYLE = `.plot { font: 13px system-ui, sans-serif; }
.plot .title { font-size: 15px; font-weight: 600; }
.plot .grid, .plot .axis, .plot .line { fill: none; }
.plot .line { stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
.plot .mark { fill: currentColor; }
${colours(LIGHT)}
@media screen and (prefers-color-scheme: dark) {
${colours(DARK)}
}`;

/** The plot for a page that has the style. */
export function drawPlot(plot: Plot): string {
  return draw(plot, '');
}

/** The plot as a picture of its own, that needs nothing else. */
export function drawPicture(plot: Plot): string {
  return `${draw(plot, `<style>\n${PLOT_STYLE}\n</style>`)}\n`;
}

/** A sentence on what there is to see. */
export function describePlot({ shows, x, y, lines }: Plot): string {
  return shows ?? `${y.label}, by ${x.label}: ${lines.map(({ name }) => name).join(', ') || 'nothing'}.`;
}

/** As `0.05`, `500`, `2.5K` or `1M`. */
export function writeTick(value: number): string {
  return value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 4 });
}

/** Where things stand on the paper. */
interface Frame {
  readonly top: number;
  readonly bottom: number;
  readonly x: Scale;
  readonly y: Scale;
  across(x: number): number;
  up(y: number): number;
}

type Place = readonly [left: number, top: number];

function draw(plot: Plot, style: string): string {
  const title = wrap(plot.title);
  const frame = frameOf(plot, ROW * (title.length + 2.2));
  const height = frame.bottom + ROW * (plot.lines.length + 2.6);
  const label = Bun.escapeHTML(`${plot.title}. ${describePlot(plot)}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${label}">`,
    style,
    '<rect class="paper" width="100%" height="100%" rx="6"/>',
    ...title.map((line, index) => text([12, ROW * (index + 1.3)], line, 'class="title"')),
    ...drawUpright(frame, plot.y.label),
    ...drawLevel(frame, plot.x.label),
    ...plot.lines.flatMap(({ name, points }, index) => [
      ...drawLine(placesOf(points, frame), index),
      ...drawLegend(name, index, frame.bottom + ROW * (index + 3)),
    ]),
    '</svg>',
  ]
    .filter((element) => element !== '')
    .join('\n');
}

function frameOf(plot: Plot, top: number): Frame {
  const points = plot.lines.flatMap((line) => line.points);
  const of = (index: 0 | 1): number[] => points.map((point) => point[index]);
  const x = scaleOf(plot.x, of(0));
  const y = scaleOf(plot.y, of(1));
  const bottom = top + HEIGHT;
  return {
    top,
    bottom,
    x,
    y,
    across: (value) => LEFT + x.place(value) * (RIGHT - LEFT),
    up: (value) => bottom - y.place(value) * HEIGHT,
  };
}

/** The axis of y, with a line through the whole plot at each tick. */
function drawUpright({ top, y, up }: Frame, label: string): string[] {
  return [
    text([12, top - 0.9 * ROW], label),
    ...y.ticks.flatMap((tick) => [
      `<path class="grid" d="M${LEFT} ${short(up(tick))}H${RIGHT}"/>`,
      text([LEFT - 8, up(tick) + 4], writeTick(tick), 'text-anchor="end"'),
    ]),
  ];
}

function drawLevel({ bottom, x, across }: Frame, label: string): string[] {
  const marks = x.ticks.map((tick) => `M${short(across(tick))} ${bottom}v5`);
  const middle = 'text-anchor="middle"';
  return [
    `<path class="axis" d="M${LEFT} ${bottom}H${RIGHT}${marks.join('')}"/>`,
    ...x.ticks.map((tick) => text([across(tick), bottom + ROW], writeTick(tick), middle)),
    text([(LEFT + RIGHT) / 2, bottom + 2 * ROW], label, middle),
  ];
}

/** Through all of the places; marks stand at each of them, or at some when there are many. */
function drawLine(places: readonly Place[], index: number): string[] {
  if (places.length === 0) return [];
  const every = Math.ceil(places.length / MARKS_MAX);
  const d = places.map((place, at) => `${at === 0 ? 'M' : 'L'}${place.map(short).join(' ')}`).join('');
  return [
    `<g class="line-${index % LIGHT.lines.length}">`,
    `<path class="line" stroke-dasharray="${DASHES[index % DASHES.length]}" d="${d}"/>`,
    ...places.filter((_, at) => at % every === 0).map((place) => drawMark(place, index)),
    '</g>',
  ];
}

function drawMark(place: Place, index: number): string {
  const at = place.map(short).join(' ');
  return `<path class="mark" transform="translate(${at})" d="${MARKS[index % MARKS.length]}"/>`;
}

/** A piece of the line, and its name. */
function drawLegend(name: string, index: number, level: number): string[] {
  const piece = [0, 20, 40].map((along): Place => [LEFT + along, level - 4]);
  return [...drawLine(piece, index), text([LEFT + 50, level], name)];
}

/** A point that has no place on an axis is left out. */
function placesOf(points: readonly Place[], { across, up }: Frame): Place[] {
  return points.map(([x, y]): Place => [across(x), up(y)]).filter((place) => place.every(Number.isFinite));
}

function text(place: Place, content: string, attributes = ''): string {
  const [x, y] = place.map(short);
  return `<text x="${x}" y="${y}" ${attributes}>${Bun.escapeHTML(content)}</text>`;
}

function wrap(title: string): string[] {
  const rows: string[] = [];
  for (const word of title.split(' ')) {
    const longer = `${rows.at(-1) ?? ''} ${word}`.trim();
    if (longer.length > TITLE_LENGTH || rows.length === 0) rows.push(word);
    else rows[rows.length - 1] = longer;
  }
  return rows;
}

/** A tenth of a pixel is all that anybody sees. */
function short(value: number): number {
  return Number(value.toFixed(1));
}

function colours({ paper, ink, grid, lines }: typeof LIGHT): string {
  const rules = [
    `.plot .paper { fill: ${paper}; }`,
    `.plot text { fill: ${ink}; }`,
    `.plot .grid { stroke: ${grid}; }`,
    `.plot .axis { stroke: ${ink}; }`,
    ...lines.map((colour, index) => `.plot .line-${index} { color: ${colour}; }`),
  ];
  return rules.join('\n');
}
