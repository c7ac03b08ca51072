import type { Work } from '../coordinator/work.ts';
import type { UserId } from '../ids.ts';
import { granted, type Result, refused } from '../refusal.ts';

/** What a user can spend, in the currency's smallest unit. */
export interface BalanceView {
  readonly userId: UserId;
  readonly currentAmount: number;
}

/**
 * Adds to a balance (contract, operation 8). Refuses with `invalid recharge amount` above the limit, or when the
 * balance would pass 2^53−1, and with `user not found`.
 */
export function rechargeBalance(
  work: Work,
  { userId, amount }: { userId: UserId; amount: number },
  now: number,
): Result<BalanceView> {
  if (amount < 1 || amount > work.policy.rechargeMax) return refused('invalid recharge amount');
  const account = work.account(userId);
  if (account === undefined) return refused('user not found');
  if (account.balance > Number.MAX_SAFE_INTEGER - amount) return refused('invalid recharge amount');
  const currentAmount = work.post(account, { amount, cause: 'RECHARGE', paymentId: null, createdAt: now });
  return granted({ userId, currentAmount });
}

/** Shows a balance (contract, operation 9). Refuses with `user not found`. */
export function findBalance(work: Work, { userId }: { userId: UserId }): Result<BalanceView> {
  const account = work.account(userId);
  if (account === undefined) return refused('user not found');
  return granted({ userId, currentAmount: account.balance });
}
