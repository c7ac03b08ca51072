import { AccountObject, type AccountReply, type Debit, type TakeBack } from './account-object.ts';
import { ConcertObject, type Reservation } from './concert-object.ts';
import { type Kinds, RIGHT } from './trial.ts';
import { WRITTEN_ROWS } from './written-rows.ts';

/** Objects that leave out one thing each of what keeps a payment exact. The checks have to find out every one. */

class DebitsEachTime extends AccountObject {
  protected override debit(message: Debit): void {
    if (this.payments.get(message.paymentId)?.outcome === 'DEBITED') this.payments.delete(message.paymentId);
    super.debit(message);
  }
}

class ForgetsRefusals extends AccountObject {
  protected override debit(message: Debit): void {
    if (this.payments.get(message.paymentId)?.outcome === 'REFUSED') this.payments.delete(message.paymentId);
    super.debit(message);
  }
}

class AnswersBeforeWriting extends AccountObject {
  protected override debit(message: Debit): void {
    const { paymentId, userId, amount, from } = message;
    if (!this.payments.has(paymentId) && this.balanceOf(userId) >= amount) {
      this.tell(from, { kind: 'debit-decided', paymentId, isDebited: true });
    }
    super.debit(message);
  }
}

class TakesBackEachTime extends AccountObject {
  protected override takeBack(message: TakeBack): void {
    const known = this.payments.get(message.paymentId);
    if (known !== undefined) this.payments.set(message.paymentId, { ...known, outcome: 'DEBITED' });
    super.takeBack(message);
  }
}

class LetsLateDebitsThrough extends AccountObject {
  protected override takeBack(message: TakeBack): void {
    const { paymentId, from } = message;
    if (this.payments.has(paymentId)) super.takeBack(message);
    else this.tell(from, { kind: 'taken-back', paymentId });
  }
}

class RechargesEachTime extends AccountObject {
  protected override recharge(message: Parameters<AccountObject['recharge']>[0]): void {
    this.recharges.delete(message.key);
    super.recharge(message);
  }
}

class NeverAsksAgain extends ConcertObject {
  protected override askAgain(): void {}
}

class AsksBeforeWriting extends ConcertObject {
  protected override startPaying(reservation: Reservation): void {
    this.ask({ ...reservation, status: 'PAYING', attempt: reservation.attempt + 1 });
    super.startPaying(reservation);
  }

  /** Whoever has written nothing down knows nothing of it after a death, and starts over. */
  protected override forget(): void {
    super.forget();
    for (const reservation of this.reservations.values()) {
      if (reservation.status === 'PAYING') this.put({ ...reservation, status: 'HELD' });
    }
  }
}

class EndsWhatIsBeingPaid extends ConcertObject {
  protected override giveUp(reservation: Reservation): void {
    this.expire(reservation);
  }
}

class PaysOnTrust extends ConcertObject {
  protected override startPaying(reservation: Reservation): void {
    const paid: Reservation = { ...reservation, status: 'PAID', attempt: reservation.attempt + 1 };
    this.commit(WRITTEN_ROWS.paid, () => this.put(paid));
    this.ask(paid);
  }
}

class HearsOfAnyPayment extends ConcertObject {
  protected override hear(reply: AccountReply): void {
    const [, reservationId] = reply.paymentId.split('/');
    const reservation = this.reservations.get(Number(reservationId));
    if (reservation === undefined) return;
    super.hear({ ...reply, paymentId: this.paymentOf(reservation) });
  }
}

class SellsWhatIsBeingPaid extends ConcertObject {
  protected override keepsSeats(reservation: Reservation): boolean {
    return reservation.status === 'PAYING' ? this.now < reservation.expiresAt : super.keepsSeats(reservation);
  }
}

const account = (Account: Kinds['Account']): Kinds => ({ ...RIGHT, Account });
const concert = (Concert: Kinds['Concert']): Kinds => ({ ...RIGHT, Concert });

export const BROKEN: Readonly<Record<string, Kinds>> = {
  'debits a payment each time it is asked to': account(DebitsEachTime),
  'forgets that it refused a payment': account(ForgetsRefusals),
  'says that a payment is debited before that is written': account(AnswersBeforeWriting),
  'gives back each time it is asked to': account(TakesBackEachTime),
  'lets a debit through that comes after it was taken back': account(LetsLateDebitsThrough),
  'recharges each time it is asked to': account(RechargesEachTime),
  'never asks the account again': concert(NeverAsksAgain),
  'asks for the money before it has written that it does': concert(AsksBeforeWriting),
  'ends a hold that is being paid and asks nothing back': concert(EndsWhatIsBeingPaid),
  'sells before the account has said yes': concert(PaysOnTrust),
  'takes what it hears of one try to pay for another': concert(HearsOfAnyPayment),
  'sells seats of a hold that is over while it is being paid': concert(SellsWhatIsBeingPaid),
};
