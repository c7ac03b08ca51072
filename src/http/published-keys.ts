import {
  type CryptoKey,
  createRemoteJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
} from 'jose';
import type { Clock, Log } from '../deps.ts';

/** From this age on, the keys are fetched anew, while those that are known still count. */
const REFRESH_MS = 300_000;
/** From this age on, no key counts any more: one that is gone from the set may have been stolen. */
export const GOOD_MS = 600_000;
/** How long nobody can make us fetch the keys again by naming one that is not among them. */
export const COOLDOWN_MS = 30_000;
/** How long it may take to fetch them. */
const FETCH_MS_MAX = 2_000;
/** After a failure, how long it is not tried again, and how long nothing more is logged. */
const RETRY_MS = 1_000;
const SILENCE_MS = 60_000;

/** The keys are needed, and cannot be had. It is no fault of whoever brought a token. */
export class KeysUnavailable extends Error {}

/** The public keys that somebody else publishes as a JSON Web Key Set, and changes from time to time. */
export class PublishedKeys {
  readonly algorithms = ['RS256', 'ES256'];
  private readonly keySet;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private failedAt = Number.NEGATIVE_INFINITY;
  private loggedAt = Number.NEGATIVE_INFINITY;

  constructor(
    url: URL,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    // When to fetch is decided here, by the clock of the service.
    const never = { cacheMaxAge: Number.POSITIVE_INFINITY, cooldownDuration: Number.POSITIVE_INFINITY };
    this.keySet = createRemoteJWKSet(url, { ...never, timeoutDuration: FETCH_MS_MAX });
  }

  /** Until when the keys that are known count. */
  get goodUntil(): number {
    return this.fetchedAt + GOOD_MS;
  }

  /** The key that a token names. Throws an error of `jose` when there is none, and KeysUnavailable. */
  readonly find = async (header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> => {
    const ageMs = this.clock.now() - this.fetchedAt;
    if (ageMs >= GOOD_MS) await this.require();
    else if (ageMs >= REFRESH_MS) void this.fetch();
    try {
      return await this.pick(header, token);
    } catch (error) {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey;
      if (!isUnknown || this.clock.now() < this.fetchedAt + COOLDOWN_MS) throw error;
      await this.require();
      return this.pick(header, token);
    }
  };

  private async pick(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    try {
      return await this.keySet(header, token);
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSInvalid)) throw error;
      this.complain("a key of the users' tokens cannot be used", error);
      throw new KeysUnavailable();
    }
  }

  private async require(): Promise<void> {
    if (!(await this.fetch())) throw new KeysUnavailable();
  }

  /** Whether it worked. Those who ask while it is under way wait for the same answer. */
  private async fetch(): Promise<boolean> {
    const now = this.clock.now();
    if (now < this.failedAt + RETRY_MS) return false;
    try {
      await this.keySet.reload();
      this.fetchedAt = now;
      return true;
    } catch (cause) {
      this.failedAt = now;
      this.complain("the keys of the users' tokens cannot be fetched", cause);
      return false;
    }
  }

  private complain(message: string, cause: unknown): void {
    const now = this.clock.now();
    if (now < this.loggedAt + SILENCE_MS) return;
    this.loggedAt = now;
    this.log.error(message, cause);
  }
}
