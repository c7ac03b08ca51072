import { expect, test } from 'bun:test';
import { Deadlines } from '../src/deadlines.ts';
import { SeededRandom } from './support/seeded-random.ts';

test('keys come out in the order of their times, each at its time and not before', () => {
  for (const seed of [1, 2, 3]) {
    const random = new SeededRandom(seed);
    const deadlines = new Deadlines();
    let list: { at: number; key: number }[] = [];
    for (let now = 0; now < 2_000; now++) {
      for (let n = Math.floor(random.next() * 4); n > 0; n--) {
        const entry = { at: now + Math.floor(random.next() * 300), key: random.id() };
        deadlines.push(entry.at, entry.key);
        list.push(entry);
      }
      const due = list.filter(({ at }) => at <= now).map(({ key }) => key);
      list = list.filter(({ at }) => at > now);
      const popped = [];
      for (let key = deadlines.pop(now); key !== undefined; key = deadlines.pop(now)) popped.push(key);
      expect(popped.sort()).toEqual(due.sort());
      expect(deadlines.next).toBe(Math.min(...list.map(({ at }) => at)));
    }
  }
});
