import type { Work } from '../coordinator/work.ts';
import { admitWaiting } from './admit.ts';
import type { Token } from './token.ts';

/**
 * Sets when an ACTIVE token ends, after its user's holds changed: at the end of its window, or of its last unpaid hold
 * if that is later, so that whoever reserved in the last second can still pay. A slot that comes free is given on.
 */
export function keepAlive(work: Work, token: Token, now: number): void {
  const ends = work.payableHolds(token.userId, now).map((hold) => hold.expiresAt);
  const expiresAt = Math.max(token.activeUntil, ...ends);
  if (expiresAt <= now) {
    work.lapse(token, now);
    admitWaiting(work, now);
  } else if (expiresAt !== token.expiresAt) {
    work.saveToken({ ...token, expiresAt });
  }
}
