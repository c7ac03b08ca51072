import { expect, test } from 'bun:test';
import { LateDesk } from '../../src/coordinator/late-desk.ts';
import { granted, refused } from '../../src/refusal.ts';
import { reservation, user } from '../support/rules.ts';

test('before the coordinator is there, everything is refused as not ready; afterwards it answers', async () => {
  const late = new LateDesk();
  const page = { before: 10, limit: 5 };
  expect(late.submit({ kind: 'probe' })).toEqual(refused('not ready'));
  expect(late.reservationsOf(user(1), page)).toEqual(refused('not ready'));
  expect(late.reservation(reservation(1))).toEqual(refused('not ready'));
  expect(late.turnAway()).toBeNull();
  late.open({
    submit: () => granted(null as never),
    turnAway: () => refused('overloaded'),
    reservationsOf: () => granted([]),
    reservation: () => refused('reservation not found'),
  });
  expect(late.turnAway()).toEqual(refused('overloaded'));
  expect(late.submit({ kind: 'probe' })).toEqual(granted(null));
  expect(late.reservationsOf(user(1), page)).toEqual(granted([]));
  expect(late.reservation(reservation(1))).toEqual(refused('reservation not found'));
});
