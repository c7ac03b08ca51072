import type { Transaction } from '@libsql/client';
import { timeWriter } from '../../../src/http/time.ts';
import type { PaymentRequest } from '../../../src/payments/pay.ts';
import { granted, refused } from '../../../src/refusal.ts';
import type { HoldRequest } from '../../../src/reservations/hold.ts';

/** What each request does within a transaction of its own, where nothing but the tables is known. */

/** What memory knows in the service, these have to find: the indexes are theirs alone. */
export const INDEXES = [
  'create index if not exists live_of_user on queue_tokens (user_id) where ended_at is null',
  "create index if not exists unpaid_of_user on reservations (user_id) where status = 'PAYMENT_PENDING'",
];

const HOLD_MS = 300_000;
const TOKEN_MS = 600_000;
const writeTime = timeWriter('Asia/Seoul');

/** Holds seats, all of them or none. */
export async function hold(transaction: Transaction, request: HoldRequest, now: number) {
  const { userId, tokenId, concertId, scheduleId, seatIds } = request;
  const rows = rowsOf(transaction);
  const [token] = await rows(
    "select 1 from queue_tokens where user_id = ? and ended_at is null and token_id = ? and status = 'ACTIVE' and active_until > ?",
    [userId, tokenId, now],
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

/** Puts a user at the end of the line. */
export async function join(transaction: Transaction, userId: number, now: number) {
  const rows = rowsOf(transaction);
  const [user] = await rows('select 1 from users where user_id = ?', [userId]);
  if (user === undefined) return refused('user not found');
  const [live] = await rows(
    'select token_id, joined_at, expires_at from queue_tokens where user_id = ? and ended_at is null and expires_at > ?',
    [userId, now],
  );
  if (live !== undefined) {
    return granted(showToken(Number(live.token_id), Number(live.joined_at), Number(live.expires_at)));
  }
  const tokenId = 1 + Math.floor(Math.random() * (Number.MAX_SAFE_INTEGER - 1));
  await rows(
    "insert into queue_tokens (token_id, user_id, status, joined_at, active_until, expires_at) values (?, ?, 'WAITING', ?, 0, ?)",
    [tokenId, userId, now, now + TOKEN_MS],
  );
  return granted(showToken(tokenId, now, now + TOKEN_MS));
}

/** Pays for a hold. */
export async function pay(
  transaction: Transaction,
  { userId, tokenId, reservationId }: PaymentRequest,
  now: number,
) {
  const rows = rowsOf(transaction);
  const [token] = await rows(
    "select 1 from queue_tokens where user_id = ? and ended_at is null and token_id = ? and status = 'ACTIVE' and active_until > ?",
    [userId, tokenId, now],
  );
  if (token === undefined) return refused('invalid token');
  const [held] = await rows(
    'select status, total_price, expires_at from reservations where reservation_id = ? and user_id = ?',
    [reservationId, userId],
  );
  if (held === undefined) return refused('reservation not found');
  if (held.status !== 'PAYMENT_PENDING' || Number(held.expires_at) <= now)
    return refused('reservation expired');
  const amount = Number(held.total_price);
  const [user] = await rows('select balance from users where user_id = ?', [userId]);
  if (Number(user?.balance) < amount) return refused('not enough balance');
  await rows('update users set balance = balance - ? where user_id = ?', [amount, userId]);
  await rows("update reservations set status = 'PAID' where reservation_id = ?", [reservationId]);
  const { lastInsertRowid } = await transaction.execute({
    sql: 'insert into payments (reservation_id, amount, created_at) values (?, ?, ?)',
    args: [reservationId, amount, now],
  });
  const paymentId = Number(lastInsertRowid);
  await rows(
    "insert into ledger_entries (user_id, amount, cause, payment_id, created_at) values (?, ?, 'PAYMENT', ?, ?)",
    [userId, -amount, paymentId, now],
  );
  const [other] = await rows(
    "select 1 from reservations where user_id = ? and status = 'PAYMENT_PENDING' and expires_at > ? limit 1",
    [userId, now],
  );
  if (other === undefined) {
    await rows("update queue_tokens set status = 'COMPLETED', ended_at = ? where token_id = ?", [
      now,
      tokenId,
    ]);
  }
  return granted({ paymentId, amount, paymentStatus: 'COMPLETED' as const });
}

/** Adds to a balance. */
export async function recharge(transaction: Transaction, userId: number, amount: number, now: number) {
  const rows = rowsOf(transaction);
  const [user] = await rows('update users set balance = balance + ? where user_id = ? returning balance', [
    amount,
    userId,
  ]);
  if (user === undefined) return refused('user not found');
  await rows(
    "insert into ledger_entries (user_id, amount, cause, payment_id, created_at) values (?, ?, 'RECHARGE', null, ?)",
    [userId, amount, now],
  );
  return granted({ userId, currentAmount: Number(user.balance) });
}

function rowsOf(transaction: Transaction) {
  return async (sql: string, args: (number | null)[]) => (await transaction.execute({ sql, args })).rows;
}

function showToken(tokenId: number, createdAt: number, expiresAt: number) {
  return { tokenId, createdAt: writeTime(createdAt), expiredAt: writeTime(expiresAt) };
}
