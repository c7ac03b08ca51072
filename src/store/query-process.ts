import { constants, setPriority } from 'node:os';
import Libsql from 'libsql';

/** The process that asks a database file one query, prints the row that it makes, and ends. It keeps nobody waiting. */

const CACHE_KIB = 32 * 1024;
const [, , path = '', sql = ''] = process.argv;

try {
  // The process that serves goes first.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const connection = new Libsql(path);
  connection.exec(`pragma query_only = on; pragma cache_size = ${-CACHE_KIB}`);
  console.log(JSON.stringify(connection.prepare(sql).all()[0]));
  // What was committed meanwhile had to stay in the log. Written back here, it does not keep the next commit waiting.
  connection.prepare('pragma wal_checkpoint(passive)').all();
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}
