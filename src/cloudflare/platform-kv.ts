import { setTimeout } from 'node:timers/promises';
import type { Kv, KvList } from '../kv/kv.ts';

/** For how long a place of the platform's keeps a value that it has read, in seconds. */
const CACHE_SECONDS = 60;
/** A key takes one write a second; one that comes too soon fails, and is tried again after a second, two, four … */
const RETRY_MS = 1_000;
const RETRIES_MAX = 6;

/** The platform's key-value store, as the edge reads it: from near by for a while, so that most reads go nowhere. */
export class NearbyKv implements Kv {
  constructor(protected readonly binding: KVNamespace) {}

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

/** The same, as the coordinator writes it: what cannot be written at once is written a little later. */
export class PatientKv extends NearbyKv {
  override put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void> {
    return patiently(() => super.put(key, value, options));
  }

  override delete(key: string): Promise<void> {
    return patiently(() => super.delete(key));
  }
}

async function patiently(write: () => Promise<void>): Promise<void> {
  for (let retries = 0; ; retries++) {
    try {
      return await write();
    } catch (cause) {
      if (retries === RETRIES_MAX) throw cause;
      await setTimeout(RETRY_MS * 2 ** retries);
    }
  }
}
