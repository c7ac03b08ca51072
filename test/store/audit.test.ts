import { afterAll, beforeAll, expect, test } from 'bun:test';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { askFile } from '../../src/store/ask-file.ts';
import { audit, checksOf } from '../../src/store/audit.ts';
import { MINUTE_MS } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';

/** Seats cost 1,000 × their number, and those of schedule 1 have the numbers of their ids. */
const PAID = { reservationId: 1, userId: 1, seatIds: [2, 1], total: 3_000 };
const REFUNDED = { reservationId: 2, userId: 2, seatIds: [3], total: 3_000 };
const EXPIRED = { reservationId: 3, userId: 3, seatIds: [4, 5, 6, 7] };
const CANCELLED = { reservationId: 4, userId: 4, seatIds: [4] };
const UNPAID = { reservationId: 5, userId: 4, seatIds: [8, 9, 10] };
const FREE_SEAT = 50;
const WAITING_USER = 5;
const IDLE_USER = 50;

let folder: string;
let used: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seatline-'));
  used = join(folder, 'used.db');
  const service = await TestService.start({ environment: { QUEUE_MAX_ACTIVE: '2' } });
  const token = new Map<number, number>();
  const enter = async (userId: number) => token.set(userId, await service.join(userId));
  const reserve = async ({ userId, seatIds }: { userId: number; seatIds: number[] }) => {
    const body = { userId, concertId: 1, scheduleId: 1, seatIds };
    const held = await service.post('/v1/reservations', { token: token.get(userId) ?? 0, body });
    return held.body.reservationId;
  };
  for (const sold of [PAID, REFUNDED]) {
    const { userId, reservationId } = sold;
    await enter(userId);
    expect(await reserve(sold)).toBe(reservationId);
    await service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount: 10_000 } });
    const options = { token: token.get(userId) ?? 0, body: { reservationId } };
    await service.post(`/v1/payments/users/${userId}`, options);
  }
  await enter(EXPIRED.userId);
  await reserve(EXPIRED);
  await service.pass(5 * MINUTE_MS);
  await enter(CANCELLED.userId);
  await reserve(CANCELLED);
  await service.delete(`/v1/reservations/${CANCELLED.reservationId}/users/${CANCELLED.userId}`);
  expect(await reserve(UNPAID)).toBe(UNPAID.reservationId);
  await enter(WAITING_USER);
  expect(service.log.errors).toEqual([]);
  const path = fileURLToPath(service.databaseUrl);
  // Whatever the log still has comes along: no service may be killed in the middle of its work for this.
  for (const end of ['', '-wal']) copyFileSync(path + end, used + end);
  await service.stop();
  refund();
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a database that was worked with is clean', async () => {
  const statuses = ['PAID', 'REFUNDED', 'EXPIRED', 'CANCELLED', 'PAYMENT_PENDING'];
  const found = inFile(used, (c) => c.prepare('select status from reservations').pluck().all());
  expect(found).toEqual(statuses);
  const live = inFile(used, (c) =>
    c.prepare('select status from queue_tokens where ended_at is null').pluck().all(),
  );
  expect(live).toEqual(['ACTIVE', 'ACTIVE', 'WAITING']);
  expect(violationsIn(used)).toEqual({});
});

const one = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 1]));

/** Who has `userId` has `amount` more in the balance, as an entry says that is written by hand. */
const book = (userId: number, amount: number, cause: string, paymentId: number | null) => `
  insert into ledger_entries values (-1, ${userId}, ${amount}, '${cause}', ${paymentId}, 0);
  ${move(userId, amount)}`;
const move = (userId: number, amount: number) =>
  `update users set balance = balance + ${amount} where user_id = ${userId};`;
const setReservation = ({ reservationId }: { reservationId: number }, what: string) =>
  `update reservations set ${what} where reservation_id = ${reservationId}`;
const setEntry = (cause: string, userId: number, what: string) =>
  `update ledger_entries set ${what} where cause = '${cause}' and user_id = ${userId};`;

