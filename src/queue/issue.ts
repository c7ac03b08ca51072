import type { Work } from '../coordinator/work.ts';
import type { TokenId, UserId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';
import { admitWaiting } from './admit.ts';
import type { Token } from './token.ts';

/** What a client reads about its token. Times are epoch milliseconds. */
export interface TokenView {
  readonly tokenId: TokenId;
  readonly createdAt: number;
  readonly expiredAt: number;
}

export function viewToken(token: Token): TokenView {
  return { tokenId: token.tokenId, createdAt: token.joinedAt, expiredAt: token.expiresAt };
}

/**
 * Gives a user a place in line (contract, operation 1). One with a live token keeps it: asking twice neither loses nor
 * gains a place. Refuses with `user not found`, and with `queue closed` when the operator lets nobody join.
 */
export function issueToken(work: Work, { userId }: { userId: UserId }, now: number): Result<TokenView> {
  if (work.account(userId) === undefined) return refused('user not found');
  if (work.token(userId) === undefined) {
    if (work.settings.isClosed) return refused('queue closed');
    work.join(userId, now);
    admitWaiting(work, now);
  }
  const token = work.token(userId);
  if (token === undefined) throw new Error(`user ${userId} joined and has no token`);
  return granted(viewToken(token));
}

/** Shows the live token (contract, operation 2). Refuses with `user not found` or `token not found`. */
export function findToken(work: Work, { userId }: { userId: UserId }): Result<TokenView> {
  if (work.account(userId) === undefined) return refused('user not found');
  const token = work.token(userId);
  return token === undefined ? refused('token not found') : granted(viewToken(token));
}
