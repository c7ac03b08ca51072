import type { QueueId, TokenId, UserId } from '../ids.ts';
import { Lapses } from './lapses.ts';
import type { Token } from './token.ts';

const SLOTS_MIN = 1024;

/**
 * The people who wait, in the order of joining. Each place has a slot, `queueId - base`; a Fenwick tree over the slots
 * counts who is still there, so that a place in line, the next in line, a joining and a leaving cost O(log n) each
 * however many have left in the middle. Everything is in typed arrays: a place costs bytes, not objects.
 */
export class WaitingLine {
  private base = 1;
  /** One past the last slot in use. */
  private end = 0;
  private count = 0;
  private users = new Float64Array(SLOTS_MIN);
  private tokens = new Float64Array(SLOTS_MIN);
  private joined = new Float64Array(SLOTS_MIN);
  private lapses = new Float64Array(SLOTS_MIN);
  /** Fenwick tree: `tree[i]` counts the people in the slots that node i covers; 1-based. */
  private tree = new Int32Array(SLOTS_MIN + 1);
  /**
   * User → slot + 1, by open addressing; 0 is empty. Whoever leaves stays in here until the next `reindex`: an entry
   * counts only as long as its slot has the user that is asked for.
   */
  private index = new Int32Array(SLOTS_MIN * 2);
  private indexUsed = 0;
  private readonly lapsing = new Lapses(SLOTS_MIN);

  get size(): number {
    return this.count;
  }

  /** No one's place lapses before this time. */
  get nextLapse(): number {
    return this.lapsing.next;
  }

  get(userId: UserId): Token | undefined {
    const slot = this.slotOf(userId);
    return slot === undefined ? undefined : this.tokenAt(slot);
  }

  /** Adds a person behind everyone else: `queueId` is above every one before, and the user does not wait yet. */
  join(token: Pick<Token, 'userId' | 'tokenId' | 'queueId' | 'joinedAt' | 'expiresAt'>): void {
    if (this.count === 0) this.restartAt(token.queueId);
    if (token.queueId < this.base + this.end)
      throw new Error(`queueId ${token.queueId} is not behind the line`);
    if (this.slotOf(token.userId) !== undefined) throw new Error(`user ${token.userId} already waits`);
    if (token.queueId - this.base >= this.users.length) this.makeRoomFor(token.queueId);
    const slot = token.queueId - this.base;
    this.users[slot] = token.userId;
    this.tokens[slot] = token.tokenId;
    this.joined[slot] = token.joinedAt;
    this.lapses[slot] = token.expiresAt;
    this.end = slot + 1;
    this.add(slot, 1);
    this.count++;
    this.enter(token.userId, slot);
    this.lapsing.add(slot, token.expiresAt);
  }

  /** Moves the end of a place to a later time. */
  renew(userId: UserId, expiresAt: number): void {
    const slot = this.slotOf(userId);
    if (slot !== undefined && expiresAt > (this.lapses[slot] as number)) this.lapses[slot] = expiresAt;
  }

  leave(userId: UserId): void {
    const slot = this.slotOf(userId);
    if (slot !== undefined) this.clear(slot);
  }

  /** How many people wait ahead of this user. */
  ahead(userId: UserId): number {
    const slot = this.slotOf(userId);
    return slot === undefined ? 0 : this.countBefore(slot);
  }

  /** The first person whose place is behind `queueId`; behind 0 stands the head of the line. */
  nextAfter(queueId: number): Token | undefined {
    const before = this.countBefore(Math.min(Math.max(0, queueId + 1 - this.base), this.end));
    return before >= this.count ? undefined : this.tokenAt(this.slotOfRank(before));
  }

  /** Takes out everyone whose place lapsed at `now` or before, and tells of each. */
  lapse(now: number, tell: (token: Token) => void): void {
    this.lapsing.takeDue(now, (slot) => {
      if (this.users[slot] === 0) return;
      const expiresAt = this.lapses[slot] as number;
      if (expiresAt > now) {
        this.lapsing.add(slot, expiresAt);
        return;
      }
      const token = this.tokenAt(slot);
      this.clear(slot);
      tell(token);
    });
  }

