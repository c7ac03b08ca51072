import { expect, test } from 'bun:test';
import { BROKEN } from './broken.ts';
import { ChosenFaults } from './faults.ts';
import { type Kinds, runEveryWalk, runTrial, runWalk } from './trial.ts';

/** With fewer, one of the broken ones is not found out. */
const SEEDS = 200;

test('a payment across two objects is exact, whatever dies, is lost, is late or comes twice', () => {
  const seen = new Set<string>();
  let payments = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const ended = runTrial(seed);
    expect({ seed, wrong: ended.wrong }).toEqual({ seed, wrong: undefined });
    for (const what of ended.seen.keys()) seen.add(what);
    payments += ended.payments;
  }
  expect(payments).toBeGreaterThan(SEEDS);
  // A run in which none of this came about has shown little.
  expect([...seen].toSorted()).toEqual([
    'asked again for a debit that was DEBITED',
    'asked again for a debit that was REFUSED',
    'asked again for a debit that was TAKEN_BACK',
    'died while a payment was under way',
    'died while money was on its way back',
    'heard of a payment that another one came after',
    'paid after the hold would have ended',
    'refunded',
    'refused for want of money',
    'taken back what was DEBITED',
    'taken back what was REFUSED',
    'taken back what was TAKEN_BACK',
    'taken back what was not known yet',
  ]);
});

test('a payment and its refund are exact with a death at any two steps, or at one beside any message that is lost or repeated', () => {
  const { walks, wrong } = runEveryWalk();
  expect(wrong).toBeUndefined();
  expect(walks).toBeGreaterThan(3_000);
});

for (const [name, kinds] of Object.entries(BROKEN)) {
  test(`an object that ${name} is found out`, () => {
    expect(firstWrong(kinds)).toBeString();
  });
}

test('a payment across two objects takes four messages, one after the other, and three commits', () => {
  const costs = (walk: 'hold' | 'pay') => {
    const faults = new ChosenFaults();
    const { accounts, concerts } = runWalk(walk, faults);
    return { messages: faults.messages, accounts, concerts };
  };
  const held = costs('hold');
  const paid = costs('pay');
  expect(paid.messages - held.messages).toBe(4);
  expect(paid.accounts.requests - held.accounts.requests).toBe(1);
  expect(paid.concerts.requests - held.concerts.requests).toBe(1);
  // The hold that is not paid for ends, which is a commit as well.
  expect(
    paid.accounts.commits - held.accounts.commits + paid.concerts.commits - (held.concerts.commits - 1),
  ).toBe(3);
});

function firstWrong(kinds: Kinds): string | undefined {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { wrong } = runTrial(seed, kinds);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
