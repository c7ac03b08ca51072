/** Who is due at which millisecond: a hundred thousand timers would cost more than what they are for. */
export class Agenda<T> {
  private readonly slots = new Map<number, T[]>();
  /** The first millisecond that has not been taken. */
  private next: number;

  /** Everyone is due from this whole millisecond on. */
  constructor(start: number) {
    this.next = start;
  }

  /** `ms` is whole. What is in the past is due at once. */
  add(ms: number, item: T): void {
    const at = Math.max(ms, this.next);
    const slot = this.slots.get(at);
    if (slot === undefined) this.slots.set(at, [item]);
    else slot.push(item);
  }

  /** Takes out all that is due by now, in the order in which it is due. */
  *take(now: number): Generator<T> {
    while (this.next <= now) {
      const slot = this.slots.get(this.next);
      this.slots.delete(this.next);
      this.next++;
      if (slot !== undefined) yield* slot;
    }
  }

  /** Takes out all that is due at any time. */
  takeAll(): T[] {
    const all = [...this.slots.values()].flat();
    this.slots.clear();
    return all;
  }
}
