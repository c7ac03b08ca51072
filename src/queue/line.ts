import { Deadlines } from '../deadlines.ts';
import type { QueueId, TokenId, UserId } from '../ids.ts';
import { Counts } from './counts.ts';
import type { WaitingPlaces } from './line-snapshot.ts';
import { Marks } from './marks.ts';
import { SlotIndex } from './slot-index.ts';
import { isLive, type Token } from './token.ts';

/** How many neighbouring places are kept together. */
const PLACES = 1024;
/** How many blocks are counted at first; it doubles. */
const BLOCKS_MIN = 64;

/**
 * The numbers of a place, side by side: whoever asks for one mostly asks for the others too, and each that lay apart
 * would be one more trip to memory. They say what has become of the place as well: `USER` is 0 when it is gone, and
 * negative when it has lapsed; `ACTIVE_UNTIL` is 0 as long as the user waits.
 */
const USER = 0;
const TOKEN = 1;
const JOINED = 2;
const EXPIRES = 3;
const ACTIVE_UNTIL = 4;
const FIELDS = 5;

/** What has become of a place. `LAPSED`: over by the clock, and the database still has it as live. */
type State = 'GONE' | 'WAITING' | 'ACTIVE' | 'LAPSED';

/** Neighbouring places. */
class Block {
  readonly fields = new Float64Array(PLACES * FIELDS);
  /** Where in here people wait. */
  readonly waiting = new Marks(PLACES);
  /** How many places are not gone. */
  used = 0;
  lapsed = 0;
  /** Nothing in here ends before this time. */
  firstEnd = Number.POSITIVE_INFINITY;
}

/**
 * Every live token, as the database has it: who waits, in the order of joining, and who is active. A place has a slot,
 * which is its number in line less that of the first; its numbers are in typed arrays, so that it costs bytes and not
 * objects, and blocks of them come and go as the line moves on: nothing is ever copied or walked as a whole. Joining,
 * leaving, renewing, the people ahead, the next in line and a lapse cost O(log n) each, whoever left in the middle.
 *
 * Lapsing is a fact of time: `pass` takes out whoever ran out by then, and keeps them as lapsed until the table says so
 * too. An end that moves to a later time costs nothing: a block is looked through when the soonest end that was known
 * of it has come.
 */
export class Line {
  /** The number in line of slot 0. */
  private origin = 1;
  private end = 0;
  private readonly blocks = new Map<number, Block>();
  /** Who waits, by blocks. */
  private waiting = new Counts(BLOCKS_MIN);
  private ends = new Deadlines();
  private users = this.indexOfUsers();
  private actives = this.indexOfActives();
  private readonly lapsedBlocks = new Set<number>();
  private active = 0;
  private lapsed = 0;

  /** `waitingMs`: how long a waiting place lasts without a sign of life. */
  constructor(private readonly waitingMs: number) {}

  get waitingCount(): number {
    return this.waiting.total;
  }

  get activeCount(): number {
    return this.active;
  }

  /** Tokens that ran out, and that the database still has as live. */
  get lapsedCount(): number {
    return this.lapsed;
  }

  /** No token lapses before this time. */
  get nextLapse(): number {
    return this.ends.next;
  }

  /** The live token of a user. */
  get(userId: UserId): Token | undefined {
    const token = this.tokenOf(userId);
    return token !== undefined && isLive(token) ? token : undefined;
  }

  /** The token of a user that ran out, and that the database still has as live. */
  lapsedOf(userId: UserId): Token | undefined {
    const token = this.tokenOf(userId);
    return token !== undefined && isLive(token) ? undefined : token;
  }

  /** Whether an ACTIVE token has this id. */
  isActive(tokenId: TokenId): boolean {
    const slot = this.actives.find(tokenId);
    return slot !== undefined && this.activeTokenAt(slot) === tokenId;
  }

  /** How many people wait ahead of this place. */
  ahead(queueId: QueueId): number {
    return this.waitingBefore(Math.max(0, queueId - this.origin));
  }

  /** A copy of who waits; a bit for each place. */
  waitingPlaces(): WaitingPlaces {
    return {
      firstQueueId: this.origin,
      places: PLACES,
      blocks: Array.from(this.blocks, ([number, { waiting }]) => [number, waiting.toWords()]),
    };
  }

  /** The first person who waits behind `queueId`; behind 0 stands the head of the line. */
  nextWaitingAfter(queueId: number): Token | undefined {
    const rank = this.waitingBefore(Math.max(0, queueId + 1 - this.origin));
    if (rank >= this.waiting.total) return undefined;
    const number = this.waiting.find(rank);
    const offset = this.block(number).waiting.find(rank - this.waiting.before(number));
    return this.tokenAt(number * PLACES + offset);
  }

