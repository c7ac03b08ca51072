interface Event {
  readonly at: number;
  readonly run: () => void;
}

/** What happens in simulated time, one event after the other. */
export class Events {
  /** Milliseconds since the beginning. */
  now = 0;
  /** The soonest last; of two at one time, the one that was added first. */
  private readonly coming: Event[] = [];

  after(ms: number, run: () => void): void {
    const at = this.now + ms;
    let index = this.coming.length;
    while (index > 0 && (this.coming[index - 1] as Event).at <= at) index--;
    this.coming.splice(index, 0, { at, run });
  }

  /** Lets the next event happen; false when there is none. */
  next(): boolean {
    const event = this.coming.pop();
    if (event === undefined) return false;
    this.now = event.at;
    event.run();
    return true;
  }
}
