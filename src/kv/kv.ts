/**
 * A key-value store with the shape of Cloudflare's KV binding. What it holds may be stale: never a seat's status, a
 * balance or a token.
 */
export interface Kv {
  get(key: string): Promise<string | null>;
  /** `expirationTtl` is in seconds. */
  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void>;
  delete(key: string): Promise<void>;
  list(options?: { prefix?: string; limit?: number; cursor?: string }): Promise<KvList>;
}

export interface KvList {
  readonly keys: readonly { readonly name: string; readonly expiration?: number }[];
  readonly list_complete: boolean;
  readonly cursor?: string;
}