  private tokenAt(slot: number): Token {
    return {
      tokenId: this.tokens[slot] as TokenId,
      userId: this.users[slot] as UserId,
      queueId: (slot + this.base) as QueueId,
      status: 'WAITING',
      joinedAt: this.joined[slot] as number,
      activeUntil: 0,
      expiresAt: this.lapses[slot] as number,
      endedAt: null,
    };
  }

  private clear(slot: number): void {
    this.users[slot] = 0;
    this.add(slot, -1);
    this.count--;
  }

  // The Fenwick tree.

  private add(slot: number, change: number): void {
    for (let node = slot + 1; node < this.tree.length; node += node & -node) {
      this.tree[node] = (this.tree[node] as number) + change;
    }
  }

  private countBefore(slot: number): number {
    let sum = 0;
    for (let node = slot; node > 0; node -= node & -node) sum += this.tree[node] as number;
    return sum;
  }

  /** The slot of the person with exactly `rank` people ahead. */
  private slotOfRank(rank: number): number {
    let node = 0;
    let left = rank;
    for (let step = this.users.length; step > 0; step >>= 1) {
      const covered = this.tree[node + step];
      if (covered !== undefined && covered <= left) {
        node += step;
        left -= covered;
      }
    }
    return node;
  }

  // The slots move only when the arrays are full: those at the head that are empty are given up first.

  private restartAt(queueId: number): void {
    this.base = queueId;
    this.end = 0;
    this.lapsing.clear();
  }

  private makeRoomFor(queueId: number): void {
    const first = this.slotOfRank(0);
    const needed = queueId - this.base - first + 1;
    let capacity = this.users.length;
    while (needed > capacity / 2 && capacity < needed * 2) capacity *= 2;
    const moved = (from: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(capacity);
      to.set(from.subarray(first, this.end));
      return to;
    };
    this.lapsing.move(first, capacity, (slot) => this.users[slot] !== 0);
    this.users = moved(this.users);
    this.tokens = moved(this.tokens);
    this.joined = moved(this.joined);
    this.lapses = moved(this.lapses);
    this.base += first;
    this.end -= first;
    this.rebuild(capacity);
  }

  private rebuild(capacity: number): void {
    this.tree = new Int32Array(capacity + 1);
    for (let node = 1; node <= capacity; node++) {
      if (this.users[node - 1] !== 0) this.tree[node] = (this.tree[node] as number) + 1;
      const parent = node + (node & -node);
      if (parent <= capacity) this.tree[parent] = (this.tree[parent] as number) + (this.tree[node] as number);
    }
    this.reindex(capacity * 2);
  }

  // The index from user to slot.

  private slotOf(userId: UserId): number | undefined {
    const mask = this.index.length - 1;
    for (let at = hash(userId) & mask; ; at = (at + 1) & mask) {
      const found = this.index[at] as number;
      if (found === 0) return undefined;
      if (this.users[found - 1] === userId) return found - 1;
    }
  }

  private enter(userId: UserId, slot: number): void {
    if (this.indexUsed * 4 >= this.index.length * 3) this.reindex(this.index.length);
    else this.insert(userId, slot);
  }

  private insert(userId: UserId, slot: number): void {
    const mask = this.index.length - 1;
    let at = hash(userId) & mask;
    while (this.index[at] !== 0) at = (at + 1) & mask;
    this.index[at] = slot + 1;
    this.indexUsed++;
  }

  private reindex(size: number): void {
    this.index = new Int32Array(size);
    this.indexUsed = 0;
    for (let slot = 0; slot < this.end; slot++) {
      if (this.users[slot] !== 0) this.insert(this.users[slot] as UserId, slot);
    }
  }
}

/** Spreads ids up to 2^53 over 32 bits; ids that follow one another must not crowd together. */
function hash(userId: number): number {
  const high = (userId / 0x1_0000_0000) >>> 0;
  let mixed = Math.imul((userId >>> 0) ^ high, 0x9e3779b1);
  mixed ^= mixed >>> 15;
  return mixed >>> 0;
}
