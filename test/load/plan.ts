/** What the bench tells the driver to do, as JSON on its standard input. */
export interface Plan {
  readonly port: number;
  readonly connections: number;
  /** How long the load runs before anything is counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly load: Load;
}

/** GET requests, asked over and over in turn, or reservations of seats that nobody asked for before. */
export type Load =
  | { readonly kind: 'get'; readonly requests: readonly { path: string; tokenId: number }[] }
  | { readonly kind: 'reserve'; readonly sale: Sale; readonly callers: readonly Caller[] };

export interface Caller {
  readonly userId: number;
  readonly tokenId: number;
}

/** Schedules of equal size, one after another, whose seat ids run on. They are sold in pairs of neighbours. */
export interface Sale {
  readonly concertId: number;
  readonly firstScheduleId: number;
  readonly firstSeatId: number;
  readonly seatsPerSchedule: number;
  readonly schedules: number;
  /** How many pairs were asked for by earlier plans. */
  readonly pairsAsked: number;
}

/** What the driver saw, as JSON on its standard output. */
export interface Outcome {
  /** Replies with status 200 within the time that is measured. */
  readonly replies: number;
  /** The time that was measured: shorter than planned when the seats ran out. */
  readonly seconds: number;
  /** Everything that was no such reply, also while warming up: by status, or by what happened. */
  readonly failures: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly pairsAsked: number;
  /** How much of one core the driver used; near 1, it measures itself. */
  readonly driverBusy: number;
}
