/**
 * Things that end at a time, soonest first: a binary heap of (time, key) in two number arrays. It forgets nothing by
 * itself: whoever pops a key looks up whether that thing still ends, and pushes it again when its end has moved.
 * So moving an end to a later time costs nothing until the earlier one comes.
 */
export class Deadlines {
  private times = new Float64Array(64);
  private keys = new Float64Array(64);
  private length = 0;

  /** The soonest time, or Infinity when there is none. */
  get next(): number {
    return this.length === 0 ? Number.POSITIVE_INFINITY : (this.times[0] as number);
  }

  push(at: number, key: number): void {
    if (this.length === this.times.length) this.grow();
    let child = this.length++;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if ((this.times[parent] as number) <= at) break;
      this.move(parent, child);
      child = parent;
    }
    this.times[child] = at;
    this.keys[child] = key;
  }

  /** Takes out the key that ends soonest, if it ends at `now` or before. */
  pop(now: number): number | undefined {
    if (this.next > now) return undefined;
    const key = this.keys[0];
    const last = --this.length;
    const at = this.times[last] as number;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= last) break;
      if (child + 1 < last && (this.times[child + 1] as number) < (this.times[child] as number)) child++;
      if ((this.times[child] as number) >= at) break;
      this.move(child, parent);
      parent = child;
    }
    this.times[parent] = at;
    this.keys[parent] = this.keys[last] as number;
    return key;
  }

  private move(from: number, to: number): void {
    this.times[to] = this.times[from] as number;
    this.keys[to] = this.keys[from] as number;
  }

  private grow(): void {
    const times = new Float64Array(this.times.length * 2);
    const keys = new Float64Array(this.keys.length * 2);
    times.set(this.times);
    keys.set(this.keys);
    this.times = times;
    this.keys = keys;
  }
}
