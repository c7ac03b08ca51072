import { constants, setPriority } from 'node:os';
import Libsql from 'libsql';

/** The process that copies a database file to another, which is empty, as it is in one committed state, and ends. */

const LOCK_MS_MAX = 5_000;
/** Small, so that the copy goes to the disk as it comes, and not much of it at once, before a commit that waits for the disk. */
const CACHE_KIB = 4 * 1024;
const [, , path = '', copy = ''] = process.argv;

try {
  // The process that serves goes first.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const connection = new Libsql(path);
  connection.exec(`pragma busy_timeout = ${LOCK_MS_MAX}; pragma cache_size = ${-CACHE_KIB}`);
  // Of the file it only reads: whoever commits goes on meanwhile.
  connection.prepare('vacuum into ?').run(copy);
  // What was committed meanwhile had to stay in the log. Written back here, it does not keep the next commit waiting.
  connection.prepare('pragma wal_checkpoint(passive)').all();
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}