  /**
   * The live token of a user who shows a sign of life: a place in waiting has its full time again. This is kept in
   * memory only, since a restart renews every place.
   */
  renew(userId: UserId, now: number): Token | undefined {
    const slot = this.slotOf(userId);
    if (slot === undefined) return undefined;
    const { fields } = this.block(Math.floor(slot / PLACES));
    const place = (slot % PLACES) * FIELDS;
    const state = stateOf(fields, place);
    if (state === 'LAPSED') return undefined;
    if (state === 'WAITING') {
      // Never to an earlier time: nothing looks for that.
      fields[place + EXPIRES] = Math.max(fields[place + EXPIRES] as number, now + this.waitingMs);
    }
    return this.tokenAt(slot);
  }

  /** Gives every place in waiting its full time, from now on and no more. */
  renewAll(now: number): void {
    const expiresAt = now + this.waitingMs;
    for (const [number, block] of this.blocks) {
      for (let place = 0; place < block.fields.length; place += FIELDS) {
        if (stateOf(block.fields, place) === 'WAITING') block.fields[place + EXPIRES] = expiresAt;
      }
      this.endNotBefore(number, block, expiresAt);
    }
  }

  /** Takes the token as it was committed. A token that is new has its place behind that of every one before. */
  apply(token: Token): void {
    const slot = this.slotOf(token.userId);
    const isKnown = slot !== undefined && this.queueIdAt(slot) === token.queueId;
    if (isKnown) this.change(slot, token);
    else if (isLive(token)) this.join(token);
  }

  /** Lets the time be `now`. */
  pass(now: number): void {
    for (let number = this.ends.pop(now); number !== undefined; number = this.ends.pop(now)) {
      const block = this.blocks.get(number);
      // A block whose first end moved has an entry of its own since then.
      if (block !== undefined && block.firstEnd <= now) this.lapse(number, block, now);
    }
  }

  /** Some of the tokens that ran out, at most `max`, as they are to be written down. */
  lapsedTokens(max: number): Token[] {
    const tokens: Token[] = [];
    for (const number of this.lapsedBlocks) {
      const { fields } = this.block(number);
      for (let offset = 0; offset < PLACES; offset++) {
        if (stateOf(fields, offset * FIELDS) !== 'LAPSED') continue;
        if (tokens.length === max) return tokens;
        tokens.push(this.tokenAt(number * PLACES + offset));
      }
    }
    return tokens;
  }

  private join(token: Token): void {
    if (this.blocks.size === 0) this.startAt(token.queueId);
    const slot = token.queueId - this.origin;
    if (slot < this.end) throw new Error(`queueId ${token.queueId} is not behind the line`);
    if (this.slotOf(token.userId) !== undefined) throw new Error(`user ${token.userId} has a place already`);
    this.end = slot + 1;
    const number = Math.floor(slot / PLACES);
    let block = this.blocks.get(number);
    if (block === undefined) {
      block = new Block();
      this.blocks.set(number, block);
    }
    const place = (slot % PLACES) * FIELDS;
    block.fields[place + TOKEN] = token.tokenId;
    block.fields[place + JOINED] = token.joinedAt;
    this.users.add(token.userId, slot);
    this.change(slot, token);
  }

  /** Nobody has a place: the slots begin anew. */
  private startAt(queueId: number): void {
    this.origin = queueId;
    this.end = 0;
    this.waiting = new Counts(BLOCKS_MIN);
    this.ends = new Deadlines();
    this.users = this.indexOfUsers();
    this.actives = this.indexOfActives();
  }

  /** The token of a slot has become this. */
  private change(slot: number, token: Token): void {
    const number = Math.floor(slot / PLACES);
    const block = this.block(number);
    const { fields } = block;
    const offset = slot % PLACES;
    const place = offset * FIELDS;
    const before = stateOf(fields, place);
    fields[place + USER] = isLive(token) ? token.userId : 0;
    fields[place + ACTIVE_UNTIL] = token.activeUntil;
    fields[place + EXPIRES] = token.expiresAt;
    const state = stateOf(fields, place);
    if (isLive(token) && state !== token.status) throw new Error(`token ${token.tokenId} has no window`);
    if (isLive(token)) this.endNotBefore(number, block, token.expiresAt);
    if (state === before) return;
    if (state === 'WAITING' || before === 'WAITING') block.waiting.set(offset, state === 'WAITING');
    if (state === 'ACTIVE') this.actives.add(token.tokenId, slot);
    this.count(number, block, before, -1);
    this.count(number, block, state, 1);
    if (block.used === 0) this.blocks.delete(number);
  }

