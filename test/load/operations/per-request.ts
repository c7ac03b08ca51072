import { type Client, createClient, type Transaction } from '@libsql/client';
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { Balance, Recharge } from '../../../src/balance/model.ts';
import { errorShape, fail, failures } from '../../../src/http/errors.ts';
import { pathId, readTokenId } from '../../../src/http/ids.ts';
import { jsonBody } from '../../../src/http/json.ts';
import type { UserId } from '../../../src/ids.ts';
import { NewPayment, Payment } from '../../../src/payments/model.ts';
import { QueueToken } from '../../../src/queue/model.ts';
import type { Result } from '../../../src/refusal.ts';
import { NewReservation, Reservation } from '../../../src/reservations/model.ts';
import { hold, INDEXES, join, pay, recharge } from './transactions.ts';

/**
 * The other reference: the same routes as they are usually written, one interactive transaction for each request, on the
 * same tables with the same durability. It is told kindly: one connection that its requests take turns on, since
 * several writers would only meet SQLITE_BUSY, and a client of one connection refuses a second transaction.
 */

const client = await open(process.env.DATABASE_URL ?? '');
const complaints = new Set<string>();
let lastTurn: Promise<unknown> = Promise.resolve();

const params = Type.Object({ userId: pathId<UserId>() });

const app = new Elysia({ strictPath: true })
  .use(errorShape({ error: complain }, () => []))
  .post(
    '/v1/reservations',
    async ({ body, request, set }) => {
      const choice = { ...body, tokenId: readTokenId(request) };
      const held = await inTurn(() => inTransaction((write) => hold(write, choice, Date.now())));
      return held.ok ? held.value : fail(set, held);
    },
    { parse: jsonBody, body: NewReservation, response: { 200: Reservation, ...failures } },
  )
  .post(
    '/v1/queue-tokens/users/:userId',
    async ({ params: { userId }, set }) => {
      const joined = await inTurn(() => inTransaction((write) => join(write, userId, Date.now())));
      return joined.ok ? joined.value : fail(set, joined);
    },
    { params, response: { 200: QueueToken, ...failures } },
  )
  .post(
    '/v1/payments/users/:userId',
    async ({ params: { userId }, body: { reservationId }, request, set }) => {
      const choice = { userId, reservationId, tokenId: readTokenId(request) };
      const paid = await inTurn(() => inTransaction((write) => pay(write, choice, Date.now())));
      return paid.ok ? paid.value : fail(set, paid);
    },
    { parse: jsonBody, params, body: NewPayment, response: { 200: Payment, ...failures } },
  )
  .post(
    '/v1/balance/users/:userId/recharge',
    async ({ params: { userId }, body: { amount }, set }) => {
      const balance = await inTurn(() =>
        inTransaction((write) => recharge(write, userId, amount, Date.now())),
      );
      return balance.ok ? balance.value : fail(set, balance);
    },
    { parse: jsonBody, params, body: Recharge, response: { 200: Balance, ...failures } },
  )
  .listen({ port: Number(process.env.PORT), maxRequestBodySize: Number.MAX_SAFE_INTEGER });

console.log(`The transactions listen on http://localhost:${app.server?.port}`);

/** Once for each fault, since a load meets it ten thousand times. */
function complain(message: string, cause?: unknown): void {
  const fault = `${message}: ${cause}`;
  if (!complaints.has(fault)) console.error(fault);
  complaints.add(fault);
}

async function open(url: string): Promise<Client> {
  const client = createClient({ url, concurrency: 1 });
  await client.execute('pragma journal_mode = wal');
  await client.execute('pragma synchronous = full');
  for (const index of INDEXES) await client.execute(index);
  return client;
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = lastTurn.then(work);
  // A turn that failed tells its own caller; the next one begins all the same.
  lastTurn = turn.catch(() => undefined);
  return turn;
}

/** All that a request does, or nothing of it. */
async function inTransaction<T>(work: (write: Transaction) => Promise<Result<T>>): Promise<Result<T>> {
  const transaction = await client.transaction('write');
  try {
    const done = await work(transaction);
    if (done.ok) await transaction.commit();
    return done;
  } finally {
    // Rolls back what was not committed.
    transaction.close();
  }
}
