/** What the crowd was told of seats. Whatever no sound service would tell is a fault. */
export class Books {
  /** By the index of the seat; 0 is nobody. */
  readonly owners: Int32Array;
  /** Until when a hold lasts at least, by the index of the seat. */
  private readonly heldUntil: Float64Array;
  private readonly holders: Int32Array;
  seatsSold = 0;
  revenue = 0;

  /** Seats have ids from 1 to `seats`. */
  constructor(
    seats: number,
    private readonly fault: (what: string) => void,
  ) {
    this.owners = new Int32Array(seats);
    this.holders = new Int32Array(seats);
    this.heldUntil = new Float64Array(seats);
  }

  get isSoldOut(): boolean {
    return this.seatsSold === this.owners.length;
  }

  /** At `now`, a hold was acknowledged that lasts until then at least. */
  hold(userId: number, seatIds: readonly number[], now: number, until: number): void {
    for (const seatId of seatIds) {
      const index = seatId - 1;
      const isPaid = this.owners[index] !== 0;
      const isHeld = (this.heldUntil[index] ?? 0) > now;
      // An answer that took as long as the hold may be of one that ended before the other began.
      if ((isPaid || isHeld) && until <= now) continue;
      if (isPaid) this.fault('a seat held that is paid for');
      else if (isHeld) this.fault('a seat held by two');
      this.holders[index] = userId;
      this.heldUntil[index] = until;
    }
  }

  /** A payment was acknowledged. */
  pay(userId: number, seatIds: readonly number[], amount: number): void {
    for (const seatId of seatIds) {
      const index = seatId - 1;
      if (this.owners[index] !== 0) this.fault('a seat paid for twice');
      else if (this.holders[index] !== userId) this.fault('a seat paid for that another holds');
      else this.seatsSold++;
      this.owners[index] = userId;
    }
    this.revenue += amount;
  }
}

/** What the service says of its sales. */
export interface Sales {
  readonly sold: number;
  readonly revenue: number;
  /** The users by the ids of the seats that they bought. */
  readonly owners: ReadonlyMap<number, number>;
}

/** In what the books of the crowd and those of the service differ, each with how often. */
export function differences(
  told: { readonly owners: readonly number[]; readonly revenue: number },
  sales: Sales,
): Record<string, number> {
  const found: Record<string, number> = {};
  const add = (what: string, times: number): void => {
    if (times !== 0) found[what] = times;
  };
  const sold = told.owners.filter((userId) => userId !== 0).length;
  const others = told.owners.filter((userId, index) => userId !== (sales.owners.get(index + 1) ?? 0)).length;
  add('seats with another owner in the report of sales', others);
  add('seats that only one side counts as sold', Math.abs(sold - sales.sold));
  add('seats more or less in the report of sales', Math.abs(sold - sales.owners.size));
  add('money that only one side counts', Math.abs(told.revenue - sales.revenue));
  return found;
}
