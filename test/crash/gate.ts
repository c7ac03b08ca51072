/** Where the clients wait while there is no service, and through which they learn its address. */
export class Gate {
  private url: string | undefined;
  private onlyRepeats = false;
  private waiting: (() => void)[] = [];
  private allWait: (() => void) | undefined;

  constructor(private readonly clients: number) {}

  /** Lets the clients in to the service at this address; only those that have a call to repeat, if it says so. */
  open(url: string, { onlyRepeats = false } = {}): void {
    this.url = url;
    this.onlyRepeats = onlyRepeats;
    for (const look of this.waiting.splice(0)) look();
  }

  close(): void {
    this.url = undefined;
  }

  /** Waits for a service. Whoever comes back from a dead one names its address, and waits for another. */
  async enter(dead?: string): Promise<string> {
    while (this.url === undefined || this.url === dead || (this.onlyRepeats && dead === undefined)) {
      await new Promise<void>((look) => {
        this.waiting.push(look);
        if (this.waiting.length === this.clients) this.allWait?.();
      });
    }
    return this.url;
  }

  /** Resolves when every client waits here: nothing is under way any more. */
  async everyoneWaits(): Promise<void> {
    if (this.waiting.length === this.clients) return;
    await new Promise<void>((resolve) => {
      this.allWait = resolve;
    });
    this.allWait = undefined;
  }
}
