import Libsql from 'libsql';
import { openLibsql } from '../../../src/store/libsql.ts';
import { type Row, text, wholeRows } from '../../../src/store/rows.ts';
import { queueTokens } from '../../../src/store/schema.ts';
import { DAY_MS } from '../../support/fixture.ts';
import type { Sale } from '../plan.ts';
import { ACTIVE, active } from '../sale/seed.ts';

const SEATS_A_SCHEDULE = 10_000;
const CACHE_KIB = 256 * 1024;
const PRICE = 10_000;
const RESERVATIONS_A_USER = 10;

/**
 * What is in a database: dates on sale, and reservations of dates that are over and were sold out, each of one seat and
 * paid.
 */
export interface Season {
  readonly onSale: number;
  readonly past: number;
}

/** The dates on sale come first, so that their ids are the same whatever is past. */
export function saleOf({ onSale }: Pick<Season, 'onSale'>): Sale {
  return {
    concertId: 1,
    firstScheduleId: 1,
    firstSeatId: 1,
    seatsPerSchedule: SEATS_A_SCHEDULE,
    schedules: onSale,
  };
}

/**
 * Writes a season, each table in one statement that makes its rows: to pass a million of them through here would take
 * ten times as long. What it writes is right, so nobody has to check its references, or to sync it before it is whole.
 */
export async function seedSeason(file: string, now: number, { onSale, past }: Season): Promise<void> {
  const database = await openLibsql(`file:${file}`);
  const tokenInsert = text(database.drizzle.insert(queueTokens).select(wholeRows(8)));
  database.close();
  const connection = new Libsql(file);
  connection.exec(
    `pragma foreign_keys = off; pragma synchronous = off; pragma cache_size = ${-CACHE_KIB}; begin`,
  );
  const insert = (table: string, count: number, columns: string): void => {
    if (count === 0) return;
    connection.exec(`insert into ${table}
      with recursive numbers(number) as (select 1 union all select number + 1 from numbers where number < ${count})
      select ${columns} from numbers`);
  };
  const schedules = onSale + past / SEATS_A_SCHEDULE;
  const seatsOnSale = onSale * SEATS_A_SCHEDULE;
  const buyers = past / RESERVATIONS_A_USER;
  const buyer = `${ACTIVE} + 1 + (number - 1) / ${RESERVATIONS_A_USER}`;
  const seat = `${seatsOnSale} + number`;
  const at = (days: number) => now + days * DAY_MS;

  insert('users', ACTIVE + buyers, `number, 0, ${at(-9)}`);
  insert('concerts (concert_id, concert_name)', 1, `number, 'Season'`);
  insert(
    'schedules (schedule_id, concert_id, concert_at, reservation_at)',
    schedules,
    `number, 1, iif(number <= ${onSale}, ${at(9)}, ${at(-1)}), ${at(-8)}`,
  );
  insert(
    'seats',
    schedules * SEATS_A_SCHEDULE,
    `number, 1 + (number - 1) / ${SEATS_A_SCHEDULE}, 1 + (number - 1) % ${SEATS_A_SCHEDULE}, ${PRICE}`,
  );
  insert(
    'reservations',
    past,
    `number, ${buyer}, 1 + (${seat} - 1) / ${SEATS_A_SCHEDULE},
      '[[' || (${seat}) || ',' || (1 + (${seat} - 1) % ${SEATS_A_SCHEDULE}) || ',${PRICE}]]',
      ${PRICE}, 'PAID', ${at(-7)}, ${at(-7)}`,
  );
  insert('taken_seats', past, `${seat}, number`);
  insert('payments', past, `number, number, ${PRICE}, ${at(-7)}`);
  // Whoever paid had filled up the balance by as much.
  const recharge = RESERVATIONS_A_USER * PRICE;
  insert('ledger_entries', buyers, `number, ${ACTIVE} + number, ${recharge}, 'RECHARGE', null, ${at(-7)}`);
  insert('ledger_entries', past, `${buyers} + number, ${buyer}, ${-PRICE}, 'PAYMENT', number, ${at(-7)}`);
  insert(
    'coordinator_state (id, epoch, last_queue_id, last_reservation_id, last_payment_id, last_entry_id)',
    1,
    `1, 0, ${ACTIVE}, ${past}, ${past}, ${buyers + past}`,
  );
  const tokens = active.map(({ userId, tokenId }): Row => {
    const end = now + DAY_MS;
    return [userId, tokenId, userId, 'ACTIVE', now, end, end, null];
  });
  connection.prepare(tokenInsert).run([JSON.stringify(tokens)]);
  // Into the file itself, which may be copied.
  connection.exec('commit; pragma wal_checkpoint(truncate)');
  connection.close();
}
