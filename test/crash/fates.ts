import { type Book, type Call, type Sighting, show } from './book.ts';
import type { Reservation, Snapshot, Token } from './snapshot.ts';

/** Holds the statuses of tokens and reservations against what was asked of them, what was told, and the time. */
export function checkFates(
  book: Book,
  { tokens, reservations, readAt }: Snapshot,
  waitingMs: number,
): string[] {
  const calls = callsByThing(book);
  return [
    ...tokens.flatMap((token) => {
      const seen = book.sightings.get(token.tokenId);
      const about = calls.ofToken.get(token.tokenId) ?? [];
      const faults = [...faultsOfToken(token, about, waitingMs)];
      if (seen !== undefined && !isAsSeen(token, seen, readAt)) faults.push(`was ${JSON.stringify(seen)}`);
      return faults.map((fault) => tell(fault, token, about));
    }),
    ...reservations.flatMap((reservation) => {
      const about = calls.ofReservation.get(reservation.reservationId) ?? [];
      const allowed = allowedStatuses(reservation, about, readAt);
      if (allowed.includes(reservation.status)) return [];
      return [tell(`must be ${allowed.join(' or ')}`, reservation, about)];
    }),
  ];
}

function tell(fault: string, row: Token | Reservation, calls: readonly Call[]): string {
  return [`${fault}: ${JSON.stringify(row)}`, ...calls.map(show)].join('\n    ');
}

/** What was asked with each token, and what was asked about each reservation, with leaving among it. */
function callsByThing(book: Book): { ofToken: Map<number, Call[]>; ofReservation: Map<number, Call[]> } {
  const ofToken = new Map<number, Call[]>();
  const ofReservation = new Map<number, Call[]>();
  for (const call of book.calls) {
    const { asked } = call;
    if ('tokenId' in asked) add(ofToken, asked.tokenId, call);
    if ('reservationId' in asked) add(ofReservation, asked.reservationId, call);
  }
  for (const { reservationId, tokenId } of book.reservations()) {
    for (const call of ofToken.get(tokenId) ?? []) {
      if (call.asked.kind === 'leave') add(ofReservation, reservationId, call);
    }
  }
  return { ofToken, ofReservation };
}

function add(lists: Map<number, Call[]>, key: number, call: Call): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [call]);
  else list.push(call);
}

function* faultsOfToken(token: Token, calls: readonly Call[], waitingMs: number): Generator<string> {
  const of = (kind: Call['asked']['kind']): Call[] => calls.filter(({ asked }) => asked.kind === kind);
  const { status, activeUntil, joinedAt, endedAt } = token;
  if (of('leave').some(isGranted) && status !== 'EXPIRED') yield 'must have left';
  if (status === 'COMPLETED' && !of('pay').some(mayBeDone)) yield 'is completed without a payment';
  const paidAll = of('reserve').filter(mayBeDone).length === 1 && of('pay').some(isGranted);
  if (paidAll && status !== 'COMPLETED') yield 'must be completed';
  const lapsesAt = activeUntil === 0 ? joinedAt + waitingMs : activeUntil;
  if (status === 'EXPIRED' && !of('leave').some(mayBeDone) && (endedAt ?? 0) < lapsesAt) yield 'ended early';
}

/** Whether a token has kept its place, and its status is one that can follow. */
function isAsSeen({ queueId, status, expiresAt }: Token, seen: Sighting, now: number): boolean {
  if (queueId !== seen.queueId) return false;
  if (seen.status === 'WAITING' || status === seen.status) return true;
  if (seen.status === 'ACTIVE') return status !== 'WAITING';
  // The tables may learn late that a token has lapsed, and a place that waits is renewed by a start that finds it.
  return seen.status === 'EXPIRED' && (status === 'WAITING' || (status === 'ACTIVE' && expiresAt <= now));
}

function allowedStatuses(
  { expiresAt }: Reservation,
  calls: readonly Call[],
  readAt: number,
): readonly string[] {
  const of = (kind: Call['asked']['kind']): Call[] => calls.filter(({ asked }) => asked.kind === kind);
  if (of('pay').some(isGranted)) return ['PAID'];
  if (of('cancel').some(isGranted)) return ['CANCELLED'];
  // What ended before its user left is not let go by that: it has lapsed, and the tables may learn so later.
  const left = of('leave').find(isGranted);
  const isLeft = left?.answer != null && expiresAt > left.answer.time;
  const allowed: string[] = isLeft ? [] : ['PAYMENT_PENDING'];
  if (!isLeft && expiresAt <= readAt) allowed.push('EXPIRED');
  if (of('pay').some(mayBeDone)) allowed.push('PAID');
  if ([...of('cancel'), ...of('leave')].some(mayBeDone)) allowed.push('CANCELLED');
  return allowed;
}

function isGranted({ answer }: Call): boolean {
  return answer?.isGranted === true;
}

/** Whether a call was done, or may have been. Leaving again is refused, so that a refusal does not say that it was not. */
function mayBeDone({ answer, lost, asked }: Call): boolean {
  if (answer?.isGranted === true) return true;
  return lost > 0 && (answer === null || asked.kind === 'leave');
}
