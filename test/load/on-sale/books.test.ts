import { expect, test } from 'bun:test';
import { Books, differences } from './books.ts';

const SEATS = 4;

function openBooks() {
  const faults: string[] = [];
  return { books: new Books(SEATS, (what) => faults.push(what)), faults };
}

test('seats that are held and paid for by one after another are no fault', () => {
  const { books, faults } = openBooks();
  books.hold(1, [1, 2], 0, 100);
  books.pay(1, [1, 2], 500);
  books.hold(2, [3], 10, 100);
  // The hold of user 2 has ended, to the millisecond.
  books.hold(3, [3, 4], 100, 200);
  books.pay(3, [3, 4], 700);
  expect(faults).toEqual([]);
  expect(books.isSoldOut).toBe(true);
  expect(books.revenue).toBe(1_200);
  expect([...books.owners]).toEqual([1, 1, 3, 3]);
});

test('a seat that another holds for one more millisecond is held by two', () => {
  const { books, faults } = openBooks();
  books.hold(1, [2], 0, 100);
  books.hold(2, [1, 2], 99, 199);
  expect(faults).toEqual(['a seat held by two']);
});

test('a seat that is paid for is held by nobody else, and paid for by nobody else', () => {
  const { books, faults } = openBooks();
  books.hold(1, [1], 0, 100);
  books.pay(1, [1], 500);
  books.hold(2, [1], 1_000, 1_100);
  books.pay(2, [1], 500);
  expect(faults).toEqual(['a seat held that is paid for', 'a seat paid for twice']);
  expect(books.seatsSold).toBe(1);
});

test('of a hold that is heard of when it may be over, nothing is concluded', () => {
  const { books, faults } = openBooks();
  books.hold(1, [1, 2], 0, 100);
  books.pay(1, [1], 500);
  books.hold(2, [1, 2], 50, 50);
  expect(faults).toEqual([]);
  books.hold(2, [1, 2], 50, 51);
  expect(faults).toEqual(['a seat held that is paid for', 'a seat held by two']);
});

test('a seat is not paid for by one whose hold another has taken over', () => {
  const { books, faults } = openBooks();
  books.hold(1, [1], 0, 100);
  books.hold(2, [1], 100, 200);
  books.pay(1, [1], 500);
  expect(faults).toEqual(['a seat paid for that another holds']);
});

test('the books of the crowd and of the service agree seat by seat, and in money', () => {
  const told = { owners: [7, 7, 0, 9], revenue: 300 };
  const owners = new Map([
    [1, 7],
    [2, 7],
    [4, 9],
  ]);
  expect(differences(told, { sold: 3, revenue: 300, owners })).toEqual({});
  expect(differences(told, { sold: 3, revenue: 299, owners })).toEqual({
    'money that only one side counts': 1,
  });
  expect(differences(told, { sold: 2, revenue: 300, owners })).toEqual({
    'seats that only one side counts as sold': 1,
  });
  expect(differences(told, { sold: 3, revenue: 300, owners: new Map([...owners, [4, 8]]) })).toEqual({
    'seats with another owner in the report of sales': 1,
  });
  expect(differences(told, { sold: 3, revenue: 300, owners: new Map([...owners, [3, 8]]) })).toEqual({
    'seats with another owner in the report of sales': 1,
    'seats more or less in the report of sales': 1,
  });
  // A seat that is not for sale at all.
  expect(differences(told, { sold: 3, revenue: 300, owners: new Map([...owners, [5, 8]]) })).toEqual({
    'seats more or less in the report of sales': 1,
  });
});
