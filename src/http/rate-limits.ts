import { ElysiaCustomStatusResponse } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { Timeline } from '../coordinator/timeline.ts';
import type { Clock } from '../deps.ts';
import type { UserId } from '../ids.ts';
import { TooManyRequests } from './errors.ts';
import { readTokenIdOrQuery, userIdIn } from './ids.ts';
import { FILL_SECONDS, TokenBuckets } from './token-buckets.ts';

/** How often in a second, in the long run: integers up to 1,000. */
export interface Rate {
  readonly perAddress: number;
  readonly perUser: number;
}

export interface Rates {
  readonly joins: Rate;
  readonly recharges: Rate;
  readonly guesses: Rate;
}

interface Reply {
  headers: Record<string, string | number>;
}

interface Hooked {
  readonly request: Request;
  readonly set: Reply;
}

/** For routes that ask for a token; `Named` is where they name a user, if they do. */
interface Guard<Named> {
  readonly beforeHandle: ((context: Hooked & Named) => Promise<void>)[];
  readonly afterHandle: ((context: Hooked & Named & { responseValue: unknown }) => void)[];
}

/** The hooks of the routes that are limited; none where nothing is. Each throws a TooManyRequests. */
export interface RateLimits {
  /** For `beforeHandle`: after it is known who asks, since nobody else may empty the bucket of a user. */
  readonly joins: ((context: Hooked & { params: object }) => void)[];
  readonly recharges: ((context: Hooked & { params: object }) => void)[];
  readonly guesses: Guard<{ params: object }>;
  readonly guessesOfBody: Guard<{ body: object }>;
  /** Counts a request that was refused for who it is from; false when there have been too many. */
  readonly mayFail: (request: Request, set: Reply) => boolean;
}

export const NO_LIMITS: RateLimits = {
  joins: [],
  recharges: [],
  guesses: { beforeHandle: [], afterHandle: [] },
  guessesOfBody: { beforeHandle: [], afterHandle: [] },
  mayFail: () => true,
};

export interface RateLimitsDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  /** What a client is limited by, besides the user. */
  readonly addressOf: (request: Request) => string;
}

export function rateLimits(rates: Rates, { desk, clock, addressOf }: RateLimitsDeps): RateLimits {
  const timeline = new Timeline(clock);
  const joins = new Limit('joins', rates.joins);
  const recharges = new Limit('recharges', rates.recharges);
  const guesses = new Limit('guesses', rates.guesses);

  const spend = (limit: Limit, request: Request, userId: UserId | null, set: Reply): boolean =>
    limit.spend({ address: addressOf(request), userId }, timeline.now(), set);

  const spendOfUser = (limit: Limit, request: Request, params: object, set: Reply): void => {
    const userId = userIdIn(params);
    // What is malformed is refused without any work, and is no key to remember.
    if (userId !== null && !spend(limit, request, userId, set)) throw new TooManyRequests();
  };

  /**
   * From an address that has guessed too often, only tokens that memory knows pass: no guess is work for the coordinator
   * any more, and those who share the address are not shut out. That a user has been guessed at too often is no reason to
   * refuse anything but a guess, or else anyone could shut out anyone.
   */
  const screen = async (request: Request, named: object, set: Reply): Promise<void> => {
    const now = timeline.now();
    if (!guesses.isAnyAddressDry(now)) return;
    const keys = { address: addressOf(request), userId: null };
    if (guesses.allows(keys, now)) return;
    const tokenId = readTokenIdOrQuery(request);
    if (tokenId !== null) {
      const isLive = await desk.submit({ kind: 'check-token', holder: userIdIn(named), tokenId });
      if (!isLive.ok || isLive.value) return;
    }
    guesses.tellToWait(keys, now, set);
    throw new TooManyRequests();
  };

  const count = (request: Request, named: object, set: Reply, answer: unknown): void => {
    if (!(answer instanceof ElysiaCustomStatusResponse) || answer.code !== 401) return;
    if (!spend(guesses, request, userIdIn(named), set)) throw new TooManyRequests();
  };

  return {
    joins: [({ request, params, set }) => spendOfUser(joins, request, params, set)],
    recharges: [({ request, params, set }) => spendOfUser(recharges, request, params, set)],
    guesses: {
      beforeHandle: [({ request, params, set }) => screen(request, params, set)],
      afterHandle: [
        ({ request, params, set, responseValue }) => {
          count(request, params, set, responseValue);
        },
      ],
    },
    guessesOfBody: {
      beforeHandle: [({ request, body, set }) => screen(request, body, set)],
      afterHandle: [
        ({ request, body, set, responseValue }) => {
          count(request, body, set, responseValue);
        },
      ],
    },
    mayFail: (request, set) => spend(guesses, request, null, set),
  };
}

