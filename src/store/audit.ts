/** What must hold in every committed state, and how often it does not. */
export interface Check {
  readonly name: string;
  readonly violations: number;
}

/** How long a text of seats may be to be taken apart in place: the most that nearly all reservations have. */
const SEATS_IN_PLACE_MAX = 3;

/** Statuses in which a reservation keeps its seats from others, and those in which it was paid for. */
const LIVE = `('PAYMENT_PENDING', 'PAID')`;
const PAID_FOR = `('PAID', 'REFUNDED')`;

/** What is no JSON has no seats, and so the wrong total. */
const SEATS = `iif(json_valid(reservations.seats), reservations.seats, '[]')`;

const priceAt = (index: number): string => `(reservations.seats ->> '$[${index}][2]')`;

/** The prices of a reservation, added up. To make rows of them costs far more than to read them where they stand. */
const PRICES = `case json_array_length(${SEATS}) ${range(SEATS_IN_PLACE_MAX)
  .map(
    (last) =>
      `when ${last + 1} then ${range(last + 1)
        .map(priceAt)
        .join(' + ')}`,
  )
  .join(' ')} else (select sum(seat.value ->> 2) from json_each(${SEATS}) as seat) end`;

/** Sums of money in two halves: the sum of many may be larger than an integer. */
const halves = (amount: string): string =>
  `ifnull(sum(${amount} >> 32), 0) as high, ifnull(sum(${amount} & 4294967295), 0) as low`;

/**
 * Seats that the operator has blocked, for the reservation 0, are nobody's. The others are compared from the side of
 * `taken_seats`, and by number: when the live reservations name as many seats as
 * there are taken ones that they name, then all that they name are taken, and no seat is named twice.
 */
const seats = `
with taken as materialized (
  select count(*) as seats,
    count(*) filter (
      where reservations.status in ${LIVE} and instr(reservations.seats, '[' || taken_seats.seat_id || ',') > 0
    ) as named,
    count(*) filter (
      where reservations.reservation_id is not null and seats.schedule_id is not reservations.schedule_id
    ) as elsewhere
  from taken_seats
  left join seats on seats.seat_id = taken_seats.seat_id
  left join reservations on reservations.reservation_id = taken_seats.reservation_id
  where taken_seats.reservation_id <> 0
), reserved as materialized (
  select ifnull(sum(json_array_length(${SEATS})) filter (where status in ${LIVE}), 0) as seats,
    count(*) filter (where total_price is not ${PRICES}) as miscounted
  from reservations
)
select
  case reserved.seats when taken.named then 0 else (
    select ifnull(sum(times - 1), 0) from (
      select count(*) as times from reservations cross join json_each(${SEATS}) as seat
      where status in ${LIVE} group by seat.value ->> 0
    )
  ) end as "a-seat-is-in-one-live-reservation",
  reserved.seats - taken.named as "a-seat-of-a-live-reservation-is-taken",
  taken.seats - taken.named as "a-taken-seat-is-of-a-live-reservation",
  taken.elsewhere as "a-taken-seat-is-of-the-schedule-of-its-reservation",
  reserved.miscounted as "a-total-is-the-sum-of-the-prices"
from taken, reserved`;

/** As long as a unique key is there it lets no second row in, and nobody need look for one. */
const unlessUnique = (key: string, count: string): string =>
  `iif(exists (select 1 from sqlite_schema where type = 'index' and name = '${key}'), 0, (${count}))`;

/**
 * That users are admitted in the order of joining cannot be seen here: whoever let the place lapse is WAITING in the
 * table until that is written down, and those behind are admitted meanwhile.
 */
const line = `
select
  (
    select ifnull(sum(times - 1), 0) from (select count(*) as times from queue_tokens where ended_at is null
      group by user_id having times > 1)
  ) as "a-user-has-one-live-token",
  count(*) filter (where case status
    when 'WAITING' then active_until <> 0
    else active_until <= 0 or expires_at < active_until
  end) as "a-token-has-a-window-from-its-admission-on"
from queue_tokens where ended_at is null`;

const NUMBERED = {
  queue_tokens: ['queue_id', 'last_queue_id'],
  reservations: ['reservation_id', 'last_reservation_id'],
  payments: ['payment_id', 'last_payment_id'],
  ledger_entries: ['entry_id', 'last_entry_id'],
} as const;

