import type { Policy } from '../coordinator/policy.ts';
import type { TokenId } from '../ids.ts';

const RETRY_AFTER_SECONDS_MAX = 30;
/** A user asks again after this part of the wait that is left: a half, so that whoever is a minute away asks seven times. */
const WAIT_PARTS = 2;

/** What the line does at present, as far as the wait of those in it depends on it. */
export interface Pace {
  readonly now: number;
  /** How many more users may be active; negative when the limit has become lower. */
  readonly free: number;
  readonly admittedLastMinute: number;
}

/**
 * Seconds until a user with `ahead` people in front could be admitted at the present rate. As many as there are free
 * slots enter at the pace of the batches. Those behind follow as slots come free, which goes as fast as users were
 * admitted in the last minute, and at least as fast as the windows of those who are active run out. Whoever is next
 * could have one any time.
 */
function secondsToAdmission(ahead: number, policy: Policy, { free, admittedLastMinute }: Pace): number {
  const inBatches = (Math.ceil((ahead + 1) / policy.admitBatch) * policy.admitIntervalMs) / 1000;
  const freedPerSecond = Math.max(admittedLastMinute / 60, policy.activeMax / (policy.activeMs / 1000));
  return Math.max(inBatches, (ahead - free) / freedPerSecond);
}

/**
 * When to ask again, in whole seconds: a long line seldom, so that a million people do not ask at once, and the head
 * soon. Never so late that a place would have lapsed by then.
 */
export function retryAfterSeconds(tokenId: TokenId, ahead: number, policy: Policy, pace: Pace): number {
  const seconds = Math.ceil(secondsToAdmission(ahead, policy, pace) / WAIT_PARTS);
  const secondsMax = retryAfterSecondsMax(policy.waitingMs);
  return seconds < secondsMax ? Math.max(1, seconds) : secondsToTurn(tokenId, secondsMax, pace.now);
}

/** The longest that anyone is told to wait before asking again, where a place lasts `waitingMs`. */
export function retryAfterSecondsMax(waitingMs: number): number {
  return Math.max(1, Math.min(RETRY_AFTER_SECONDS_MAX, Math.floor(waitingMs / 2000)));
}

/**
 * Those who came together would ask together for as long as they wait. So everyone who is far off has a turn, in a
 * second of the round that the token decides. Whoever would have it very soon asks a third of a round later.
 */
function secondsToTurn(tokenId: TokenId, roundSeconds: number, now: number): number {
  const turn = tokenId % roundSeconds;
  const seconds =
    (turn - (Math.floor(now / 1000) % roundSeconds) + roundSeconds) % roundSeconds || roundSeconds;
  const secondsMin = Math.ceil(roundSeconds / 3);
  return seconds < secondsMin ? seconds + secondsMin : seconds;
}
