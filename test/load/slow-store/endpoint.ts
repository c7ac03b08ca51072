import Libsql from 'libsql';
import { apply, readPipeline } from '../../support/hrana-pipeline.ts';

/**
 * A remote database that is far away: the protocol of a libSQL server in front of a file, where each request lies for a
 * while before it is applied. That is what a way there and back adds, whether it is in front of the work or behind it.
 */

const path = process.env.DATABASE_PATH ?? '';
const delayMs = Number(process.env.DELAY_MS);

/** Keeps the log of the file from being written back whenever a request is over. */
const connection = new Libsql(path);
connection.pragma('journal_mode = wal');

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  async fetch(request) {
    const pipeline = readPipeline(await request.json());
    await Bun.sleep(delayMs);
    return Response.json(apply(pipeline, path));
  },
});

console.log(`The database listens on http://localhost:${server.port}`);
