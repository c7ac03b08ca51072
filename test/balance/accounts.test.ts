import { expect, test } from 'bun:test';
import { Accounts } from '../../src/balance/accounts.ts';
import { user } from '../support/rules.ts';

test('the account unchanged for longest makes room for another', () => {
  const accounts = new Accounts(2);
  accounts.apply({ userId: user(1), balance: 10 });
  accounts.apply({ userId: user(2), balance: 20 });
  accounts.apply({ userId: user(1), balance: 11 });
  accounts.apply({ userId: user(3), balance: 30 });
  expect(accounts.get(user(1))).toEqual({ userId: user(1), balance: 11 });
  expect(accounts.get(user(2))).toBeUndefined();
  expect(accounts.get(user(3))?.balance).toBe(30);
});
