/**
 * Does what only a new database needs, and once more when it fails: of two processes that start at the same moment, one
 * finds half of it done by the other, and the next time all of it. Throws what the second time throws.
 */
export async function onceMore(work: () => Promise<void>): Promise<void> {
  return work().catch(work);
}
