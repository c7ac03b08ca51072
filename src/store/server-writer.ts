import { type Client, LibsqlBatchError, LibsqlError } from '@libsql/client';
import { OutcomeUnknown } from './database.ts';

interface Step {
  readonly sql: string;
  readonly args: (string | number)[];
}

/**
 * Has a server apply all of the steps in one transaction, in one request: BEGIN, the steps and COMMIT, each only if the
 * one before it succeeded. Throws `OutcomeUnknown` unless the error itself proves that nothing was applied.
 */
export async function commitAtServer(client: Client, steps: Step[]): Promise<void> {
  try {
    await client.batch(steps, 'write');
  } catch (cause) {
    throw appliedNothing(cause) ? cause : new OutcomeUnknown(cause);
  }
}

function appliedNothing(cause: unknown): boolean {
  // The server says that a step failed, so that it did not come to COMMIT. Where it says nothing of a step, or nothing
  // that can be read, the client makes an error of its own.
  if (cause instanceof LibsqlBatchError) {
    return cause.cause instanceof Error && cause.cause.name === 'ResponseError';
  }
  // BEGIN failed or COMMIT did, and the client does not say which: of what SQLite says of either, only that it was busy
  // means for certain that the transaction is not on the disk.
  if (cause instanceof LibsqlError) return cause.code === 'SQLITE_BUSY';
  // There was no connection to send anything on: `fetch` does not send a POST again that it has sent.
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}
