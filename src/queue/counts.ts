/**
 * How many there are at each of a row of positions, as a Fenwick tree: to change a count, to sum those before a
 * position, and to find the position that a rank falls on cost O(log n) each.
 */
export class Counts {
  /** `tree[i]` sums the positions that node i covers; 1-based. */
  private tree: Int32Array<ArrayBuffer>;
  private sum = 0;

  /** `size` is a power of two. */
  constructor(private size: number) {
    this.tree = new Int32Array(size + 1);
  }

  get total(): number {
    return this.sum;
  }

  add(position: number, change: number): void {
    while (position >= this.size) this.grow();
    this.sum += change;
    for (let node = position + 1; node <= this.size; node += node & -node) {
      this.tree[node] = (this.tree[node] as number) + change;
    }
  }

  /** The sum of all positions before this one. */
  before(position: number): number {
    let sum = 0;
    for (let node = Math.min(position, this.size); node > 0; node -= node & -node) {
      sum += this.tree[node] as number;
    }
    return sum;
  }

  /** The position of the one with exactly `rank` others before it, in the order of the positions. */
  find(rank: number): number {
    let node = 0;
    let left = rank;
    for (let step = this.size; step > 0; step >>= 1) {
      const covered = this.tree[node + step];
      if (covered !== undefined && covered <= left) {
        node += step;
        left -= covered;
      }
    }
    return node;
  }

  /** Twice the positions: the new half is empty, and only the last node covers any of the old one. */
  private grow(): void {
    const before = this.tree;
    this.size *= 2;
    this.tree = new Int32Array(this.size + 1);
    this.tree.set(before);
    this.tree[this.size] = this.sum;
  }
}
