import type { Policy } from '../coordinator/policy.ts';
import type { Work } from '../coordinator/work.ts';
import type { QueueId, TokenId, UserId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import { isLive, type Token, type TokenStatus } from './token.ts';

/** For how long a token that ended still answers with its final status. */
const FINAL_STATUS_MS = 10 * 60_000;
const RETRY_AFTER_SECONDS_MAX = 30;
/** A user asks again after this part of the wait that is left: a fifth. */
const WAIT_PARTS = 5;

/** Where a user stands (contract, operation 3). `retryAfterSeconds` is null when there is nothing to wait for. */
export interface StatusView {
  readonly queueId: QueueId;
  readonly joinAt: number;
  readonly status: TokenStatus;
  readonly remainingWaitListCount: number;
  readonly retryAfterSeconds: number | null;
}

/**
 * The status of a user whose live token is not at hand, or has ended. A final status is shown for ten minutes.
 * Refuses with `user not found`, or `invalid token` unless the token is this user's.
 */
export function pollStatus(
  work: Work,
  { userId, tokenId }: { userId: UserId; tokenId: TokenId },
  now: number,
): Result<StatusView> {
  if (work.account(userId) === undefined) return refused('user not found');
  const token = work.tokenWithId(userId, tokenId);
  if (token === undefined) return refused('invalid token');
  if (isLive(token)) return granted(viewStatus(token, work.ahead(token), work.policy));
  const shown = token.endedAt !== null && now < token.endedAt + FINAL_STATUS_MS;
  return shown ? granted(viewStatus(token, 0, work.policy)) : refused('invalid token');
}

export function viewStatus(token: Token, ahead: number, policy: Policy): StatusView {
  const waiting = token.status === 'WAITING';
  return {
    queueId: token.queueId,
    joinAt: token.joinedAt,
    status: token.status,
    remainingWaitListCount: waiting ? ahead : 0,
    retryAfterSeconds: waiting ? retryAfterSeconds(ahead, policy) : null,
  };
}

/** So that a long line polls slowly and the head quickly: a share of the wait at the present rate of admission. */
function retryAfterSeconds(ahead: number, { admitBatch, admitIntervalMs }: Policy): number {
  const waitSeconds = (Math.ceil((ahead + 1) / admitBatch) * admitIntervalMs) / 1000;
  return Math.min(RETRY_AFTER_SECONDS_MAX, Math.max(1, Math.ceil(waitSeconds / WAIT_PARTS)));
}
