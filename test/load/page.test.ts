import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Locator } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { inFolder } from '../support/process.ts';
import { FAILED, writePage } from './page.ts';
import { exampleResults } from './results-example.ts';

/** The first run unpacks the browser, and the machine may be busy. */
const BROWSER_MS_MAX = 120_000;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, BROWSER_MS_MAX);
afterAll(() => browser.close());

test('the page has no script and refers to nothing outside of it', () => {
  const page = writePage(exampleResults).replaceAll('xmlns="http://www.w3.org/2000/svg"', '');
  expect(page).not.toMatch(/<script|<link|<img|<iframe|href=|src=|url\(|@import|https?:|\/\//i);
});

test('names are text, whatever is in them', () => {
  const wild = '<b>"&\'</b>';
  const [part] = exampleResults.parts;
  const figures = [{ name: wild, spread: { median: 1, min: 1, max: 1 }, unit: wild }];
  const plots = [
    { title: wild, shows: wild, x: { label: wild }, y: { label: wild }, lines: [{ name: wild, points: [] }] },
  ];
  const parts = part === undefined ? [] : [{ ...part, name: wild, title: wild, text: wild, figures, plots }];
  const machine = { ...exampleResults.machine, cpu: wild, os: wild };
  const page = writePage({ ...exampleResults, startedAt: wild, commit: wild, machine, parts });
  expect(parts).toHaveLength(1);
  expect(page).not.toContain('<b>');
  expect(page.split(Bun.escapeHTML(wild)).length).toBeGreaterThan(12);
});

test(
  'in a browser, from a file, it shows the run, the verdicts, the plots and their points, and fits a narrow window',
  () =>
    inFolder(async (folder) => {
      await Bun.write(`${folder}/report.html`, writePage(exampleResults));
      const page = await browser.newPage({ viewport: { width: 400, height: 800 } });
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      await page.goto(`file://${folder}/report.html`);
      const text = await page.locator('body').textContent();
      expect(text).toContain('2026-07-01, at commit 0123abc, on 2 cores of Example CPU, 8 GB');
      expect(text).toContain('1 of 2 figures are what is asked of them.');
      expect(await page.locator('.miss:visible').allTextContents()).toEqual(['MISS', FAILED]);
      const cells = (row: Locator): Promise<string[]> => row.locator('td').allTextContents();
      const [first, second] = await page
        .locator('tr:visible')
        .filter({ hasText: /PASS|MISS/ })
        .all();
      if (first === undefined || second === undefined) throw new Error('the table is too short');
      expect(await cells(first)).toEqual(['reserve ÷ bare route', '0.700 (0.600–0.800)', '≥ 0.75', 'MISS']);
      expect(await cells(second)).toEqual(['p99 of reserve', '7 (6–9) ms', '≤ 10', 'PASS']);
      expect(await page.locator('svg:visible').count()).toBe(2);
      const points = page.locator('figure').first().locator('details');
      await points.locator('summary').click();
      expect(await cells(points.locator('tr:visible').nth(2))).toEqual([
        '100,000',
        '15,100',
        '',
        '850',
        '21,500',
      ]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
      expect(complaints).toEqual([]);
      await page.close();
    }),
  BROWSER_MS_MAX,
);

test(
  'a name that no window holds moves in its table, and not the page',
  async () => {
    const name = 'reserve'.repeat(12);
    const figures = [{ name, spread: { median: 1, min: 1, max: 1 }, unit: '' }];
    const parts = exampleResults.parts.map((part) => ({ ...part, figures, text: name }));
    const page = await browser.newPage({ viewport: { width: 400, height: 800 } });
    await page.setContent(writePage({ ...exampleResults, parts }));
    for (const full of await page.getByText('What was measured, in full').all()) await full.click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    await page.close();
  },
  BROWSER_MS_MAX,
);
