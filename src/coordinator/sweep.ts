import type { Work } from './work.ts';
import type { World } from './world.ts';

/** How many ended holds, and how many ended tokens, one batch tidies away at most. */
const SWEEP_ROWS_MAX = 500;

/** Writes down what time has already ended: expiry does not depend on it, so it may come late and in parts. */
export function sweep(world: World, work: Work): void {
  let left = SWEEP_ROWS_MAX;
  for (const reservationId of world.holds.lapsed) {
    const hold = work.hold(reservationId);
    if (hold !== undefined) work.release(hold, 'EXPIRED');
    if (--left === 0) break;
  }
  for (const token of world.line.lapsedTokens(SWEEP_ROWS_MAX)) work.lapse(token, token.expiresAt);
}