  /** So many more places of a block are in a state, or fewer. */
  private count(number: number, block: Block, state: State, change: number): void {
    if (state === 'GONE' || change === 0) return;
    block.used += change;
    if (state === 'WAITING') this.waiting.add(number, change);
    if (state === 'ACTIVE') this.active += change;
    if (state !== 'LAPSED') return;
    this.lapsed += change;
    block.lapsed += change;
    if (block.lapsed > 0) this.lapsedBlocks.add(number);
    else this.lapsedBlocks.delete(number);
  }

  private endNotBefore(number: number, block: Block, time: number): void {
    if (time >= block.firstEnd) return;
    block.firstEnd = time;
    this.ends.push(time, number);
  }

  /** Looks through a block: who ran out has lapsed, and of the others the soonest end is noted. */
  private lapse(number: number, block: Block, now: number): void {
    const { fields, waiting } = block;
    let waitingOver = 0;
    let activeOver = 0;
    let firstEnd = Number.POSITIVE_INFINITY;
    for (let offset = 0; offset < PLACES; offset++) {
      const place = offset * FIELDS;
      const userId = fields[place + USER] as number;
      if (userId <= 0) continue;
      const expiresAt = fields[place + EXPIRES] as number;
      if (expiresAt > now) {
        if (expiresAt < firstEnd) firstEnd = expiresAt;
        continue;
      }
      if (stateOf(fields, place) === 'WAITING') {
        waiting.set(offset, false);
        waitingOver++;
      } else {
        activeOver++;
      }
      fields[place + USER] = -userId;
    }
    // Counted once for the block: however many lapse together, nobody waits for it.
    this.count(number, block, 'WAITING', -waitingOver);
    this.count(number, block, 'ACTIVE', -activeOver);
    this.count(number, block, 'LAPSED', waitingOver + activeOver);
    block.firstEnd = Number.POSITIVE_INFINITY;
    if (firstEnd < Number.POSITIVE_INFINITY) this.endNotBefore(number, block, firstEnd);
  }

  // What the slots say.

  private block(number: number): Block {
    const block = this.blocks.get(number);
    if (block === undefined) throw new Error(`block ${number} of the line is gone`);
    return block;
  }

  private waitingBefore(slot: number): number {
    const number = Math.floor(slot / PLACES);
    const inBlock = this.blocks.get(number)?.waiting.before(slot % PLACES) ?? 0;
    return this.waiting.before(number) + inBlock;
  }

  private indexOfUsers(): SlotIndex {
    return new SlotIndex((slot, userId) => this.userAt(slot) === userId);
  }

  private indexOfActives(): SlotIndex {
    return new SlotIndex((slot, tokenId) => this.activeTokenAt(slot) === tokenId);
  }

  /** The slot of a user whose place is not gone. */
  private slotOf(userId: UserId): number | undefined {
    const slot = this.users.find(userId);
    return slot !== undefined && this.userAt(slot) === userId ? slot : undefined;
  }

  private userAt(slot: number): number {
    const block = this.blocks.get(Math.floor(slot / PLACES));
    return block === undefined ? 0 : Math.abs(block.fields[(slot % PLACES) * FIELDS + USER] as number);
  }

  private activeTokenAt(slot: number): number {
    const block = this.blocks.get(Math.floor(slot / PLACES));
    if (block === undefined) return 0;
    const place = (slot % PLACES) * FIELDS;
    return stateOf(block.fields, place) === 'ACTIVE' ? (block.fields[place + TOKEN] as number) : 0;
  }

  private queueIdAt(slot: number): QueueId {
    return (this.origin + slot) as QueueId;
  }

  private tokenOf(userId: UserId): Token | undefined {
    const slot = this.slotOf(userId);
    return slot === undefined ? undefined : this.tokenAt(slot);
  }

  private tokenAt(slot: number): Token {
    const { fields } = this.block(Math.floor(slot / PLACES));
    const place = (slot % PLACES) * FIELDS;
    const state = stateOf(fields, place);
    const expiresAt = fields[place + EXPIRES] as number;
    return {
      tokenId: fields[place + TOKEN] as TokenId,
      userId: Math.abs(fields[place + USER] as number) as UserId,
      queueId: this.queueIdAt(slot),
      status: state === 'WAITING' || state === 'ACTIVE' ? state : 'EXPIRED',
      joinedAt: fields[place + JOINED] as number,
      activeUntil: fields[place + ACTIVE_UNTIL] as number,
      expiresAt,
      endedAt: state === 'LAPSED' ? expiresAt : null,
    };
  }
}

/** `place`: where the numbers of a place begin. */
function stateOf(fields: Float64Array, place: number): State {
  const userId = fields[place + USER] as number;
  if (userId === 0) return 'GONE';
  if (userId < 0) return 'LAPSED';
  return (fields[place + ACTIVE_UNTIL] as number) > 0 ? 'ACTIVE' : 'WAITING';
}
