import { openLibsql } from '../../../src/store/libsql.ts';
import { DAY_MS } from '../../support/fixture.ts';

const RESERVATIONS = 1_000_000;
/** Three seats for each two reservations, so that in halls of a multiple of three none lies in two. */
const SEATS_A_SCHEDULE = 12_000;
const SCHEDULES = 125;
const USERS = 300_000;
/** From here on some are unpaid: what is long past is not. */
const FIRST_RECENT = 950_000;

/** Makes `number`, 1 to the parameter's first element, to select from. */
const NUMBERS = `with recursive numbers(number) as
  (select 1 union all select number + 1 from numbers where number < ?1 ->> 0)`;

/** The first seat of a reservation: of two that follow each other, the first has one seat, the second has two. */
const FIRST_SEAT = '3 * ((number - 1) / 2) + 1 + (number - 1) % 2';
const SEATS = '1 + (number - 1) % 2';
/** Prices rise by a hundred in a row of ten. */
const price = (seat: string) => `10000 + 100 * ((${seat}) % 10)`;

/** Of ten reservations seven are paid. Users come back in no order. */
const RESERVATION_ROWS = `
  select number, 1 + number * 7919 % ${USERS}, 1 + (${FIRST_SEAT} - 1) / ${SEATS_A_SCHEDULE},
    (select json_group_array(json_array(seat_id, seat_number, price)) from seats
      where seat_id >= ${FIRST_SEAT} and seat_id < ${FIRST_SEAT} + ${SEATS}),
    (select sum(price) from seats where seat_id >= ${FIRST_SEAT} and seat_id < ${FIRST_SEAT} + ${SEATS}),
    case when number % 10 < 7 then 'PAID' when number % 10 = 7 then 'CANCELLED'
      when number % 10 = 8 and number >= ${FIRST_RECENT} then 'PAYMENT_PENDING' else 'EXPIRED' end,
    ?1 ->> 1, (?1 ->> 1) + ${DAY_MS}
  from numbers`;

const TABLES: readonly { readonly rows: number; readonly insert: string }[] = [
  { rows: USERS, insert: 'insert into users select number, 0, ?1 ->> 1 from numbers' },
  { rows: 1, insert: `insert into concerts (concert_id, concert_name) select number, 'Season' from numbers` },
  {
    rows: SCHEDULES,
    insert: `insert into schedules (schedule_id, concert_id, concert_at, reservation_at) select number, 1,
      (?1 ->> 1) + case when number > ${SCHEDULES - 10} then ${DAY_MS} else -${DAY_MS} end,
      (?1 ->> 1) - ${2 * DAY_MS} from numbers`,
  },
  {
    rows: SCHEDULES * SEATS_A_SCHEDULE,
    insert: `insert into seats select number, 1 + (number - 1) / ${SEATS_A_SCHEDULE},
      1 + (number - 1) % ${SEATS_A_SCHEDULE}, ${price('number')} from numbers`,
  },
  { rows: RESERVATIONS, insert: `insert into reservations ${RESERVATION_ROWS}` },
];

/** Everything that follows from the reservations. */
const CONSEQUENCES = [
  `insert into taken_seats select seat.value ->> 0, reservation_id
    from reservations cross join json_each(reservations.seats) as seat
    where status in ('PAID', 'PAYMENT_PENDING')`,
  `insert into payments select row_number() over (order by reservation_id), reservation_id, total_price, created_at
    from reservations where status = 'PAID'`,
  // Whoever pays has filled up the balance before, by a little more.
  `insert into ledger_entries select 2 * payment_id - 1, user_id, amount + 500, 'RECHARGE', null, created_at
    from payments join (select reservation_id, user_id from reservations) using (reservation_id)`,
  `insert into ledger_entries select 2 * payment_id, user_id, -amount, 'PAYMENT', payment_id, created_at
    from payments join (select reservation_id, user_id from reservations) using (reservation_id)`,
  `update users set balance = entries from (select user_id, sum(amount) as entries from ledger_entries group by user_id)
    as sums where sums.user_id = users.user_id`,
  `insert into queue_tokens select reservation_id, reservation_id * 7919, user_id,
    iif(status = 'PAID', 'COMPLETED', 'EXPIRED'),
    created_at, created_at, created_at, created_at from reservations`,
  `insert into coordinator_state (id, epoch, last_queue_id, last_reservation_id, last_payment_id, last_entry_id,
    admitted_total, lapsed_total) select 1, 0, ${RESERVATIONS}, ${RESERVATIONS},
    (select max(payment_id) from payments), (select max(entry_id) from ledger_entries), ${RESERVATIONS}, 0`,
];

/** Writes a database of a season in which a million reservations were made. */
export async function seedReservations(databaseUrl: string, now: number): Promise<void> {
  const database = await openLibsql(databaseUrl);
  for (const { rows, insert } of TABLES) {
    const sql = insert.replace('select', `${NUMBERS} select`);
    await database.commit([{ sql, json: JSON.stringify([rows, now]), rows }]);
  }
  for (const sql of CONSEQUENCES) await database.commit([{ sql, json: '[]' }]);
  database.close();
}
