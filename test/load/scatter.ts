import type { Users } from './plan.ts';

/**
 * A prime that divides no count in use, so that stepping by it meets every position once before it meets one again,
 * and neighbours in time are no neighbours in place.
 */
const STRIDE = 9_973;

/** The position of the `step`-th of `count` that are taken in scattered order. */
export function scatter(step: number, count: number): number {
  if (count % STRIDE === 0) throw new Error(`steps of ${STRIDE} do not meet all of ${count}`);
  return ((step % count) * STRIDE) % count;
}

/** The user that comes at `step` when all of them come in scattered order, over and over. */
export function scatteredUser(step: number, { firstUserId, count }: Users): number {
  return firstUserId + scatter(step, count);
}

/**
 * The token that the bench gives a user: as long as those that are drawn at random, and in no order either, since ids
 * that follow one another would flatter every index. Unique, because to multiply by an odd number is, in 32 bits.
 */
export function tokenIdOf(userId: number): number {
  const low = Math.imul(userId, 0x9e3779b1) >>> 0;
  const high = Math.imul(low ^ (low >>> 15), 0x85ebca6b) >>> 11;
  return high * 0x1_0000_0000 + low;
}
