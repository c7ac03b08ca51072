import { parentPort, workerData } from 'node:worker_threads';
import Libsql from 'libsql';
import { audit } from './audit.ts';

/** The thread that audits the file it is given, answers with the rows of the queries, and ends. */

const CACHE_KIB = 32 * 1024;

try {
  parentPort?.postMessage(rowsOf(String(workerData)));
} finally {
  // The driver lets go of a connection with the last of its statements, and of those when they are collected.
  Bun.gc(true);
}

/**
 * One transaction, so that all queries see one committed state. It writes nothing and keeps nobody from committing;
 * only the log cannot be begun anew until it ends, and grows by what is committed meanwhile. The driver must be that of
 * the other connections of the process: two of them would take each other's locks off the file.
 */
function rowsOf(path: string): unknown[] {
  const connection = new Libsql(path);
  try {
    connection.exec(`pragma query_only = on; pragma cache_size = ${-CACHE_KIB}; begin`);
    return audit.map((sql) => connection.prepare(sql).all()[0]);
  } catch (cause) {
    // The driver's own errors arrive in the other thread without their message.
    throw new Error(cause instanceof Error ? cause.message : String(cause));
  } finally {
    if (connection.inTransaction) connection.exec('rollback');
    connection.close();
  }
}
