import { type Ask, call } from './client.ts';
import type { Server } from './processes.ts';

/** Throws unless the answers of the others have the shape of the first one's: a reference that answers less proves nothing. */
export async function expectAlike(
  [first, ...others]: readonly [Server, ...(readonly Server[])],
  ask: Ask,
): Promise<void> {
  const expected = shapeOf(await call(first, ask));
  for (const other of others) {
    if (Bun.deepEquals(shapeOf(await call(other, ask)), expected)) continue;
    throw new Error(`${other.name} does not answer ${ask.method} ${ask.path} as ${first.name} does`);
  }
}

/** The value with the name of its type in the place of each text and number. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, shapeOf(held)]));
}
