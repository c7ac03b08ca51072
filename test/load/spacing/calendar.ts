const NOBODY = -1;

/** Which clients ask in which second: a chain of them for each second. A client is in one of them at a time. */
export class Calendar {
  private readonly firstOfSecond = new Map<number, number>();
  private readonly nextOfClient: Int32Array<ArrayBuffer>;

  constructor(clients: number) {
    this.nextOfClient = new Int32Array(clients);
  }

  add(second: number, client: number): void {
    this.nextOfClient[client] = this.firstOfSecond.get(second) ?? NOBODY;
    this.firstOfSecond.set(second, client);
  }

  /** Takes the clients of a second. */
  take(second: number): number[] {
    const clients: number[] = [];
    let client = this.firstOfSecond.get(second) ?? NOBODY;
    this.firstOfSecond.delete(second);
    for (; client !== NOBODY; client = this.nextOfClient[client] as number) clients.push(client);
    return clients;
  }
}
