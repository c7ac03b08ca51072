/** The last slot that an entry can name. */
export const SLOT_MAX = 2 ** 32 - 2;

const SHARDS = 256;
const SHARD_BITS = 8;
const ENTRIES_MIN = 16;

interface Shard {
  /** Slots, plus 1, by open addressing; 0 is empty. */
  table: Uint32Array<ArrayBuffer>;
  /** Entries in use, those of slots that are nobody's any more among them. */
  used: number;
}

/**
 * Finds the slot of an id. The slots themselves say whose they are, so an entry is four bytes, and one whose slot has
 * become somebody else's or nobody's is dropped when its table is next made anew. There are many small tables in the
 * place of a large one: to make one anew takes microseconds, and nobody waits for it.
 */
export class SlotIndex {
  private readonly shards: Shard[];

  /** `idAt` tells the id that a slot is to be found by, 0 when it is none's. */
  constructor(private readonly idAt: (slot: number) => number) {
    this.shards = Array.from({ length: SHARDS }, () => ({ table: new Uint32Array(ENTRIES_MIN), used: 0 }));
  }

  find(id: number): number | undefined {
    const mixed = hash(id);
    const { table } = this.shardOf(mixed);
    const mask = table.length - 1;
    for (let at = mixed & mask; ; at = (at + 1) & mask) {
      const entry = table[at] as number;
      if (entry === 0) return undefined;
      if (this.idAt(entry - 1) === id) return entry - 1;
    }
  }

  /** Makes `slot` the one of `id`; no other slot is at this time. */
  add(id: number, slot: number): void {
    const mixed = hash(id);
    const shard = this.shardOf(mixed);
    if ((shard.used + 1) * 4 > shard.table.length * 3) this.renew(shard);
    insert(shard, mixed, slot);
  }

  /** Forgets the slots that are none's, and makes room for as many again as are left. */
  private renew(shard: Shard): void {
    const slots: number[] = [];
    for (const entry of shard.table) {
      if (entry !== 0 && this.idAt(entry - 1) !== 0) slots.push(entry - 1);
    }
    let length = ENTRIES_MIN;
    while (length < (slots.length + 1) * 2) length *= 2;
    shard.table = new Uint32Array(length);
    shard.used = 0;
    for (const slot of slots) insert(shard, hash(this.idAt(slot)), slot);
  }

  private shardOf(mixed: number): Shard {
    return this.shards[mixed >>> (32 - SHARD_BITS)] as Shard;
  }
}

function insert(shard: Shard, mixed: number, slot: number): void {
  const mask = shard.table.length - 1;
  let at = mixed & mask;
  while (shard.table[at] !== 0) at = (at + 1) & mask;
  shard.table[at] = slot + 1;
  shard.used++;
}

/** Spreads ids up to 2^53 over 32 bits; ids that follow one another must not crowd together. */
function hash(id: number): number {
  const high = (id / 0x1_0000_0000) >>> 0;
  let mixed = Math.imul((id >>> 0) ^ high, 0x9e3779b1);
  mixed ^= mixed >>> 15;
  return mixed >>> 0;
}
