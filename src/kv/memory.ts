import type { Clock } from '../deps.ts';
import type { Kv, KvList } from './kv.ts';

const LIST_KEYS_MAX = 1_000;

interface Entry {
  readonly value: string;
  /** Epoch milliseconds; Infinity when it stays. */
  readonly expiresAt: number;
}

/** The in-process form: one map, whose entries end at their time. */
export class MemoryKv implements Kv {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  async get(key: string): Promise<string | null> {
    return this.live(key)?.value ?? null;
  }

  async put(key: string, value: string, { expirationTtl }: { expirationTtl?: number } = {}): Promise<void> {
    const expiresAt = this.clock.now() + (expirationTtl ?? Number.POSITIVE_INFINITY) * 1000;
    this.entries.set(key, { value, expiresAt });
  }

  async delete(key: string): Promise<void> {
    this.entries.delete(key);
  }

  async list({
    prefix = '',
    limit = LIST_KEYS_MAX,
    cursor = '',
  }: {
    prefix?: string;
    limit?: number;
    cursor?: string;
  } = {}): Promise<KvList> {
    const names = [...this.entries.keys()]
      .filter((name) => name.startsWith(prefix) && name > cursor && this.live(name) !== undefined)
      .sort();
    const page = names.slice(0, Math.min(limit, LIST_KEYS_MAX));
    const keys = page.map((name) => {
      const expiresAt = this.live(name)?.expiresAt ?? Number.POSITIVE_INFINITY;
      return Number.isFinite(expiresAt) ? { name, expiration: Math.floor(expiresAt / 1000) } : { name };
    });
    const last = page.at(-1);
    if (page.length === names.length || last === undefined) return { keys, list_complete: true };
    return { keys, list_complete: false, cursor: last };
  }

  private live(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.expiresAt > this.clock.now()) return entry;
    this.entries.delete(key);
    return undefined;
  }
}