const corruptions: [what: string, sql: string, found: Record<string, number>][] = [
  [
    'a seat in two live reservations',
    `insert into reservations select 0, user_id, schedule_id, '[[8,8,8000]]', 8000, status, 0, 0
      from reservations where reservation_id = ${UNPAID.reservationId}`,
    one('a-seat-is-in-one-live-reservation', 'a-seat-of-a-live-reservation-is-taken'),
  ],
  [
    'a seat twice in one reservation',
    setReservation(UNPAID, `seats = '[[8,8,8000],[8,8,8000],[8,8,8000]]', total_price = 24000`),
    {
      'a-seat-is-in-one-live-reservation': 2,
      'a-seat-of-a-live-reservation-is-taken': 2,
      'a-taken-seat-is-of-a-live-reservation': 2,
    },
  ],
  [
    'a seat that is held, and not taken',
    'delete from taken_seats where seat_id = 8',
    one('a-seat-of-a-live-reservation-is-taken'),
  ],
  [
    'a seat that is held, and blocked',
    'update taken_seats set reservation_id = 0 where seat_id = 8',
    one('a-seat-of-a-live-reservation-is-taken'),
  ],
  [
    'a seat that is sold, and not taken',
    'delete from taken_seats where seat_id = 1',
    one('a-seat-of-a-live-reservation-is-taken'),
  ],
  [
    'a seat taken by a reservation that does not name it',
    `insert into taken_seats values (${FREE_SEAT}, ${UNPAID.reservationId})`,
    one('a-taken-seat-is-of-a-live-reservation'),
  ],
  [
    'a seat taken by a reservation that ended',
    `insert into taken_seats values (4, ${EXPIRED.reservationId})`,
    one('a-taken-seat-is-of-a-live-reservation'),
  ],
  [
    'a seat taken by no reservation',
    'insert into taken_seats values (4, 99)',
    one('a-taken-seat-is-of-a-live-reservation'),
  ],
  [
    'a sale of seats of another schedule',
    setReservation(PAID, 'schedule_id = 3'),
    { 'a-taken-seat-is-of-the-schedule-of-its-reservation': PAID.seatIds.length },
  ],
  ...[EXPIRED, CANCELLED, UNPAID].map((of): [string, string, Record<string, number>] => [
    `a total of ${of.seatIds.length} seats that is 1 too high`,
    setReservation(of, 'total_price = total_price + 1'),
    one('a-total-is-the-sum-of-the-prices'),
  ]),
  [
    'seats that are no JSON',
    setReservation(CANCELLED, `seats = '[[4,'`),
    one('a-total-is-the-sum-of-the-prices'),
  ],
  [
    'a reservation that was paid twice',
    `drop index payments_of_reservation; insert into payments values (-1, ${PAID.reservationId}, ${PAID.total}, 0);
    ${book(PAID.userId, -PAID.total, 'PAYMENT', -1)}`,
    one('a-reservation-has-one-payment'),
  ],
  [
    'a sale that nobody paid for',
    setReservation(UNPAID, `status = 'PAID'`),
    one('a-paid-reservation-has-a-payment'),
  ],
  [
    'a payment of what is not sold',
    setReservation(PAID, `status = 'PAYMENT_PENDING'`),
    one('a-payment-is-the-total-of-a-paid-reservation'),
  ],
  [
    'a payment of less than the total',
    `update payments set amount = amount - 1 where payment_id = 1;
    ${setEntry('PAYMENT', PAID.userId, 'amount = amount + 1')} ${move(PAID.userId, 1)}`,
    one('a-payment-is-the-total-of-a-paid-reservation'),
  ],
  [
    'a payment that was taken twice',
    `drop index ledger_entries_of_payment; ${book(PAID.userId, -PAID.total, 'PAYMENT', 1)}`,
    one('a-payment-has-one-entry-of-a-cause', 'money-that-came-in-was-paid-or-is-kept'),
  ],
  [
    'a refund that was given twice',
    `drop index ledger_entries_of_payment; ${book(REFUNDED.userId, REFUNDED.total, 'REFUND', 2)}`,
    one('a-payment-has-one-entry-of-a-cause'),
  ],
  [
    'a payment that took nothing',
    `delete from ledger_entries where payment_id = 1; ${move(PAID.userId, PAID.total)}`,
    one('a-payment-is-in-the-ledger', 'money-that-came-in-was-paid-or-is-kept'),
  ],
  [
    'a payment that somebody else paid',
    `${setEntry('PAYMENT', PAID.userId, `user_id = ${REFUNDED.userId}`)}
    ${move(PAID.userId, PAID.total)} ${move(REFUNDED.userId, -PAID.total)}`,
    one('a-payment-entry-takes-the-payment-from-its-user'),
  ],
  [
    'a payment that took 1 too much',
    `${setEntry('PAYMENT', PAID.userId, 'amount = amount - 1')} ${move(PAID.userId, -1)}`,
    one('a-payment-entry-takes-the-payment-from-its-user', 'money-that-came-in-was-paid-or-is-kept'),
  ],
  [
    'an entry of no payment',
    book(PAID.userId, -1, 'PAYMENT', 99),
    one('a-payment-entry-takes-the-payment-from-its-user', 'money-that-came-in-was-paid-or-is-kept'),
  ],
  [
    'a refund that returned nothing',
    `delete from ledger_entries where cause = 'REFUND'; ${move(REFUNDED.userId, -REFUNDED.total)}`,
    one('a-refund-is-in-the-ledger'),
  ],
  [
    'a refund to somebody else',
    `${setEntry('REFUND', REFUNDED.userId, `user_id = ${PAID.userId}`)}
    ${move(PAID.userId, REFUNDED.total)} ${move(REFUNDED.userId, -REFUNDED.total)}`,
    one('a-refund-entry-returns-the-payment-to-its-user'),
  ],
  [
    'a refund of what stays sold',
    book(PAID.userId, PAID.total, 'REFUND', 1),
    one('a-refund-entry-returns-the-payment-to-its-user'),
  ],
  [
    'a balance that is 1 too high',
    move(PAID.userId, 1),
    one('a-balance-is-the-sum-of-its-entries', 'money-that-came-in-was-paid-or-is-kept'),
  ],
  [
    'money that moved to a user without entries',
    `${move(PAID.userId, -1)} ${move(IDLE_USER, 1)}`,
    { 'a-balance-is-the-sum-of-its-entries': 2 },
  ],
  ['a balance below zero', book(IDLE_USER, -1, 'RECHARGE', null), one('a-balance-is-not-negative')],
  [
    'a second live token',
    `insert into queue_tokens select 0, 7, user_id, status, 0, 0, 0, null from queue_tokens
      where status = 'WAITING'`,
    one('a-user-has-one-live-token'),
  ],
  [
    'a window before admission',
    `update queue_tokens set active_until = 1 where status = 'WAITING'`,
    one('a-token-has-a-window-from-its-admission-on'),
  ],
  [
    'an admission without a window',
    `update queue_tokens set active_until = 0 where status = 'ACTIVE'`,
    { 'a-token-has-a-window-from-its-admission-on': 2 },
  ],
  [
    'a token that lapses before its window is over',
    `update queue_tokens set expires_at = active_until - 1 where status = 'ACTIVE'`,
    { 'a-token-has-a-window-from-its-admission-on': 2 },
  ],
  ...['queue', 'reservation', 'payment', 'entry'].map((kind): [string, string, Record<string, number>] => [
    `a last ${kind} that nobody counted`,
    `update coordinator_state set last_${kind}_id = last_${kind}_id - 1`,
    one('a-number-is-not-above-its-counter'),
  ]),
];