const numbers = `select ${Object.entries(NUMBERED)
  .map(
    ([table, [id, last]]) =>
      `(select count(*) from ${table} where ${id} > (select ifnull(max(${last}), 0) from coordinator_state))`,
  )
  .join(' + ')} as "a-number-is-not-above-its-counter"`;

const booksAndLine = `
with reserved as materialized (
  select count(*) filter (where status in ${PAID_FOR}) as paid, count(*) filter (where status = 'REFUNDED') as refunded
  from reservations
), paid as materialized (
  select count(*) as payments,
    count(*) filter (where reservations.status in ${PAID_FOR}) as of_paid,
    count(*) filter (where reservations.status in ${PAID_FOR} and amount = total_price) as fitting,
    ${halves('amount')}
  from payments left join reservations on reservations.reservation_id = payments.reservation_id
), charged as materialized (
  select count(*) as entries,
    count(payments.payment_id) as of_payments,
    count(*) filter (
      where ledger_entries.amount = -payments.amount and ledger_entries.user_id = reservations.user_id
    ) as fitting
  from ledger_entries
  left join payments on payments.payment_id = ledger_entries.payment_id
  left join reservations on reservations.reservation_id = payments.reservation_id
  where ledger_entries.cause = 'PAYMENT'
), returned as materialized (
  select count(*) as entries,
    count(*) filter (where reservations.status = 'REFUNDED') as of_refunded,
    count(*) filter (
      where ledger_entries.amount = payments.amount and ledger_entries.user_id = reservations.user_id
        and reservations.status = 'REFUNDED'
    ) as fitting
  from ledger_entries
  left join payments on payments.payment_id = ledger_entries.payment_id
  left join reservations on reservations.reservation_id = payments.reservation_id
  where ledger_entries.cause = 'REFUND'
), again as materialized (
  select ${unlessUnique(
    'payments_of_reservation',
    'select count(*) - count(distinct reservation_id) from payments',
  )} as payments,
  ${['PAYMENT', 'REFUND']
    .map((cause) =>
      unlessUnique(
        'ledger_entries_of_payment',
        `select count(*) - count(distinct payment_id) from ledger_entries where cause = '${cause}'`,
      ),
    )
    .join(' as charged, ')} as returned
), put_in as materialized (
  select ${halves('amount')} from ledger_entries where cause <> 'PAYMENT'
), ledger as materialized (
  select count(*) filter (where users.balance is not entries) as wrong, count(*) filter (where users.balance <> 0) as users
  from (select user_id, sum(amount) as entries from ledger_entries group by user_id) as sums
  left join users on users.user_id = sums.user_id
), kept as materialized (
  select count(*) filter (where balance < 0) as negative, count(*) filter (where balance <> 0) as users,
    ${halves('balance')}
  from users
)
select
  again.payments as "a-reservation-has-one-payment",
  reserved.paid - paid.of_paid + again.payments as "a-paid-reservation-has-a-payment",
  paid.payments - paid.fitting as "a-payment-is-the-total-of-a-paid-reservation",
  again.charged + again.returned as "a-payment-has-one-entry-of-a-cause",
  paid.payments - charged.of_payments + again.charged as "a-payment-is-in-the-ledger",
  charged.entries - charged.fitting as "a-payment-entry-takes-the-payment-from-its-user",
  reserved.refunded - returned.of_refunded + again.returned as "a-refund-is-in-the-ledger",
  returned.entries - returned.fitting as "a-refund-entry-returns-the-payment-to-its-user",
  ledger.wrong + kept.users - ledger.users as "a-balance-is-the-sum-of-its-entries",
  kept.negative as "a-balance-is-not-negative",
  (put_in.high - paid.high - kept.high) * 4294967296 + (put_in.low - paid.low - kept.low) <> 0
    as "money-that-came-in-was-paid-or-is-kept",
  line.*,
  numbers.*
from reserved, paid, charged, returned, again, put_in, ledger, kept, (${line}) as line, (${numbers}) as numbers`;

/**
 * The invariants, as few queries that share their scans. Each makes one row, in which a column is a check: its name, and
 * how many violations there are. They hold in every committed state, and each query sees one.
 */
export const audit: readonly string[] = [seats, booksAndLine];

/** The checks in the rows that the queries made. */
export function checksOf(rows: readonly Readonly<Record<string, unknown>>[]): Check[] {
  return rows.flatMap((row) =>
    Object.entries(row).map(([name, violations]) => {
      if (!Number.isSafeInteger(violations)) throw new Error(`${name} is ${violations}, which is no count`);
      return { name, violations: Number(violations) };
    }),
  );
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
