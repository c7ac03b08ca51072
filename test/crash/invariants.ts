/** What holds at any moment, whatever was asked: each query counts the rows that break it. */
export const invariants: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: 'a seat in two live reservations',
    sql: `select count(*) as count from (
      select 1 from reservations join json_each(reservations.seats) as seat
      where status in ('PAYMENT_PENDING', 'PAID') group by seat.value ->> 0 having count(*) > 1)`,
  },
  {
    name: 'a seat of a live reservation that is not taken by it',
    sql: `select count(*) as count from reservations join json_each(reservations.seats) as seat
      where status in ('PAYMENT_PENDING', 'PAID') and not exists (
        select 1 from taken_seats
        where seat_id = seat.value ->> 0 and taken_seats.reservation_id = reservations.reservation_id)`,
  },
  {
    name: 'a seat taken by no live reservation',
    sql: `select count(*) as count from taken_seats left join reservations using (reservation_id)
      where coalesce(status, '') not in ('PAYMENT_PENDING', 'PAID')`,
  },
  {
    name: 'a balance that is not the sum of its entries',
    sql: `select count(*) as count from users where balance <>
      (select coalesce(sum(amount), 0) from ledger_entries where ledger_entries.user_id = users.user_id)`,
  },
  {
    name: 'a paid reservation without exactly one payment of its price',
    sql: `select count(*) as count from reservations where status = 'PAID' and 1 <> (
      select count(*) from payments
      where payments.reservation_id = reservations.reservation_id and amount = total_price)`,
  },
  {
    name: 'a payment of a reservation that is not paid',
    sql: `select count(*) as count from payments left join reservations using (reservation_id)
      where coalesce(status, '') <> 'PAID'`,
  },
  {
    name: 'a payment that its user was not charged with exactly once',
    sql: `select count(*) as count from payments join reservations using (reservation_id) where 1 <> (
      select count(*) from ledger_entries as entry
      where entry.payment_id = payments.payment_id and entry.cause = 'PAYMENT'
        and entry.user_id = reservations.user_id and entry.amount = -payments.amount)`,
  },
  {
    name: 'a user with two live tokens',
    sql: `select count(*) as count from (
      select 1 from queue_tokens where ended_at is null group by user_id having count(*) > 1)`,
  },
  {
    name: 'an id beyond the last one that was given out',
    sql: `select count(*) as count from coordinator_state where
      last_queue_id < (select coalesce(max(queue_id), 0) from queue_tokens)
      or last_reservation_id < (select coalesce(max(reservation_id), 0) from reservations)
      or last_payment_id < (select coalesce(max(payment_id), 0) from payments)
      or last_entry_id < (select coalesce(max(entry_id), 0) from ledger_entries)`,
  },
];
