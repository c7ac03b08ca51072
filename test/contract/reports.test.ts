import { afterEach, expect, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { DAY_MS, type Fixture } from '../support/fixture.ts';
import { TestService } from '../support/service.ts';

const ADMIN_TOKEN = 'for-the-operator';
const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
const ENTRY = 'entryId,userId,amount,cause,paymentId,createdAt';

/** To write so many entries takes a second, and the machine may be busy. */
const LONG_MS_MAX = 60_000;

let service: TestService;
afterEach(() => service.stop());

const start = (fixture: Fixture = {}) => TestService.start({ environment: { ADMIN_TOKEN }, fixture });
const report = (path: string) => fetch(`${service.url}/v1/admin/reports/${path}`, { headers });
const recharge = (userId: number, amount: number) =>
  service.post(`/v1/balance/users/${userId}/recharge`, { body: { amount } });

async function lines(path: string): Promise<string[]> {
  const text = await (await report(path)).text();
  expect(text).toEndWith('\r\n');
  return text.slice(0, -2).split('\r\n');
}

async function hold(userId: number, seatIds: number[]) {
  const token = await service.join(userId);
  const body = { userId, concertId: 1, scheduleId: 1, seatIds };
  return { token, ...(await service.post('/v1/reservations', { token, body })).body };
}

async function buy(userId: number, seatIds: number[]): Promise<number> {
  const { token, reservationId, totalPrice } = await hold(userId, seatIds);
  await recharge(userId, totalPrice);
  await service.post(`/v1/payments/users/${userId}`, { token, body: { reservationId } });
  return reservationId;
}

/** Somebody else changes the database behind the service's back. */
async function meddle(sql: string): Promise<void> {
  const client = createClient({ url: service.databaseUrl });
  await client.execute(sql);
  client.close();
}

/** Entries 1 to this of the user 1, an entry a second. */
const manyEntries = (count: number) =>
  meddle(`
    insert into ledger_entries (entry_id, user_id, amount, cause, created_at)
    with recursive number(n) as (select 1 union all select n + 1 from number where n < ${count})
    select n, 1, 1, 'RECHARGE', n * 1000 from number`);

test('sales have a line for each sold seat of the schedule, with what was paid for it', async () => {
  service = await start();
  await buy(1, [50, 2]);
  await service.pass(1_000);
  const refunded = await buy(2, [7]);
  await buy(3, [8]);
  await hold(4, [9]);
  await service.operator.post(`/reservations/${refunded}/refund`);
  const answer = await report('sales.csv?scheduleId=1');
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="sales-of-schedule-1.csv"',
    'cache-control': 'no-store',
  });
  expect(await answer.text()).toBe(
    [
      'seatId,seatNumber,price,reservationId,userId,paymentId,paidAt\r\n',
      '2,2,2000,1,1,1,2026-07-04T01:00:00\r\n',
      '8,8,8000,3,3,3,2026-07-04T01:00:01\r\n',
      '50,50,50000,1,1,1,2026-07-04T01:00:00\r\n',
    ].join(''),
  );
  expect(await lines('sales.csv?scheduleId=2')).toHaveLength(1);
});

test('the ledger has a line for each entry, of a time from which and a time to which it is asked for', async () => {
  service = await start();
  await recharge(1, 9_000);
  await service.pass(1_000);
  await buy(2, [3]);
  await service.pass(1_000);
  await service.operator.post('/reservations/1/refund');
  const all = [
    '1,1,9000,RECHARGE,,2026-07-04T01:00:00',
    '2,2,3000,RECHARGE,,2026-07-04T01:00:01',
    '3,2,-3000,PAYMENT,1,2026-07-04T01:00:01',
    '4,2,3000,REFUND,1,2026-07-04T01:00:02',
  ];
  const at = (second: number) => `2026-07-04T01:00:0${second}`;
  for (const [query, from, to] of [
    ['', 0, 4],
    [`?from=${at(0)}`, 0, 4],
    [`?from=${at(1)}`, 1, 4],
    [`?from=${at(2)}`, 3, 4],
    [`?from=${at(3)}`, 4, 4],
    [`?to=${at(0)}`, 0, 0],
    [`?to=${at(1)}`, 0, 1],
    [`?to=${at(3)}`, 0, 4],
    [`?from=${at(1)}&to=${at(2)}`, 1, 3],
    [`?from=${at(1)}&to=${at(1)}`, 1, 1],
  ] as const) {
    expect([query, await lines(`ledger.csv${query}`)]).toEqual([query, [ENTRY, ...all.slice(from, to)]]);
  }
  const reversed = await report(`ledger.csv?from=${at(2)}&to=${at(1)}`);
  expect(await reversed.json()).toEqual({ code: 400, message: 'invalid from: must not be after to' });
});

test(
  'a hundred thousand entries are each there once, in order',
  async () => {
    service = await start();
    await manyEntries(100_000);
    let isOver = false;
    const reading = lines('ledger.csv').finally(() => {
      isOver = true;
    });
    let polls = 0;
    for (; !isOver; polls++) expect((await service.get('/v1/balance/users/1')).status).toBe(200);
    const [columns, ...entries] = await reading;
    expect(polls).toBeGreaterThan(3);
    expect(String(columns)).toBe(ENTRY);
    expect(entries).toHaveLength(100_000);
    expect(entries.findIndex((entry, index) => !entry.startsWith(`${index + 1},1,1,RECHARGE,,`))).toBe(-1);
    const some = await lines('ledger.csv?from=1970-01-02T00:00:00&to=1970-01-02T00:01:00');
    expect(some.slice(1).map((entry) => Number.parseInt(entry, 10))).toEqual(
      Array.from({ length: 60 }, (_, index) => 86_400 + index),
    );
  },
  LONG_MS_MAX,
);

test(
  'what is entered meanwhile is not in a ledger that was asked for before',
  async () => {
    service = await start();
    await manyEntries(100_000);
    const { body } = await report('ledger.csv');
    const reader = body?.getReader();
    await reader?.read();
    await meddle(`insert into ledger_entries values (100001, 1, 1, 'RECHARGE', null, ${DAY_MS})`);
    const parts: string[] = [];
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      parts.push(Buffer.from(part.value).toString());
    }
    expect(parts.join('')).toEndWith('\r\n100000,1,1,RECHARGE,,1970-01-02T03:46:40\r\n');
  },
  LONG_MS_MAX,
);

test(
  'a report whose reading fails is cut off, so that nobody takes a part for the whole',
  async () => {
    service = await start();
    await manyEntries(100_000);
    const { body, status } = await report('ledger.csv');
    const reader = body?.getReader();
    await reader?.read();
    await meddle('alter table ledger_entries rename to elsewhere');
    const readAll = async () => {
      while ((await reader?.read())?.done === false);
    };
    await expect(readAll()).rejects.toThrow();
    expect(status).toBe(200);
    expect(service.log.errors).toEqual([expect.stringMatching(/^ledger\.csv broke off: .*ledger_entries/)]);
  },
  LONG_MS_MAX,
);
