import { expect, test } from 'bun:test';
import { Counts } from '../../src/queue/counts.ts';
import { Marks } from '../../src/queue/marks.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const SIZE = 128;

for (const share of [0.02, 0.5, 1]) {
  test(`marks and counts are what a plain list of them is, with ${share * 100} in 100 marked`, () => {
    const random = new SeededRandom(9);
    const marks = new Marks(SIZE);
    // It grows as it is needed.
    const counts = new Counts(4);
    const list = new Set<number>();
    for (let step = 0; step < 2_000; step++) {
      const position = Math.floor(random.next() * SIZE);
      const isMarked = random.next() < share;
      if (isMarked !== list.has(position)) counts.add(position, isMarked ? 1 : -1);
      marks.set(position, isMarked);
      if (isMarked) list.add(position);
      else list.delete(position);
      const sorted = [...list].sort((a, b) => a - b);
      expect(counts.total).toBe(sorted.length);
      for (const at of [0, 1, 31, 32, 33, 63, 64, position, SIZE - 1]) {
        const before = sorted.filter((marked) => marked < at).length;
        expect([at, marks.before(at), counts.before(at)]).toEqual([at, before, before]);
      }
      for (const rank of [0, sorted.length >> 1, sorted.length - 1]) {
        const at = sorted[rank];
        if (at !== undefined) expect([marks.find(rank), counts.find(rank)]).toEqual([at, at]);
      }
    }
    expect(list.size > 0).toBe(true);
  });
}
