import { hash } from 'node:crypto';
import { type CryptoKey, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock, Log } from '../deps.ts';
import type { UserId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import { isId } from './ids.ts';
import { KeysUnavailable, PublishedKeys } from './published-keys.ts';

/** Longer than any JWT that names a user. What is longer is refused unread. */
export const TOKEN_CHARS_MAX = 8 * 1024;
/** How many tokens are known to be good at most; about 200 bytes each. */
const KNOWN_MAX = 100_000;

/** What a JWT must be like to tell who somebody is. */
export interface UserTokenRules {
  /** The secret that it is signed with, or where the keys are published. */
  readonly trusted: { readonly secret: string } | { readonly jwksUrl: URL };
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

interface TrustedKeys {
  /** Named here, because a token that chose its own would choose the one that is easy to forge. */
  readonly algorithms: string[];
  /** Until when what they have verified needs no second look. */
  readonly goodUntil: number;
  readonly find: JWTVerifyGetKey;
}

/** Whom a token names, and when it counts: from `from` on, and not at `until` any more. */
interface Known {
  readonly userId: UserId;
  readonly from: number;
  readonly until: number;
}

/**
 * Tells who somebody is by a JWT. A client brings the same one with every poll, so its signature is verified once, and
 * its times are looked at each time.
 */
export class UserTokens {
  private readonly keys: TrustedKeys;
  private readonly claims;
  /** By their digests, so that neither long nor stolen tokens are kept in memory. */
  private readonly known = new Map<string, Known>();

  constructor(
    { trusted, issuer, audience }: UserTokenRules,
    private readonly clock: Clock,
    log: Log,
  ) {
    this.keys =
      'secret' in trusted ? sharedSecret(trusted.secret) : new PublishedKeys(trusted.jwksUrl, clock, log);
    this.claims = {
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    };
  }

  /** The user whose token it is; `unauthorized`, or `not ready` as long as the keys cannot be had. */
  async userOf(token: string): Promise<Result<UserId>> {
    if (token === '' || token.length > TOKEN_CHARS_MAX) return refused('unauthorized');
    const digest = hash('sha256', token, 'base64');
    const known = this.known.get(digest);
    if (known !== undefined && this.counts(known)) return granted(known.userId);
    // Keys that are fetched meanwhile need not be those by which this token is verified.
    const { goodUntil } = this.keys;
    const verified = await this.verify(token);
    if (!verified.ok) return verified;
    this.remember(digest, verified.value, goodUntil);
    return granted(verified.value.userId);
  }

  private async verify(token: string): Promise<Result<Known>> {
    try {
      const { payload } = await jwtVerify(token, this.keys.find, {
        algorithms: this.keys.algorithms,
        currentDate: new Date(this.clock.now()),
        ...this.claims,
      });
      // One that never expired could never be taken back: where nothing is said, it has expired.
      const { sub, exp = 0, nbf = 0 } = payload;
      // A number in the place of the text comes through: the library does not look at it.
      if (typeof sub !== 'string' || !isId(sub)) return refused('unauthorized');
      const known = { userId: Number(sub) as UserId, from: nbf * 1000, until: exp * 1000 };
      // The library looks at whole seconds only.
      return this.counts(known) ? granted(known) : refused('unauthorized');
    } catch (error) {
      if (error instanceof KeysUnavailable) return refused('not ready');
      if (error instanceof errors.JOSEError) return refused('unauthorized');
      throw error;
    }
  }

  private counts({ from, until }: Known): boolean {
    const now = this.clock.now();
    return from <= now && now < until;
  }

  private remember(digest: string, known: Known, goodUntil: number): void {
    // What is verified again goes to the end, behind those who will be forgotten sooner.
    this.known.delete(digest);
    if (this.known.size >= KNOWN_MAX) {
      const [oldest = ''] = this.known.keys();
      this.known.delete(oldest);
    }
    this.known.set(digest, { ...known, until: Math.min(known.until, goodUntil) });
  }
}

function sharedSecret(secret: string): TrustedKeys {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = new TextEncoder().encode(secret);
  let key: Promise<CryptoKey> | undefined;
  // With the first token: where code is loaded before there is a request, no key can be imported yet.
  const find = (): Promise<CryptoKey> => {
    key ??= crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
    return key;
  };
  return { algorithms: ['HS256'], goodUntil: Number.POSITIVE_INFINITY, find };
}
