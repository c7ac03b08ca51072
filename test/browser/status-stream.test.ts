import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { TestService } from '../support/service.ts';

/** The first run unpacks the browser, and the machine may be busy. */
const BROWSER_MS_MAX = 120_000;

let service: TestService;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
}, BROWSER_MS_MAX);
afterAll(() => browser.close());

beforeEach(async () => {
  service = await TestService.start({
    environment: { QUEUE_MAX_ACTIVE: '1', TOKEN_ACTIVE_SECONDS: '36000' },
  });
  page = await browser.newPage();
  // Any page of the service: its scripts may ask the service for streams.
  await page.goto(`${service.url}/health`);
});
afterEach(async () => {
  await page.close();
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

interface Heard {
  readonly id: string;
  readonly data: { readonly status: string; readonly remainingWaitListCount: number };
}

/** What the page keeps of its EventSource. */
interface Listening {
  readonly heard: readonly Heard[];
  readonly complaints: number;
  /** 0 connecting, 1 open, 2 closed for good. */
  readonly readyState: number;
}

declare global {
  var listening: Listening;
}

/** Opens an EventSource in the page, in the language of the page. */
function listen(path: string): Promise<void> {
  return page.evaluate(`{
    const source = new EventSource(${JSON.stringify(path)});
    const listening = { heard: [], complaints: 0, get readyState() { return source.readyState; } };
    source.onmessage = ({ lastEventId, data }) => listening.heard.push({ id: lastEventId, data: JSON.parse(data) });
    source.onerror = () => listening.complaints++;
    globalThis.listening = listening;
  }`);
}

/** Waits until the page has heard this many events, and returns the last one. */
async function heard(count: number): Promise<Heard | undefined> {
  await page.waitForFunction((expected) => globalThis.listening.heard.length >= expected, count);
  return page.evaluate(() => globalThis.listening.heard.at(-1));
}

const present = () => page.evaluate(() => ({ ...globalThis.listening }));
const streamOf = (userId: number, token: number) =>
  `/v1/queue-status/users/${userId}/stream?tokenId=${token}`;

test(
  'an EventSource hears its place, each change of it and the admission, and stays closed after the end',
  async () => {
    const tokens = [await service.join(1), await service.join(2), await service.join(3)];
    const [first = 0, second = 0, third = 0] = tokens;
    await listen(streamOf(3, third));
    expect(await heard(1)).toEqual({
      id: '3-WAITING-1',
      data: (await service.get('/v1/queue-status/users/3', { token: third })).body,
    });
    await service.delete('/v1/queue-tokens/users/2', { token: second });
    await service.pass(1_000);
    expect((await heard(2))?.data.remainingWaitListCount).toBe(0);
    await service.delete('/v1/queue-tokens/users/1', { token: first });
    expect((await heard(3))?.data.status).toBe('ACTIVE');
    await service.delete('/v1/queue-tokens/users/3', { token: third });
    expect((await heard(4))?.id).toBe('3-EXPIRED-0');
    // The service has closed the stream. The browser comes back by itself, and hears that there is nothing more.
    await page.waitForFunction(() => globalThis.listening.readyState === 2);
    expect((await present()).heard).toHaveLength(4);
  },
  BROWSER_MS_MAX,
);

test(
  'an EventSource that loses the service finds its place again by itself',
  async () => {
    await service.join(1);
    const second = await service.join(2);
    await listen(streamOf(2, second));
    const before = await heard(1);
    await service.restart({ PORT: new URL(service.url).port });
    expect(await heard(2)).toEqual(before);
    const { readyState, complaints } = await present();
    expect(readyState).toBe(1);
    expect(complaints).toBeGreaterThan(0);
  },
  BROWSER_MS_MAX,
);

test(
  'an EventSource with a wrong token is refused for good',
  async () => {
    await service.join(1);
    await listen(streamOf(1, 5));
    await page.waitForFunction(() => globalThis.listening.readyState === 2);
    expect(await present()).toEqual({ heard: [], complaints: 1, readyState: 2 });
  },
  BROWSER_MS_MAX,
);
