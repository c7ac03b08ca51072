import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { TestService } from '../support/service.ts';

/** The first run unpacks the browser, and the machine may be busy. */
const BROWSER_MS_MAX = 120_000;

let service: TestService;
let browser: Browser;
beforeAll(async () => {
  service = await TestService.start();
  browser = await launchBrowser();
}, BROWSER_MS_MAX);
afterAll(async () => {
  await browser?.close();
  await service.stop();
});

const ELSEWHERE = 'http://elsewhere.localhost/';

/** Tells the test what the browser has kept the page from doing. */
const REPORTING = `document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
  report(effectiveDirective + ' blocked ' + blockedURI);
});`;

/** What a page that was tampered with might do. It ends when the browser has kept it from so many different things. */
const tamper = (kept: number): string => `new Promise((resolve) => {
  const seen = new Set();
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    seen.add(effectiveDirective + ' ' + blockedURI);
    if (seen.size === ${kept}) resolve([...seen].sort());
  });
  const add = (name, properties) => document.body.appendChild(Object.assign(document.createElement(name), properties));
  const elsewhere = '${ELSEWHERE}';
  add('script', { text: 'window.tampered = 1' });
  add('script', { src: 'data:text/javascript,window.tampered=1' });
  add('style', { textContent: 'body { color: red }' });
  add('div', { innerHTML: '<p style="color: red">' });
  add('link', { rel: 'stylesheet', href: elsewhere });
  add('img', { src: elsewhere });
  add('iframe', { src: '/swagger' });
  add('object', { data: '/swagger' });
  add('base', { href: elsewhere });
  fetch(elsewhere).catch(() => {});
  add('form', { action: '/swagger' }).submit();
})`;

/** The page, and what a visitor would not see of it. */
interface Visit {
  readonly page: Page;
  /** The hosts that the page asked anything of. */
  readonly hosts: Set<string>;
  readonly complaints: string[];
}

async function open(): Promise<Visit> {
  const page = await browser.newPage();
  const hosts = new Set<string>();
  const complaints: string[] = [];
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    // A picture inside of the style sheet is asked of nobody.
    if (protocol !== 'data:') hosts.add(host);
  });
  page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.exposeFunction('report', (violation: string) => complaints.push(violation));
  await page.addInitScript({ content: REPORTING });
  await page.goto(`${service.url}/swagger`);
  return { page, hosts, complaints };
}

/** Opens an operation as a visitor does, presses "Try it out" and "Execute", and reads the answer off the page. */
async function tryOut(page: Page, operationId: string, fill?: (operation: Locator) => Promise<void>) {
  const operation = page.locator(`[id^="operations-"][id$="-${operationId}"]`);
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await fill?.(operation);
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table .response');
  const status = await answer.locator('.response-col_status').textContent();
  const body = await answer.locator('.highlight-code code').textContent();
  return { status, body: JSON.parse(body ?? '') };
}

const withToken = (tokenId: number) => (operation: Locator) =>
  operation.getByPlaceholder('TOKEN-ID').fill(String(tokenId));

test(
  'a visitor without a network sees every operation, and tries out the way from the line to the seats',
  async () => {
    const { page, hosts, complaints } = await open();
    const { paths } = (await service.get('/swagger/json')).body;
    const count = Object.values<object>(paths).flatMap((item) => Object.keys(item)).length;
    await page
      .locator('.opblock')
      .nth(count - 1)
      .waitFor();
    expect(await page.locator('.opblock').count()).toBe(count);
    expect(await page.locator('.opblock-summary-description').allInnerTexts()).toContain(
      'Join the waiting line',
    );

    const joined = await tryOut(page, 'issueQueueToken');
    expect(joined).toEqual({
      status: '200',
      body: {
        tokenId: expect.any(Number),
        createdAt: '2026-07-04T01:00:00',
        expiredAt: '2026-07-04T01:10:00',
      },
    });
    const { tokenId } = joined.body;
    expect(tokenId).toBe((await service.get('/v1/queue-tokens/users/1')).body.tokenId);

    const status = await tryOut(page, 'getQueueStatus', withToken(tokenId));
    expect(status.status).toBe('200');
    expect(status.body).toMatchObject({ queueId: 1, status: 'ACTIVE', remainingWaitListCount: 0 });

    const held = await tryOut(page, 'reserveSeats', withToken(tokenId));
    expect(held.status).toBe('200');
    expect(held.body).toMatchObject({ totalPrice: 21_000, reservationStatus: 'PAYMENT_PENDING' });

    const recharged = await tryOut(page, 'rechargeBalance');
    expect(recharged).toEqual({ status: '200', body: { userId: 1, currentAmount: 50_000 } });

    // The dialog for credentials is the part of the page with the most to it.
    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.getByText('user (http, Bearer)').waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).last().click();

    expect([...hosts]).toEqual([new URL(service.url).host]);
    expect(complaints).toEqual([]);
    await page.close();
  },
  BROWSER_MS_MAX,
);

test(
  'a page that was tampered with can neither run nor show nor send what is not its own',
  async () => {
    const { page, complaints } = await open();
    await page.locator('.opblock').first().waitFor();
    expect(complaints).toEqual([]);
    const kept = [
      `base-uri ${ELSEWHERE}`,
      `connect-src ${ELSEWHERE}`,
      `form-action ${service.url}/swagger?`,
      `frame-src ${service.url}/swagger`,
      `img-src ${ELSEWHERE}`,
      `object-src ${service.url}/swagger`,
      'script-src-elem data',
      'script-src-elem inline',
      'style-src-attr inline',
      `style-src-elem ${ELSEWHERE}`,
      'style-src-elem inline',
    ];
    expect(await page.evaluate(tamper(kept.length))).toEqual(kept);
    expect(await page.evaluate('window.tampered')).toBeUndefined();
    await page.close();
  },
  BROWSER_MS_MAX,
);

test(
  'the browser reaches the service by the name of this machine, and nothing by any other name',
  async () => {
    const { page } = await open();
    // Chromium knows by itself that such a name means this machine, so only the cut can keep it from the service.
    const other = service.url.replace('localhost', 'elsewhere.localhost');
    const reach = (url: string) =>
      page.evaluate(
        (address) =>
          fetch(address, { mode: 'no-cors' }).then(
            () => 'reached',
            () => 'cut off',
          ),
        `${url}/health`,
      );
    expect(await reach(service.url)).toBe('reached');
    expect(await reach(other)).toBe('cut off');
    await page.close();
  },
  BROWSER_MS_MAX,
);
