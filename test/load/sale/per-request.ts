import { type Client, createClient, type Transaction } from '@libsql/client';
import { Elysia } from 'elysia';
import { errorShape, fail, failures } from '../../../src/http/errors.ts';
import { readTokenId } from '../../../src/http/ids.ts';
import { jsonBody } from '../../../src/http/json.ts';
import { timeWriter } from '../../../src/http/time.ts';
import { granted, refused } from '../../../src/refusal.ts';
import type { HoldRequest } from '../../../src/reservations/hold.ts';
import { NewReservation, Reservation } from '../../../src/reservations/model.ts';

/**
 * The other reference: the same route as it is usually written, one interactive transaction for each request, on the
 * same tables with the same durability. It is told kindly: one connection that its requests take turns on, since
 * several writers would only meet SQLITE_BUSY, and a client of one connection refuses a second transaction.
 */

const HOLD_MS = 300_000;
const writeTime = timeWriter('Asia/Seoul');
const client = await open(process.env.DATABASE_URL ?? '');
const complaints = new Set<string>();
let lastTurn: Promise<unknown> = Promise.resolve();

const app = new Elysia({ strictPath: true })
  .use(errorShape({ error: complain }, () => []))
  .post(
    '/v1/reservations',
    async ({ body, request, set }) => {
      const held = await inTurn(() => reserve({ ...body, tokenId: readTokenId(request) }, Date.now()));
      return held.ok ? held.value : fail(set, held);
    },
    { parse: jsonBody, body: NewReservation, response: { 200: Reservation, ...failures } },
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
  return client;
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = lastTurn.then(work);
  // A turn that failed tells its own caller; the next one begins all the same.
  lastTurn = turn.catch(() => undefined);
  return turn;
}

async function reserve(request: HoldRequest, now: number) {
  const transaction = await client.transaction('write');
  try {
    const held = await hold(transaction, request, now);
    if (held.ok) await transaction.commit();
    return held;
  } finally {
    // Rolls back what was not committed.
    transaction.close();
  }
}

async function hold(transaction: Transaction, request: HoldRequest, now: number) {
  const { userId, tokenId, concertId, scheduleId, seatIds } = request;
  const rows = async (sql: string, args: (number | null)[]) =>
    (await transaction.execute({ sql, args })).rows;

  const [token] = await rows(
    "select 1 from queue_tokens where token_id = ? and user_id = ? and status = 'ACTIVE' and active_until > ?",
    [tokenId, userId, now],
  );
  if (token === undefined) return refused('invalid token');
  const [concert] = await rows(
    'select concert_name, concert_at from schedules join concerts using (concert_id) where schedule_id = ? and concert_id = ? and reservation_at <= ?',
    [scheduleId, concertId, now],
  );
  if (concert === undefined) return refused('schedule not found');
  const marks = seatIds.map(() => '?').join(', ');
  const seats = await rows(
    `select seat_id, seat_number, price from seats where schedule_id = ? and seat_id in (${marks}) order by seat_id`,
    [scheduleId, ...seatIds],
  );
  if (seats.length !== seatIds.length) return refused('seat not found');
  const taken = await rows(`select 1 from taken_seats where seat_id in (${marks})`, [...seatIds]);
  if (taken.length > 0) return refused('reservation failed');

  const totalPrice = seats.reduce((sum, { price }) => sum + Number(price), 0);
  const sold = JSON.stringify(seats.map((seat) => [seat.seat_id, seat.seat_number, seat.price]));
  const { lastInsertRowid } = await transaction.execute({
    sql: "insert into reservations (user_id, schedule_id, seats, total_price, status, created_at, expires_at) values (?, ?, ?, ?, 'PAYMENT_PENDING', ?, ?)",
    args: [userId, scheduleId, sold, totalPrice, now, now + HOLD_MS],
  });
  const reservationId = Number(lastInsertRowid);
  await transaction.execute({
    sql: `insert into taken_seats (seat_id, reservation_id) values ${seats.map(() => '(?, ?)').join(', ')}`,
    args: seatIds.flatMap((seatId) => [seatId, reservationId]),
  });
  return granted({
    reservationId,
    concertId,
    concertName: String(concert.concert_name),
    concertAt: writeTime(Number(concert.concert_at)),
    seats: seats.map(({ seat_number, price }) => ({ seatNumber: Number(seat_number), price: Number(price) })),
    totalPrice,
    reservationStatus: 'PAYMENT_PENDING' as const,
  });
}
