import { afterEach, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { SeededRandom } from '../support/seeded-random.ts';
import { TestService } from '../support/service.ts';

let service: TestService;
afterEach(async () => {
  expect(service.log.errors).toEqual([]);
  await service.stop();
});

test('500 parallel reservations of one seat give one 200 and 499 refusals', async () => {
  service = await TestService.start({ fixture: { users: 500 }, environment: { QUEUE_ADMIT_BATCH: '500' } });
  const tokens = await Promise.all(Array.from({ length: 500 }, (_, index) => service.join(index + 1)));
  const answers = await Promise.all(
    tokens.map((token, index) =>
      service.post('/v1/reservations', {
        token,
        body: { userId: index + 1, concertId: 1, scheduleId: 1, seatIds: [1] },
      }),
    ),
  );
  const won = answers.filter(({ status }) => status === 200);
  const lost = answers.filter(({ status }) => status === 400);
  expect(won).toHaveLength(1);
  expect(lost).toHaveLength(499);
  for (const { body } of lost) expect(body).toEqual({ code: 400, message: 'reservation failed' });
});

test('200 users over 20 seats, in pairs that overlap, never sell a seat twice or hold half a reservation', async () => {
  service = await TestService.start({
    fixture: { users: 200, concerts: [{ name: 'A', schedules: [{ seats: 20, price: 1000 }] }] },
    environment: { QUEUE_ADMIT_BATCH: '200' },
  });
  const random = new SeededRandom(20260704);
  const journeys = Array.from({ length: 200 }, async (_, index) => {
    const userId = index + 1;
    const token = await service.join(userId);
    await service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount: 2000 } });
    const first = 1 + Math.floor(random.next() * 19);
    const body = { userId, concertId: 1, scheduleId: 1, seatIds: [first, first + 1] };
    const held = await service.post('/v1/reservations', { token, body });
    if (held.status !== 200) return 'beaten';
    const { reservationId } = held.body;
    // A third lets go again, so that seats change hands while others reach for them.
    if (index % 3 === 0) return service.delete(`/v1/reservations/${reservationId}/users/${userId}`);
    const paid = await service.post(`/v1/payments/users/${userId}`, { token, body: { reservationId } });
    expect(paid.status).toBe(200);
    return 'paid';
  });
  const outcomes = await Promise.all(journeys);
  const paid = outcomes.filter((outcome) => outcome === 'paid').length;
  expect(paid).toBeGreaterThan(0);
  expect(outcomes.filter((outcome) => outcome === 'beaten').length).toBeGreaterThan(0);

  const client = createClient({ url: service.databaseUrl });
  const count = async (query: string) => Number((await client.execute(query)).rows[0]?.[0]);
  try {
    expect(await count("select count(*) from reservations where status = 'PAID'")).toBe(paid);
    expect(await count('select count(*) from taken_seats')).toBe(2 * paid);
    expect(await count('select count(*) from payments')).toBe(paid);
    expect(
      await count(
        'select count(*) from (select 1 from taken_seats group by reservation_id having count(*) <> 2)',
      ),
    ).toBe(0);
    expect(
      await count(
        `select count(*) from users u where balance <>
         coalesce((select sum(amount) from ledger_entries e where e.user_id = u.user_id), 0)`,
      ),
    ).toBe(0);
  } finally {
    client.close();
  }
});
