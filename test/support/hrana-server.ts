import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import Libsql from 'libsql';
import { apply, isCommit, type Pipeline, readPipeline } from './hrana-pipeline.ts';

/** What befalls a request: its connection is lost, something else answers it, or it is kept until a promise lets it go. */
export type Mishap = 'lost' | { status: number; type: string; body: string } | Promise<unknown>;

/** A request that a mishap awaits. */
export interface Awaited {
  /** It has come as far as its mishap. */
  readonly met: Promise<void>;
  /** It has been dealt with, whether or not anybody still waits for the answer. */
  readonly over: Promise<void>;
}

interface Plan {
  readonly when: 'before' | 'after';
  readonly mishap: Mishap;
  readonly met: PromiseWithResolvers<void>;
  readonly over: PromiseWithResolvers<void>;
}

/**
 * A remote database: the protocol of a libSQL server (Hrana 2 over HTTP), as far as the service speaks it, in front of
 * a real file. On Node's server, since Bun's own cannot lose a connection without an answer.
 */
export class HranaServer {
  /** How many requests reached it. */
  served = 0;
  private readonly plans: Record<'commit' | 'other', Plan[]> = { commit: [], other: [] };
  private server: Server | null = null;
  private port = 0;

  private constructor(
    private readonly path: string,
    /** Keeps the log of the file from being written back whenever a stream ends. */
    private readonly connection: Libsql.Database,
  ) {}

  static async start(path: string): Promise<HranaServer> {
    const connection = new Libsql(path);
    connection.pragma('journal_mode = wal');
    const server = new HranaServer(path, connection);
    await server.listen();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Lets a mishap befall the next request of a kind, before it is applied or after. Further ones queue up behind it. */
  next(when: Plan['when'], mishap: Mishap, kind: 'commit' | 'other' = 'commit'): Awaited {
    const met = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    this.plans[kind].push({ when, mishap, met, over });
    return { met: met.promise, over: over.promise };
  }

  /** Listens, on the port of before if there was one. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => this.serve(request, response));
    this.server = server;
    await new Promise<void>((listening) => server.listen(this.port, '127.0.0.1', listening));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    this.port = address.port;
  }

  /** Loses every connection, and takes no more until it listens again. */
  async die(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    await closed;
  }

  async close(): Promise<void> {
    await this.die();
    this.connection.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.served += 1;
    try {
      if (request.method !== 'POST' || request.url !== '/v2/pipeline') throw new Error('no such endpoint');
      await this.answer(readPipeline(await json(request)), response);
    } catch (cause) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(String(cause));
    }
  }

  private async answer(pipeline: Pipeline, response: ServerResponse): Promise<void> {
    const plan = this.plans[isCommit(pipeline) ? 'commit' : 'other'].shift();
    if (plan?.when === 'before' && (await befall(plan, response))) return plan.over.resolve();
    const body = JSON.stringify(apply(pipeline, this.path));
    if (plan?.when === 'after' && (await befall(plan, response))) return plan.over.resolve();
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    plan?.over.resolve();
  }
}

/** Returns whether that was the end of the request. */
async function befall({ mishap, met }: Plan, response: ServerResponse): Promise<boolean> {
  met.resolve();
  if (mishap instanceof Promise) {
    await mishap;
    return false;
  }
  if (mishap === 'lost') response.socket?.destroy();
  else response.writeHead(mishap.status, { 'content-type': mishap.type }).end(mishap.body);
  return true;
}
