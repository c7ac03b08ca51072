const SHARDS = 256;
const SHARD_BITS = 8;
const ENTRIES_MIN = 16;

interface Shard {
  /** Ids and their slots in turn, by open addressing; an id of 0 is an empty entry. */
  table: Float64Array<ArrayBuffer>;
  /** Entries in use, those whose slot is the id's no more among them. */
  used: number;
}

/**
 * Finds the slot of an id. An id that has left is dropped when its table is next made anew, so a leave costs nothing
 * here: whoever finds a slot looks whether it is still the id's. There are many small tables in the place of a large
 * one: to make one anew takes microseconds, and nobody waits for it.
 */
export class SlotIndex {
  private readonly shards: Shard[];

  /** `isCurrent` tells whether a slot is still the id's. */
  constructor(private readonly isCurrent: (slot: number, id: number) => boolean) {
    this.shards = Array.from({ length: SHARDS }, () => ({ table: emptyTable(ENTRIES_MIN), used: 0 }));
  }

  /** The slot that was last given to `id`, if it has not been forgotten since it left. */
  find(id: number): number | undefined {
    const mixed = hash(id);
    const { table } = this.shardOf(mixed);
    const at = entryOf(table, mixed, id);
    return table[at] === id ? table[at + 1] : undefined;
  }

  /** Gives `id` a slot, in the place of the one that it had. */
  add(id: number, slot: number): void {
    const mixed = hash(id);
    const shard = this.shardOf(mixed);
    if ((shard.used + 1) * 8 > shard.table.length * 3) this.renew(shard);
    insert(shard, mixed, id, slot);
  }

  /** Forgets those who have left, and makes room for as many again as are left. */
  private renew(shard: Shard): void {
    const { table } = shard;
    const current: number[] = [];
    for (let at = 0; at < table.length; at += 2) {
      const id = table[at] as number;
      if (id !== 0 && this.isCurrent(table[at + 1] as number, id)) current.push(at);
    }
    let entries = ENTRIES_MIN;
    while (entries < (current.length + 1) * 2) entries *= 2;
    shard.table = emptyTable(entries);
    shard.used = 0;
    for (const at of current) {
      const id = table[at] as number;
      insert(shard, hash(id), id, table[at + 1] as number);
    }
  }

  private shardOf(mixed: number): Shard {
    return this.shards[mixed >>> (32 - SHARD_BITS)] as Shard;
  }
}

function emptyTable(entries: number): Float64Array<ArrayBuffer> {
  return new Float64Array(entries * 2);
}

function insert(shard: Shard, mixed: number, id: number, slot: number): void {
  const { table } = shard;
  const at = entryOf(table, mixed, id);
  if (table[at] === 0) shard.used++;
  table[at] = id;
  table[at + 1] = slot;
}

/** Where the entry of an id is in a table, or is to be. */
function entryOf(table: Float64Array, mixed: number, id: number): number {
  const mask = table.length - 1;
  for (let at = (mixed << 1) & mask; ; at = (at + 2) & mask) {
    const found = table[at];
    if (found === id || found === 0) return at;
  }
}

/** Spreads ids up to 2^53 over 32 bits; ids that follow one another must not crowd together. */
function hash(id: number): number {
  const high = (id / 0x1_0000_0000) >>> 0;
  let mixed = Math.imul((id >>> 0) ^ high, 0x9e3779b1);
  mixed ^= mixed >>> 15;
  return mixed >>> 0;
}
