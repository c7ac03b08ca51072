import { expect, test } from 'bun:test';
import { csvResponse } from '../../src/http/csv.ts';
import { TestLog } from '../support/service.ts';

const columns = { number: ({ number }: { number: number | null }) => number, word: () => 'A' };

/** Pages of a row each, and how many of them have been read. */
function counted(count: number) {
  const read = { pages: 0, isOver: false };
  async function* pages() {
    try {
      for (let number = 1; number <= count; number++) {
        read.pages++;
        yield [{ number }];
      }
    } finally {
      read.isOver = true;
    }
  }
  return { read, pages: pages() };
}

test('a table begins with the names of its columns, and each line ends as RFC 4180 says', async () => {
  const response = csvResponse('x.csv', columns, counted(2).pages, new TestLog());
  expect(await response.text()).toBe('number,word\r\n1,A\r\n2,A\r\n');
  async function* nothing() {}
  expect(await csvResponse('x.csv', columns, nothing(), new TestLog()).text()).toBe('number,word\r\n');
  async function* unknown() {
    yield [{ number: null }];
  }
  expect(await csvResponse('x.csv', columns, unknown(), new TestLog()).text()).toBe('number,word\r\n,A\r\n');
});

test('no page is read before the client has taken the one before, and none once it has gone', async () => {
  const { read, pages } = counted(1_000);
  const reader = csvResponse('x.csv', columns, pages, new TestLog()).body?.getReader();
  expect(read.pages).toBe(0);
  await reader?.read();
  expect(read.pages).toBe(0);
  await reader?.read();
  await reader?.read();
  expect(read).toEqual({ pages: 2, isOver: false });
  await reader?.cancel();
  expect(read).toEqual({ pages: 2, isOver: true });
});

test('a client that goes away while a page is read is no fault of ours', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* slow() {
    await promise;
    yield [{ number: 1 }];
  }
  const log = new TestLog();
  const reader = csvResponse('x.csv', columns, slow(), log).body?.getReader();
  await reader?.read();
  const pending = reader?.read();
  const cancelled = reader?.cancel();
  resolve();
  await Promise.all([pending, cancelled]);
  expect(log.errors).toEqual([]);
});

test('a reading that fails fails the table, and is told', async () => {
  async function* broken() {
    yield [{ number: 1 }];
    throw new Error('no more');
  }
  const log = new TestLog();
  await expect(csvResponse('x.csv', columns, broken(), log).text()).rejects.toThrow('no more');
  expect(log.errors).toEqual(['x.csv broke off: no more']);
});
