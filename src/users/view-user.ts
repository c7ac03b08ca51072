import type { Work } from '../coordinator/work.ts';
import type { UserId } from '../ids.ts';
import type { Token } from '../queue/token.ts';
import { granted, type Result, refused } from '../refusal.ts';

/** What an operator sees of a user. */
export interface UserView {
  readonly userId: UserId;
  /** In the currency's smallest unit. */
  readonly currentAmount: number;
  /** The live one, if there is one. */
  readonly token: Token | null;
}

/** Refuses with `user not found`. */
export function viewUser(work: Work, { userId }: { userId: UserId }): Result<UserView> {
  const account = work.account(userId);
  if (account === undefined) return refused('user not found');
  return granted({ userId, currentAmount: account.balance, token: work.token(userId) ?? null });
}