for (const [what, sql, found] of corruptions) {
  test(`${what} is found, and nothing else`, () => {
    expect(violationsIn(corrupted(sql))).toEqual(found);
  });
}

test('every check has found something', () => {
  const names = checksOf(inFile(used, rowsOf)).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(corruptions.flatMap(([, , found]) => Object.keys(found)))).toEqual(new Set(names));
});

test('all money of the world together is no number too large', () => {
  const all = Number.MAX_SAFE_INTEGER;
  const rich = Array.from({ length: 2_000 }, (_, index) => [1_000 + index, all]);
  const path = corrupted(`
    insert into users select value ->> 0, value ->> 1, 0 from json_each('${JSON.stringify(rich)}');
    insert into ledger_entries select -user_id, user_id, balance, 'RECHARGE', null, 0 from users where user_id >= 1000`);
  expect(violationsIn(path)).toEqual({});
  inFile(path, (c) => c.exec('update users set balance = balance - 1 where user_id = 1000'));
  expect(violationsIn(path)).toEqual(
    one('a-balance-is-the-sum-of-its-entries', 'money-that-came-in-was-paid-or-is-kept'),
  );
});

test('a database in which nothing has happened yet is clean', async () => {
  const service = await TestService.start();
  expect(violationsIn(fileURLToPath(service.databaseUrl))).toEqual({});
  await service.stop();
});

test('a process of its own that asks a file comes to the same', async () => {
  const path = corrupted(move(PAID.userId, 1));
  const rows = await Promise.all(audit.map((query) => askFile(path, query)));
  expect(checksOf(rows)).toEqual(checksOf(inFile(path, rowsOf)));
});

test('to ask what is no database fails, and says why', async () => {
  await expect(askFile(join(folder, 'no-folder', 'x.db'), 'select 1')).rejects.toThrow('Unable to open');
  await expect(askFile(join(folder, 'empty.db'), 'select * from users')).rejects.toThrow('no such table');
});

/** Refunds by hand what the service cannot refund yet. */
function refund(): void {
  const { reservationId, userId, total } = REFUNDED;
  inFile(used, (c) =>
    c.exec(`${setReservation(REFUNDED, `status = 'REFUNDED'`)};
      delete from taken_seats where reservation_id = ${reservationId};
      ${book(userId, total, 'REFUND', 2)}
      update ledger_entries set entry_id = 0 where entry_id = -1`),
  );
}

/** A copy of the database with something wrong in it, that no rule of the database kept out. */
function corrupted(sql: string): string {
  const path = join(mkdtempSync(join(folder, 'copy-')), 'test.db');
  copyFileSync(used, path);
  inFile(path, (c) => c.exec(`pragma foreign_keys = off; pragma ignore_check_constraints = on; ${sql}`));
  return path;
}

/** What is not as it should be, by the names of the checks. */
function violationsIn(path: string): Record<string, number> {
  const checks = checksOf(inFile(path, rowsOf)).filter(({ violations }) => violations !== 0);
  return Object.fromEntries(checks.map(({ name, violations }) => [name, violations]));
}

function rowsOf(connection: Libsql.Database): Record<string, unknown>[] {
  return audit.map((sql) => Object(connection.prepare(sql).all()[0]));
}

function inFile<T>(path: string, use: (connection: Libsql.Database) => T): T {
  const connection = new Libsql(path);
  try {
    return use(connection);
  } finally {
    connection.close();
  }
}
