import { Worker } from 'node:worker_threads';

type Rows = Record<string, unknown>[];

/**
 * Audits a database file in a thread of its own, since the driver is synchronous and a large file takes seconds. Returns
 * the rows of the queries when the thread has ended. Throws when one of them fails, or no answer came.
 */
export function auditFile(path: string): Promise<Rows> {
  return new Promise((resolve, reject) => {
    let rows: Rows | undefined;
    const worker = new Worker(new URL('./audit-worker.ts', import.meta.url), { workerData: path });
    worker.on('message', (message: Rows) => {
      rows = message;
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      if (rows === undefined) reject(new Error('the audit ended without an answer'));
      else resolve(rows);
    });
  });
}
