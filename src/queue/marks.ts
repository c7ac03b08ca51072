const WORD_BITS = 32;

/** Which of a short row of positions are marked, a bit for each: to count those before a position reads a few words. */
export class Marks {
  private readonly words: Uint32Array<ArrayBuffer>;

  /** `size` is a multiple of 32. */
  constructor(size: number) {
    this.words = new Uint32Array(size / WORD_BITS);
  }

  set(position: number, isMarked: boolean): void {
    const word = position >>> 5;
    const bit = 1 << position;
    const before = this.words[word] as number;
    this.words[word] = isMarked ? before | bit : before & ~bit;
  }

  /** The same positions as in these words, lowest bits first. */
  static of(words: readonly number[]): Marks {
    const marks = new Marks(words.length * WORD_BITS);
    marks.words.set(words);
    return marks;
  }

  /** A bit for each position, lowest bits first. */
  toWords(): number[] {
    return [...this.words];
  }

  has(position: number): boolean {
    return (((this.words[position >>> 5] ?? 0) >>> position) & 1) === 1;
  }

  /** How many positions before this one are marked. */
  before(position: number): number {
    const last = position >>> 5;
    let count = 0;
    for (let word = 0; word < last; word++) count += ones(this.words[word] as number);
    const rest = position % WORD_BITS;
    // A shift by all 32 bits would be one by none.
    return rest === 0 ? count : count + ones(((this.words[last] as number) << (WORD_BITS - rest)) >>> 0);
  }

  /** The marked position with exactly `rank` others before it. There must be one. */
  find(rank: number): number {
    let left = rank;
    let word = 0;
    for (;;) {
      const count = ones(this.words[word] as number);
      if (left < count) break;
      left -= count;
      word++;
    }
    let bits = this.words[word] as number;
    for (; left > 0; left--) bits &= bits - 1;
    return word * WORD_BITS + (WORD_BITS - 1 - Math.clz32(bits & -bits));
  }
}

/** How many bits of a word are set. */
function ones(word: number): number {
  let pairs = word - ((word >>> 1) & 0x5555_5555);
  pairs = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
