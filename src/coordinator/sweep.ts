import { KEPT_MS } from './retries.ts';
import type { Work } from './work.ts';
import type { World } from './world.ts';

/** How many ended holds, ended tokens and old answers, of each, one batch tidies away at most. */
export const SWEEP_ROWS_MAX = 500;

/** Writes down what time has already ended: expiry does not depend on it, so it may come late and in parts. */
export function sweep(world: World, work: Work, now: number): void {
  let left = SWEEP_ROWS_MAX;
  for (const reservationId of world.holds.lapsed) {
    const hold = work.hold(reservationId);
    if (hold !== undefined) work.release(hold, 'EXPIRED');
    if (--left === 0) break;
  }
  for (const token of world.line.lapsedTokens(SWEEP_ROWS_MAX)) work.lapse(token, token.expiresAt);
  if (world.oldestAnswerAt + KEPT_MS <= now) work.forgetUntil = now - KEPT_MS;
}