interface Keys {
  readonly address: string;
  readonly userId: UserId | null;
}

/** The bucket of one key. */
interface Bucket {
  readonly kind: BucketKind;
  readonly key: string;
}

interface BucketKind {
  readonly name: string;
  /** What the headers say of it, which never changes. */
  readonly policy: string;
  readonly buckets: TokenBuckets;
}

/** What may be done from one address, and what for one user: whichever is less. */
class Limit {
  private readonly ofAddress: BucketKind;
  private readonly ofUser: BucketKind;

  constructor(name: string, { perAddress, perUser }: Rate) {
    this.ofAddress = kindOf(`${name}-per-address`, perAddress);
    this.ofUser = kindOf(`${name}-per-user`, perUser);
  }

  isAnyAddressDry(now: number): boolean {
    return this.ofAddress.buckets.isAnyDry(now);
  }

  allows(keys: Keys, now: number): boolean {
    return this.bucketsOf(keys).every(({ kind, key }) => kind.buckets.look(key, now).tokens > 0);
  }

  /** Takes a token from each bucket, or none and answers false when one is empty. The headers tell which. */
  spend(keys: Keys, now: number, set: Reply): boolean {
    if (!this.allows(keys, now)) {
      this.tellToWait(keys, now, set);
      return false;
    }
    const taken = this.bucketsOf(keys);
    for (const { kind, key } of taken) kind.buckets.take(key, now);
    tell(taken, now, set);
    return true;
  }

  tellToWait(keys: Keys, now: number, set: Reply): void {
    const buckets = this.bucketsOf(keys);
    tell(buckets, now, set);
    const levels = buckets.map(({ kind, key }) => kind.buckets.look(key, now));
    const waits = levels.filter(({ tokens }) => tokens === 0).map(({ nextMs }) => secondsOf(nextMs));
    set.headers['retry-after'] = String(Math.max(...waits));
  }

  private bucketsOf({ address, userId }: Keys): Bucket[] {
    const ofAddress = { kind: this.ofAddress, key: address };
    return userId === null ? [ofAddress] : [ofAddress, { kind: this.ofUser, key: String(userId) }];
  }
}

function kindOf(name: string, perSecond: number): BucketKind {
  const buckets = new TokenBuckets(perSecond);
  return { name, policy: `"${name}";q=${buckets.capacity};w=${FILL_SECONDS}`, buckets };
}

/** In the form of draft-ietf-httpapi-ratelimit-headers: what there is at most, what is left, and when there is more. */
function tell(buckets: readonly Bucket[], now: number, { headers }: Reply): void {
  const levels = buckets.map(({ kind, key }) => {
    const { tokens, nextMs } = kind.buckets.look(key, now);
    return `"${kind.name}";r=${tokens};t=${secondsOf(nextMs)}`;
  });
  headers['ratelimit-policy'] = buckets.map(({ kind }) => kind.policy).join(', ');
  headers.ratelimit = levels.join(', ');
}

/** As headers tell it: never too early. */
function secondsOf(ms: number): number {
  return Math.ceil(ms / 1000);
}
