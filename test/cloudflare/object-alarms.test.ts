import { beforeEach, expect, test } from 'bun:test';
import { ObjectAlarms } from '../../src/cloudflare/object-alarms.ts';
import { TestLog } from '../support/service.ts';
import { TestClock } from '../support/test-clock.ts';

let clock: TestClock;
let log: TestLog;
/** What the platform's alarm was set for, in milliseconds from now on. */
let sets: number[];
let rung: string[];
let alarms: ObjectAlarms;
beforeEach(() => {
  clock = new TestClock(0);
  log = new TestLog();
  sets = [];
  rung = [];
  const storage = {
    async setAlarm(at: number) {
      sets.push(at);
    },
  };
  alarms = new ObjectAlarms(storage, clock, log);
});

const alarm = (name: string) => alarms.alarm(() => rung.push(name));

test('the one alarm of the object is set for the soonest, and not again for one that is later', () => {
  const [admission, sweep] = [alarm('admission'), alarm('sweep')];
  sweep.set(500);
  admission.set(900);
  admission.set(700);
  sweep.set(600);
  expect(sets).toEqual([500]);
  admission.set(300);
  expect(sets).toEqual([500, 300]);
});

test('what is due rings, and the next is set', () => {
  const [admission, sweep] = [alarm('admission'), alarm('sweep')];
  admission.set(300);
  sweep.set(500);
  clock.jump(300);
  alarms.rang();
  expect(rung).toEqual(['admission']);
  expect(sets).toEqual([300, 500]);
});

test('an alarm that was put off does not ring, and an idle object is not woken again', () => {
  const admission = alarm('admission');
  admission.set(300);
  admission.set(null);
  clock.jump(300);
  alarms.rang();
  expect(rung).toEqual([]);
  expect(sets).toEqual([300]);
});

test('what is due already is set for now', () => {
  clock.jump(1_000);
  alarm('sweep').set(0);
  expect(sets).toEqual([1_000]);
});

test('an alarm that cannot be set is complained of, and tried again with the next', async () => {
  const failing = new ObjectAlarms({ setAlarm: () => Promise.reject(new Error('no storage')) }, clock, log);
  const complained = log.next('the alarm could not be set');
  const sweep = failing.alarm(() => {});
  sweep.set(500);
  await complained;
  const again = log.next('the alarm could not be set');
  sweep.set(600);
  await again;
  expect(log.errors.length).toBe(2);
});
