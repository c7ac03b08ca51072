/** What the bench tells the driver to do, as JSON on its standard input. */
export interface Plan {
  readonly port: number;
  readonly connections: number;
  /** How long the load runs before anything is counted. */
  readonly warmUpSeconds: number;
  /** The driver ends earlier when it is told to by a SIGTERM. */
  readonly seconds: number;
  /** Spread over the connections; without it, each connection asks again as soon as it has its reply. */
  readonly requestsPerSecond?: number;
  /** More than can be carried: to be refused is an answer, and turns that come while a client still waits pass by. */
  readonly isOverload?: boolean;
  /** A status that is an answer as well as 200. */
  readonly expected?: number;
  readonly load: Load;
  /** How many requests of this load were made by earlier plans: what can be asked for once is not asked for again. */
  readonly asked: number;
}

export type Load =
  /** GET requests, asked over and over in turn. */
  | { readonly kind: 'get'; readonly requests: readonly { path: string; tokenId: number }[] }
  /** Reservations of seats that nobody asked for before. */
  | { readonly kind: 'reserve'; readonly sale: Sale; readonly callers: readonly Caller[] }
  /** Reservations of seats that lie scattered over all of the schedules, over and over, until `until` were asked for. */
  | {
      readonly kind: 'reserve-anywhere';
      readonly sale: Sale;
      readonly callers: readonly Caller[];
      readonly until: number;
    }
  /** Recharges of users, over and over: nothing of them stays in memory. */
  | { readonly kind: 'recharge'; readonly users: Users }
  /** Status polls of users who wait, over and over. */
  | { readonly kind: 'poll'; readonly users: Users }
  /** Users who join the line, each of them once. */
  | { readonly kind: 'join'; readonly users: Users }
  /** Users who pay for what they hold, each of them once. */
  | { readonly kind: 'pay'; readonly payers: Payers }
  /** Reservations of pairs of neighbours, over and over, where everybody wants the same few seats. */
  | { readonly kind: 'contend'; readonly hall: Hall; readonly callers: readonly Caller[] };

export interface Caller {
  readonly userId: number;
  readonly tokenId: number;
}

/** Users whose ids run on, so that however many they are, a plan names them in two numbers. */
export interface Users {
  readonly firstUserId: number;
  readonly count: number;
}

/**
 * Users each of whom holds one reservation. They pay in the order in which they reserved, which is none of their ids: who
 * is taken at a step of `scatteredUser` has the reservation of that step.
 */
export interface Payers extends Users {
  readonly firstReservationId: number;
}

export interface Hall {
  readonly concertId: number;
  readonly scheduleId: number;
  readonly firstSeatId: number;
  readonly seats: number;
}

/** Schedules of equal size, one after another, whose seat ids run on. They are sold in pairs of neighbours. */
export interface Sale {
  readonly concertId: number;
  readonly firstScheduleId: number;
  readonly firstSeatId: number;
  readonly seatsPerSchedule: number;
  readonly schedules: number;
}

/** What the driver saw, as JSON on its standard output. */
export interface Outcome {
  /** Replies with status 200 within the time that is measured. */
  readonly replies: number;
  /** The time that was measured: shorter than planned when there was nothing left to ask for. */
  readonly seconds: number;
  /** What an overload met besides successes, within the same time. */
  readonly overload?: Overload;
  /** Everything that was no such reply, also while warming up: by status, or by what happened. */
  readonly failures: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** How many requests of the load were made so far, those of earlier plans among them. */
  readonly asked: number;
  /** How much of one core the driver used; near 1, it measures itself. */
  readonly driverBusy: number;
}

export interface Overload {
  /** Replies with status 503. */
  readonly refused: number;
  readonly refusedP50Ms: number;
  readonly refusedP99Ms: number;
  /** Turns that passed by because the client still waited for its last answer. */
  readonly missed: number;
}

/** What has to be known of all requests, whoever made them. */
export type Seen = Pick<Outcome, 'failures'> & Partial<Pick<Outcome, 'driverBusy'>>;
