/** What a database says where somebody else has just done the same. */
const BEATEN = /already exists|UNIQUE constraint failed/;

/**
 * Does what only a new database needs, and once more when another process has been faster: of two that start at the same
 * moment, one finds half of it done by the other, and the next time all of it.
 */
export async function onceMore(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (!BEATEN.test(textOf(cause))) throw cause;
    await work();
  }
}

/** What an error says, and those that it came from. */
function textOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${textOf(error.cause)}` : '';
}
