import { numberIn, type Reply, textIn } from './reply.ts';

/** What a client can ask the service to change. */
export type Asked =
  | { readonly kind: 'join' }
  | {
      readonly kind: 'reserve';
      readonly tokenId: number;
      readonly scheduleId: number;
      readonly seatIds: readonly number[];
    }
  | { readonly kind: 'recharge'; readonly amount: number }
  | { readonly kind: 'pay'; readonly tokenId: number; readonly reservationId: number }
  | { readonly kind: 'cancel'; readonly reservationId: number }
  | { readonly kind: 'leave'; readonly tokenId: number };

/** A call is repeated until it is answered, with the same body and the same key. */
export interface Call {
  readonly number: number;
  readonly userId: number;
  readonly asked: Asked;
  /** The calls' beginnings and ends have one numbering: what ended before another began has the smaller number. */
  readonly begunAt: number;
  /** How often no reply came: the service may have done what was asked. */
  lost: number;
  /** Whether the last check found it done, though no reply had come. */
  wasFound: boolean;
  /** Null as long as it is not answered. */
  answer: Answer | null;
}

export interface Answer {
  readonly isGranted: boolean;
  readonly body: unknown;
  readonly endedAt: number;
  /** By the clock of the machine, which is that of the service. */
  readonly time: number;
}

type Granted = Call & { readonly answer: Answer };

/** The last that a client was told of its token. */
export interface Sighting {
  readonly queueId: number;
  readonly status: string;
}

/** How a client may be refused without a fault of the service or of the client. */
const REFUSALS = new Set([
  'invalid token',
  'reservation failed',
  'reservation expired',
  'not enough balance',
  'invalid recharge amount',
]);

/** Everything that the clients asked of one database, and everything that they were told. */
export class Book {
  readonly calls: Call[] = [];
  readonly sightings = new Map<number, Sighting>();
  /** What the service told that cannot be, found when it was told. */
  readonly contradictions: string[] = [];
  replays = 0;
  losses = 0;
  private readonly balances = new Map<number, number>();
  private events = 0;
  private amounts = 0;

  begin(userId: number, asked: Asked): Call {
    const call: Call = {
      number: this.calls.length + 1,
      userId,
      asked,
      begunAt: ++this.events,
      lost: 0,
      wasFound: false,
      answer: null,
    };
    this.calls.push(call);
    return call;
  }

  /** Notes that no reply came. */
  lose(call: Call): void {
    call.lost++;
    this.losses++;
  }

  /** Notes the answer, and tells whether what was asked has been granted. */
  end(call: Call, { status, body, replayed }: Reply): boolean {
    const isGranted = status === 200;
    call.answer = { isGranted, body, endedAt: ++this.events, time: Date.now() };
    if (replayed) this.replays++;
    if (!isGranted && !REFUSALS.has(textIn(body, 'message'))) {
      this.contradict(call, 'no answer to this call');
    }
    if (call.wasFound && !replayed)
      this.contradict(call, 'it had been done, and was not answered by a replay');
    if (replayed && !call.wasFound) this.contradict(call, 'a replay of what had not been done');
    if (isGranted) this.countMoney(call, body);
    return isGranted;
  }

  seeToken(tokenId: number, seen: Sighting): void {
    const before = this.sightings.get(tokenId);
    if (before !== undefined && before.queueId !== seen.queueId) {
      this.contradictions.push(`token ${tokenId} had place ${before.queueId}, and then ${seen.queueId}`);
    }
    this.sightings.set(tokenId, seen);
  }

  seeBalance(userId: number, amount: number): void {
    const expected = this.balances.get(userId) ?? 0;
    if (amount === expected) return;
    this.contradictions.push(`user ${userId} was told a balance of ${amount}, which must be ${expected}`);
  }

  /** An amount that no other call has: the entry in the ledger tells which call it is of. */
  amountFrom(least: number): number {
    return least + ++this.amounts;
  }

  /** The calls whose reply has not come, though it may have been on its way. */
  unanswered(): Call[] {
    return this.calls.filter(({ answer, lost }) => answer === null && lost > 0);
  }

  granted(): Granted[] {
    return this.calls.filter((call): call is Granted => call.answer?.isGranted === true);
  }

  /** The reservations that were granted, each with the token that it was made with. */
  reservations(): { reservationId: number; tokenId: number }[] {
    return this.granted().flatMap(({ asked, answer }) =>
      asked.kind === 'reserve'
        ? [{ reservationId: numberIn(answer.body, 'reservationId'), tokenId: asked.tokenId }]
        : [],
    );
  }

  private countMoney({ userId, asked }: Call, body: unknown): void {
    const balance = this.balances.get(userId) ?? 0;
    if (asked.kind === 'recharge') {
      this.balances.set(userId, balance + asked.amount);
      this.seeBalance(userId, numberIn(body, 'currentAmount'));
    } else if (asked.kind === 'pay') {
      this.balances.set(userId, balance - numberIn(body, 'amount'));
    }
  }

  private contradict(call: Call, what: string): void {
    this.contradictions.push(`${what}: ${show(call)}`);
  }
}

/** Whether a call is a POST, which carries its key each time: a DELETE that is repeated does nothing more anyway. */
export function carriesKey({ asked }: Call): boolean {
  return asked.kind !== 'cancel' && asked.kind !== 'leave';
}

export function keyOf({ number }: Call): string {
  return `crash-call-${number}`;
}

/** One line that says what a call was and what became of it. */
export function show({ number, userId, asked, lost, answer }: Call): string {
  const { kind, ...what } = asked;
  const end = answer === null ? 'not answered' : JSON.stringify(answer.body);
  const losses = lost === 0 ? '' : `, ${lost} replies lost`;
  return `call ${number} of user ${userId}, ${kind} ${JSON.stringify(what)} → ${end}${losses}`;
}
