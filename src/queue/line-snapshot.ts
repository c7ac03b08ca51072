import type { Policy } from '../coordinator/policy.ts';
import type { QueueId } from '../ids.ts';
import { Marks } from './marks.ts';
import type { Pace } from './poll-spacing.ts';

/** Who waits, without a word on who that is: places by their numbers, in blocks of `places` neighbours. */
export interface WaitingPlaces {
  /** The number in line of the first place of block 0. */
  readonly firstQueueId: number;
  readonly places: number;
  /** Blocks that anyone is in, with a bit for each place, in words of 32. */
  readonly blocks: readonly (readonly [block: number, waiting: readonly number[]])[];
}

/** The line as it stood at one moment: all that is needed to tell those who wait where they stand. */
export interface LineSnapshot extends WaitingPlaces {
  readonly policy: Policy;
  readonly pace: Pace;
}

/** A copy of the line, which tells how many people wait ahead of a place. */
export class LineCopy {
  private readonly blocks = new Map<number, { readonly marks: Marks; readonly before: number }>();

  constructor(readonly snapshot: LineSnapshot) {
    const { places, blocks } = snapshot;
    let before = 0;
    for (const [block, words] of blocks.toSorted(([a], [b]) => a - b)) {
      const marks = Marks.of(words);
      this.blocks.set(block, { marks, before });
      before += marks.before(places);
    }
  }

  /** How many people wait ahead of this place; null when nobody waits there. */
  ahead(queueId: QueueId): number | null {
    const { firstQueueId, places } = this.snapshot;
    const slot = queueId - firstQueueId;
    const block = this.blocks.get(Math.floor(slot / places));
    const position = slot % places;
    if (block === undefined || !block.marks.has(position)) return null;
    return block.before + block.marks.before(position);
  }
}
