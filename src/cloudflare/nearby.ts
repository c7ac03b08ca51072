import type { Clock } from '../deps.ts';

/** No host has such a name: what is kept under it is found by nobody else. */
const ORIGIN = 'https://nearby.seatline.internal/';

/** What is needed of the platform's cache. */
export interface PlatformCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
}

interface Kept<T> {
  /** When it was so: epoch milliseconds. */
  readonly at: number;
  readonly value: T;
}

/**
 * Copies of what the coordinator has said, each as JSON and for a while, in the cache of the place that the platform
 * serves a client from: all who are served there share them.
 */
export class Nearby {
  constructor(
    private readonly cache: () => PlatformCache,
    private readonly clock: Clock,
  ) {}

  /** What was kept under a name no longer than `ageMsMax` ago. */
  async find<T>(name: string, ageMsMax: number): Promise<Kept<T> | undefined> {
    const found = await this.cache().match(ORIGIN + name);
    if (found === undefined) return undefined;
    const kept = (await found.json()) as Kept<T>;
    return this.clock.now() - kept.at < ageMsMax ? kept : undefined;
  }

  /** `at`: when it was so. */
  async keep<T>(name: string, kept: Kept<T>, msMax: number): Promise<void> {
    const seconds = Math.max(1, Math.ceil(msMax / 1000));
    const headers = { 'content-type': 'application/json', 'cache-control': `max-age=${seconds}` };
    await this.cache().put(ORIGIN + name, new Response(JSON.stringify(kept), { headers }));
  }
}
