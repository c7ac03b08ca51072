import type { EntryId, PaymentId, UserId } from '../ids.ts';

/** A user and the money it can spend. */
export interface Account {
  readonly userId: UserId;
  /** In the currency's smallest unit, from 0 to 2^53−1. */
  readonly balance: number;
}

/** A change of a balance, with its cause. */
export interface LedgerEntry {
  readonly entryId: EntryId;
  readonly userId: UserId;
  /** Added to the balance: negative for a payment. */
  readonly amount: number;
  readonly cause: 'RECHARGE' | 'PAYMENT' | 'REFUND';
  readonly paymentId: PaymentId | null;
  readonly createdAt: number;
}

/** The accounts last used, as the database has them. A user that is in here exists; one that is not may. */
export class Accounts {
  private readonly balances = new Map<UserId, number>();

  constructor(private readonly accountsMax: number) {}

  get(userId: UserId): Account | undefined {
    const balance = this.balances.get(userId);
    return balance === undefined ? undefined : { userId, balance };
  }

  /** Takes the account as it was committed; the one unchanged for longest makes room. */
  apply({ userId, balance }: Account): void {
    this.balances.delete(userId);
    this.balances.set(userId, balance);
    if (this.balances.size <= this.accountsMax) return;
    for (const oldest of this.balances.keys()) {
      this.balances.delete(oldest);
      break;
    }
  }
}
