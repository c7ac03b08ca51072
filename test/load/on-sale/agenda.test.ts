import { expect, test } from 'bun:test';
import { Agenda } from './agenda.ts';

test('everyone comes at the millisecond that is theirs, and in its order', () => {
  const agenda = new Agenda<string>(1_000);
  agenda.add(1_010, 'second');
  agenda.add(1_005, 'first');
  agenda.add(1_010, 'third');
  expect([...agenda.take(1_004)]).toEqual([]);
  expect([...agenda.take(1_005)]).toEqual(['first']);
  expect([...agenda.take(1_009.9)]).toEqual([]);
  expect([...agenda.take(1_020)]).toEqual(['second', 'third']);
  expect([...agenda.take(2_000)]).toEqual([]);
});

test('whoever is due in the past comes the next time', () => {
  const agenda = new Agenda<string>(1_000);
  expect([...agenda.take(1_500)]).toEqual([]);
  agenda.add(1_200, 'late');
  agenda.add(1_500, 'just now');
  expect([...agenda.take(1_500.5)]).toEqual([]);
  expect([...agenda.take(1_501)]).toEqual(['late', 'just now']);
});

test('whoever is added while others are taken comes as well', () => {
  const agenda = new Agenda<string>(1_000);
  agenda.add(1_001, 'first');
  const taken: string[] = [];
  for (const name of agenda.take(1_010)) {
    taken.push(name);
    if (name === 'first') agenda.add(1_001, 'follower');
  }
  expect(taken).toEqual(['first', 'follower']);
});

test('all can be taken at once, and nobody comes then', () => {
  const agenda = new Agenda<string>(1_000);
  agenda.add(1_003, 'one');
  agenda.add(9_000, 'two');
  expect(agenda.takeAll()).toEqual(['one', 'two']);
  expect([...agenda.take(10_000)]).toEqual([]);
});
