import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { picturesOf, showIn } from './readme-section.ts';
import { exampleResults } from './results-example.ts';

const root = new URL('../../', import.meta.url);
const empty = 'before\n\n<!-- bench -->\n<!-- /bench -->\n\nafter\n';

test('the run stands between the marks: when, where, the figures and the pictures', () => {
  const machine = '2 cores of Example CPU, 8 GB, Linux 6.1 x86_64, Bun 1.4.5';
  expect(showIn(empty, exampleResults)).toBe(`before

<!-- bench -->

2026-07-01, at commit 0123abc, on ${machine}. 1 of 2 figures are what is asked of them.

| figure               | median (min–max)    | asked  | verdict |
| -------------------- | ------------------- | ------ | ------- |
| reserve ÷ bare route | 0.700 (0.600–0.800) | ≥ 0.75 | MISS    |
| p99 of reserve       | 7 (6–9) ms          | ≤ 10   | PASS    |
| seconds to sell out  | 61.5 s              |        |         |

![Reservations a second by what was reserved before, in a hall of ten thousand seats](docs/plots/growth.svg)

<!-- /bench -->

after
`);
});

test('the next run takes the place of the last one', () => {
  const later = { ...exampleResults, startedAt: '2026-07-02T10:00:00.000Z' };
  const shown = showIn(showIn(empty, exampleResults), later);
  expect(shown).toBe(showIn(empty, later));
});

test('what Markdown would read as more than text is kept from it', () => {
  const [part] = exampleResults.parts;
  const figures = [{ name: 'a|b <i> *c*', spread: { median: 1, min: 1, max: 1 }, unit: '' }];
  const parts = part === undefined ? [] : [{ ...part, figures }];
  expect(showIn(empty, { ...exampleResults, parts })).toContain('| a\\|b \\<i\\> \\*c\\* | 1 ');
});

test('a README without the marks is left alone', () => {
  expect(() => showIn('# a README', exampleResults)).toThrow('has no <!-- bench -->');
});

test('a picture is the first plot of a part that has any', () => {
  expect(picturesOf(exampleResults).map(({ file }) => file)).toEqual(['docs/plots/growth.svg']);
});

test('the README has the marks, and the pictures that it shows are there', async () => {
  const readme = await Bun.file(fileURLToPath(new URL('README.md', root))).text();
  expect(() => showIn(readme, exampleResults)).not.toThrow();
  const files = [...readme.matchAll(/!\[.*\]\((docs\/[^)]+)\)/g)].map(([, file = '']) => file);
  expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
});
