import { type Answer, type Book, type Call, carriesKey, keyOf, show } from './book.ts';
import { numberIn } from './reply.ts';
import type { Payment, Recharge, Reservation, Snapshot, Token } from './snapshot.ts';

type Row = Token | Reservation | Payment | Recharge;

/**
 * Pairs the rows with the calls: one that was granted has made its row, one that was not answered has made it or not,
 * and whatever row is left is the effect of a call that was refused, or a second effect. The answers that are kept for
 * repetitions belong to the same calls. Notes for each call that was not answered whether it was done.
 */
export function claimEffects(book: Book, snapshot: Snapshot): string[] {
  const wrong: string[] = [];
  const { tokens, reservations, payments, recharges } = snapshot;
  const unclaimed = new Set<Row>([...tokens, ...reservations, ...payments, ...recharges]);
  const promised = promises(snapshot);
  const kept = new Set(snapshot.keptAnswers.map(({ userId, key }) => `${userId} ${key}`));
  for (const call of book.granted()) {
    const row = promised(call, call.answer);
    if (row === undefined) wrong.push(`it was granted, and is not there: ${show(call)}`);
    else if (row !== null) unclaimed.delete(row);
    const isKept = kept.delete(`${call.userId} ${keyOf(call)}`);
    if (isKept !== carriesKey(call)) wrong.push(`its answer must be kept: ${show(call)}`);
  }
  for (const call of book.unanswered()) {
    const row = unclaimed.values().find((candidate) => couldBeOf(call, candidate));
    if (row !== undefined) unclaimed.delete(row);
    const isKept = kept.delete(`${call.userId} ${keyOf(call)}`);
    call.wasFound = isKept;
    // Whoever joins with a live token gets it back, and there is nothing new.
    const isKeptAlone = isKept && row === undefined && call.asked.kind !== 'join';
    if (isKeptAlone) wrong.push(`an answer is kept, and the effect is not there: ${show(call)}`);
    if (!isKept && row !== undefined) wrong.push(`the effect is there, and no answer is kept: ${show(call)}`);
  }
  for (const key of kept) wrong.push(`an answer is kept that was never given: ${key}`);
  for (const row of unclaimed) {
    const calls = book.calls.filter(({ userId }) => !('userId' in row) || row.userId === userId);
    wrong.push([`no call accounts for ${JSON.stringify(row)}`, ...calls.slice(-5).map(show)].join('\n    '));
  }
  return wrong;
}

/** Finds the row that a granted call has made, as it was promised; null for a call that makes none. */
function promises(snapshot: Snapshot): (call: Call, answer: Answer) => Row | null | undefined {
  const tokens = new Map(snapshot.tokens.map((row) => [row.tokenId, row]));
  const reservations = new Map(snapshot.reservations.map((row) => [row.reservationId, row]));
  const payments = new Map(snapshot.payments.map((row) => [row.paymentId, row]));
  const recharges = new Map(snapshot.recharges.map((row) => [row.amount, row]));
  const find = ({ asked }: Call, { body }: Answer): Row | null | undefined => {
    switch (asked.kind) {
      case 'join':
        return tokens.get(numberIn(body, 'tokenId'));
      case 'reserve': {
        const row = reservations.get(numberIn(body, 'reservationId'));
        return row?.totalPrice === numberIn(body, 'totalPrice') ? row : undefined;
      }
      case 'recharge':
        return recharges.get(asked.amount);
      case 'pay': {
        const row = payments.get(numberIn(body, 'paymentId'));
        return row?.amount === numberIn(body, 'amount') ? row : undefined;
      }
      case 'cancel':
      case 'leave':
        return null;
    }
  };
  return (call, answer) => {
    const row = find(call, answer);
    return row === undefined || row === null || couldBeOf(call, row) ? row : undefined;
  };
}

/** Whether a row is what a call asked for. */
function couldBeOf({ userId, asked }: Call, row: Row): boolean {
  if ('userId' in row && row.userId !== userId) return false;
  switch (asked.kind) {
    case 'join':
      return 'tokenId' in row;
    case 'reserve':
      return 'seatIds' in row && row.scheduleId === asked.scheduleId && row.seatIds === asked.seatIds.join();
    case 'recharge':
      return 'entryId' in row && row.amount === asked.amount;
    case 'pay':
      return 'paymentId' in row && row.reservationId === asked.reservationId;
    case 'cancel':
    case 'leave':
      return false;
  }
}
