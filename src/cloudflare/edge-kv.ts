import type { Kv, KvList } from '../kv/kv.ts';

/** For how long a place of the platform's may keep a value that it has read, in seconds: the least that it takes. */
export const CACHE_SECONDS = 60;

/** The platform's key-value store, as the edge reads it: kept near by for a while, so that most reads go nowhere. */
export class EdgeKv implements Kv {
  constructor(private readonly binding: KVNamespace) {}

  get(key: string): Promise<string | null> {
    return this.binding.get(key, { cacheTtl: CACHE_SECONDS });
  }

  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void> {
    return this.binding.put(key, value, options);
  }

  delete(key: string): Promise<void> {
    return this.binding.delete(key);
  }

  list(options?: { prefix?: string; limit?: number; cursor?: string }): Promise<KvList> {
    return this.binding.list(options);
  }
}
