import type { Policy } from '../coordinator/policy.ts';

const RETRY_AFTER_SECONDS_MAX = 30;
/** A user asks again after this part of the wait that is left: a half, so that whoever is a minute away asks seven times. */
const WAIT_PARTS = 2;

/** What the line does at present, as far as the wait of those in it depends on it. */
export interface Pace {
  /** How many more users may be active; negative when the limit has become lower. */
  readonly free: number;
  readonly admittedLastMinute: number;
}

/**
 * Seconds until a user with `ahead` people in front could be admitted at the present rate. As many as there are free
 * slots enter at the pace of the batches. Those behind follow as slots come free, which goes as fast as users were
 * admitted in the last minute, and at least as fast as the windows of those who are active run out. Whoever is next could have one any time.
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
export function retryAfterSeconds(ahead: number, policy: Policy, pace: Pace): number {
  const seconds = Math.ceil(secondsToAdmission(ahead, policy, pace) / WAIT_PARTS);
  const secondsMax = Math.min(RETRY_AFTER_SECONDS_MAX, Math.floor(policy.waitingMs / 2000));
  return Math.max(1, Math.min(secondsMax, seconds));
}
