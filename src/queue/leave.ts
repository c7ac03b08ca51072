import type { Work } from '../coordinator/work.ts';
import type { TokenId, UserId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import { admitWaiting } from './admit.ts';
import { ended, type TokenStatus } from './token.ts';

export interface LeaveView {
  readonly tokenId: TokenId;
  readonly status: TokenStatus;
}

/**
 * Leaves the line: the place or the slot is free at once, and so are the seats of unpaid holds. Refuses with
 * `user not found`, or `invalid token` unless the token is this user's and live.
 */
export function leaveLine(
  work: Work,
  { userId, tokenId }: { userId: UserId; tokenId: TokenId },
  now: number,
): Result<LeaveView> {
  const token = work.token(userId);
  if (token === undefined || token.tokenId !== tokenId) {
    return refused(work.account(userId) === undefined ? 'user not found' : 'invalid token');
  }
  for (const hold of work.payableHolds(userId, now)) work.release(hold, 'CANCELLED');
  work.saveToken(ended(token, 'EXPIRED', now));
  admitWaiting(work, now);
  return granted({ tokenId, status: 'EXPIRED' });
}
