import type { Policy } from '../coordinator/policy.ts';
import type { Work } from '../coordinator/work.ts';
import type { QueueId, TokenId, UserId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import { type Pace, retryAfterSeconds } from './poll-spacing.ts';
import { isLive, type Token, type TokenStatus } from './token.ts';

/** For how long a token that ended still answers with its final status. */
const FINAL_STATUS_MS = 10 * 60_000;

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
  if (isLive(token)) return granted(viewStatus(token, work.ahead(token), work.policy, work.pace(now)));
  const shown = token.endedAt !== null && now < token.endedAt + FINAL_STATUS_MS;
  return shown ? granted(viewSettled(token)) : refused('invalid token');
}

/** The status of a live token, with this many people ahead if it waits. */
export function viewStatus(token: Token, ahead: number, policy: Policy, pace: Pace): StatusView {
  if (token.status !== 'WAITING') return viewSettled(token);
  return {
    queueId: token.queueId,
    joinAt: token.joinedAt,
    status: token.status,
    remainingWaitListCount: ahead,
    retryAfterSeconds: retryAfterSeconds(token.tokenId, ahead, policy, pace),
  };
}

/** The status of a token that does not wait. */
export function viewSettled({ queueId, joinedAt, status }: Token): StatusView {
  return { queueId, joinAt: joinedAt, status, remainingWaitListCount: 0, retryAfterSeconds: null };
}
