import { ObjectModel, type Receiver } from './object.ts';
import { WRITTEN_ROWS } from './written-rows.ts';

export type AccountMessage =
  | {
      readonly kind: 'recharge';
      readonly key: string;
      readonly userId: number;
      readonly amount: number;
      readonly from: Receiver<{ readonly key: string; readonly answer: 'recharged' }>;
    }
  | Debit
  | TakeBack;

export interface Debit {
  readonly kind: 'debit';
  readonly paymentId: string;
  readonly userId: number;
  readonly amount: number;
  readonly from: Receiver<AccountReply>;
}

export interface TakeBack {
  readonly kind: 'take-back';
  readonly paymentId: string;
  readonly userId: number;
  readonly from: Receiver<AccountReply>;
}

export type AccountReply =
  | { readonly kind: 'debit-decided'; readonly paymentId: string; readonly isDebited: boolean }
  | { readonly kind: 'taken-back'; readonly paymentId: string };

interface Payment {
  readonly outcome: 'DEBITED' | 'REFUSED' | 'TAKEN_BACK';
  /** What was debited at first. */
  readonly amount: number;
}

/**
 * The accounts of some of the users. What is decided about a payment is written down with its id, also that it was
 * refused: whoever asks again, however late, hears the same, and nothing is done twice.
 */
export class AccountObject extends ObjectModel<AccountMessage> {
  readonly balances = new Map<number, number>();
  readonly payments = new Map<string, Payment>();
  protected readonly recharges = new Set<string>();

  balanceOf(userId: number): number {
    return this.balances.get(userId) ?? 0;
  }

  protected override handle(message: AccountMessage): void {
    if (message.kind === 'recharge') this.recharge(message);
    else if (message.kind === 'debit') this.debit(message);
    else this.takeBack(message);
  }

  protected override isReply(): boolean {
    return false;
  }

  /** It asks nobody, and waits for nobody: all that it knows is on its disk. */
  protected override forget(): void {}

  protected override look(): boolean {
    return false;
  }

  protected recharge({ key, userId, amount, from }: AccountMessage & { kind: 'recharge' }): void {
    if (!this.recharges.has(key)) {
      this.commit(WRITTEN_ROWS.recharge, () => {
        this.recharges.add(key);
        this.add(userId, amount);
      });
    }
    this.tell(from, { key, answer: 'recharged' });
  }

  protected debit({ paymentId, userId, amount, from }: Debit): void {
    const known = this.payments.get(paymentId);
    const outcome = known?.outcome ?? (this.balanceOf(userId) < amount ? 'REFUSED' : 'DEBITED');
    if (known !== undefined) this.around.seen(`asked again for a debit that was ${outcome}`);
    else {
      const isDebited = outcome === 'DEBITED';
      this.commit(isDebited ? WRITTEN_ROWS.debit : WRITTEN_ROWS.mark, () => {
        this.payments.set(paymentId, { outcome, amount: isDebited ? amount : 0 });
        if (isDebited) this.add(userId, -amount);
      });
    }
    this.tell(from, { kind: 'debit-decided', paymentId, isDebited: outcome === 'DEBITED' });
  }

  /** Also when there was no debit: one that is still on its way must come to nothing. */
  protected takeBack({ paymentId, userId, from }: TakeBack): void {
    const known = this.payments.get(paymentId);
    this.around.seen(`taken back what was ${known?.outcome ?? 'not known yet'}`);
    if (known === undefined || known.outcome === 'DEBITED') {
      const amount = known?.amount ?? 0;
      this.commit(amount === 0 ? WRITTEN_ROWS.mark : WRITTEN_ROWS.credit, () => {
        this.payments.set(paymentId, { outcome: 'TAKEN_BACK', amount });
        this.add(userId, amount);
      });
    }
    this.tell(from, { kind: 'taken-back', paymentId });
  }

  private add(userId: number, amount: number): void {
    this.balances.set(userId, this.balanceOf(userId) + amount);
  }
}
