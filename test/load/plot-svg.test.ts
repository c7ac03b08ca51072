import { expect, test } from 'bun:test';
import type { Plot } from './part.ts';
import { describePlot, drawPicture, drawPlot, writeTick } from './plot-svg.ts';

const plot: Plot = {
  title: 'Growth',
  x: { label: 'schedules', isLogarithmic: true },
  y: { label: 'replies/s' },
  lines: [
    {
      name: 'reserve',
      points: [
        [1, 400],
        [10, 390],
        [100, 410],
      ],
    },
    { name: 'seat map', points: [[1, 900]] },
  ],
};

/** The texts of a drawing, and the names of its elements. */
async function read(svg: string): Promise<{ texts: string[]; elements: string[] }> {
  const texts: string[] = [];
  const elements: string[] = [];
  const rewriter = new HTMLRewriter()
    .on('*', { element: ({ tagName }) => void elements.push(tagName) })
    .on('text', {
      text: ({ text }) => {
        if (text !== '') texts.push(text);
      },
    });
  await rewriter.transform(new Response(svg)).text();
  return { texts, elements };
}

test('a plot has its title, its axes with ticks and labels, and a legend', async () => {
  const { texts } = await read(drawPlot(plot));
  const upright = ['replies/s', '0', '200', '400', '600', '800'];
  const across = ['1', '2', '5', '10', '20', '50', '100', 'schedules'];
  expect(texts).toEqual(['Growth', ...upright, ...across, 'reserve', 'seat map']);
});

test('a line goes through its points from left to right, higher values higher', () => {
  const [, path = ''] = /class="line" [^>]*d="([^"]*)"/.exec(drawPlot(plot)) ?? [];
  const [first = [], second = [], third = []] = path
    .split(/[ML]/)
    .slice(1)
    .map((place) => place.split(' ').map(Number));
  expect([first[0], second[0], third[0]]).toEqual([56, 278, 500]);
  const heights = [second, first, third].map(([, y = 0]) => y);
  expect(heights).toEqual(heights.toSorted((a, b) => b - a));
});

test('lines differ without colour: in dashes and in marks', () => {
  const svg = drawPlot(plot);
  const dashes = [...svg.matchAll(/stroke-dasharray="([^"]*)"/g)].map(([, dash]) => dash);
  expect(dashes).toEqual(['none', 'none', '7 4', '7 4']);
  // Three points and one, and three marks in the legend of each.
  const marks = [...svg.matchAll(/class="mark" [^>]* d="([^"]*)"/g)].map(([, shape]) => shape);
  expect(marks).toHaveLength(10);
  expect(new Set(marks.slice(0, 6))).toHaveLength(1);
  expect(new Set(marks)).toHaveLength(2);
});

test('a line of many points goes through all of them, with a mark at some', () => {
  const points = Array.from({ length: 100 }, (_, second) => [second, second * 10] as const);
  const svg = drawPlot({ ...plot, x: { label: 's' }, lines: [{ name: 'admitted', points }] });
  expect(svg.match(/L/g)?.length).toBeGreaterThanOrEqual(99);
  expect(svg.match(/class="mark"/g)?.length).toBe(12 + 3);
});

test('what cannot be drawn is left out', () => {
  const points = [
    [0, 1],
    [1, Number.NaN],
    [10, 2],
  ] as const;
  const svg = drawPlot({ ...plot, lines: [{ name: 'reserve', points }] });
  expect(svg).not.toContain('NaN');
  expect(svg).not.toContain('Infinity');
  expect(svg.match(/class="mark"/g)?.length).toBe(1 + 3);
});

test('a plot without lines, and one whose line has no points, are empty axes', async () => {
  const none = { ...plot, lines: [] };
  const without = { ...plot, lines: [{ name: 'reserve', points: [] }] };
  for (const empty of [none, without]) {
    const { texts } = await read(drawPlot(empty));
    expect(texts).toContain('schedules');
    expect(drawPlot(empty)).not.toMatch(/NaN|Infinity|undefined/);
  }
  expect(describePlot(none)).toBe('replies/s, by schedules: nothing.');
});

test('names are text, whatever is in them', async () => {
  const name = '<script>alert("&\'")</script>';
  const wild = drawPicture({
    title: name,
    x: { label: name },
    y: { label: name },
    lines: [{ name, points: [] }],
  });
  expect((await read(wild)).elements).not.toContain('script');
  // Each of the four is drawn, and read out.
  expect(wild.split(Bun.escapeHTML(name)).length - 1).toBe(2 * 4);
  expect(wild).not.toContain('<script');
});

test('a long title is broken between words', async () => {
  const title = 'Reservations a second with one, ten and a hundred schedules of ten thousand seats each';
  const { texts } = await read(drawPlot({ ...plot, title }));
  expect(texts.slice(0, 2).join(' ')).toBe(title);
  expect(texts[0]?.length).toBeLessThanOrEqual(58);
});

test('a picture brings its style and its background, light and dark; a drawing for a page does not', () => {
  const picture = drawPicture(plot);
  expect(picture).toStartWith('<svg xmlns="http://www.w3.org/2000/svg"');
  expect(picture).toContain('<rect class="paper" width="100%" height="100%"');
  expect(picture.match(/\.plot \.paper \{ fill: #\w+; \}/g)).toHaveLength(2);
  expect(drawPlot(plot)).not.toContain('<style>');
});

test('a plot says what it shows, in its own words where it has some', () => {
  expect(describePlot(plot)).toBe('replies/s, by schedules: reserve, seat map.');
  expect(describePlot({ ...plot, shows: 'It stays flat.' })).toBe('It stays flat.');
  expect(drawPlot({ ...plot, shows: 'It stays flat.' })).toContain('aria-label="Growth. It stays flat."');
});

test('ticks are short', () => {
  expect([0, 0.05, 500, 2_500, 1_000_000].map(writeTick)).toEqual(['0', '0.05', '500', '2.5K', '1M']);
});
