import { Deadlines } from '../deadlines.ts';

/**
 * Which slots are to be looked at when: for each millisecond a chain of slots, through one number array. However many
 * end at one instant, to come to the next of them is one step.
 */
export class Lapses {
  private readonly heads = new Map<number, number>();
  private times = new Deadlines();
  /** The next slot of a chain, plus 1; 0 ends it. */
  private following: Int32Array<ArrayBuffer>;

  constructor(slots: number) {
    this.following = new Int32Array(slots);
  }

  /** Nothing is due before this time. */
  get next(): number {
    return this.times.next;
  }

  /** `slot` is in no chain yet. */
  add(slot: number, at: number): void {
    const head = this.heads.get(at);
    if (head === undefined) this.times.push(at, at);
    this.following[slot] = head ?? 0;
    this.heads.set(at, slot + 1);
  }

  /** Takes out each slot whose time is `now` or before; `visit` may add it again for a later time. */
  takeDue(now: number, visit: (slot: number) => void): void {
    for (let at = this.times.pop(now); at !== undefined; at = this.times.pop(now)) {
      let link = this.heads.get(at) ?? 0;
      this.heads.delete(at);
      while (link !== 0) {
        const slot = link - 1;
        link = this.following[slot] as number;
        visit(slot);
      }
    }
  }

  /** Gives every slot the number that is lower by `shift`, in a space of `slots`, and forgets those that are not live. */
  move(shift: number, slots: number, isLive: (slot: number) => boolean): void {
    const before = this.following;
    this.following = new Int32Array(slots);
    for (const [at, first] of this.heads) {
      let head = 0;
      for (let link = first; link !== 0; link = before[link - 1] as number) {
        if (!isLive(link - 1)) continue;
        this.following[link - 1 - shift] = head;
        head = link - shift;
      }
      if (head === 0) this.heads.delete(at);
      else this.heads.set(at, head);
    }
  }

  clear(): void {
    this.heads.clear();
    this.times = new Deadlines();
  }
}
