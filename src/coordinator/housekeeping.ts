import type { QueueId, ReservationId } from '../ids.ts';
import type { Loader } from '../store/load.ts';

/** How many tokens and how many reservations are looked at together. */
export const LOOKED_AT_MAX = 1_000;
/** How many tokens and how many reservations one batch deletes: each stands on another page of the index by user. */
const DELETED_MAX = 50;
/** How long others go first after a batch. */
const PAUSE_MS = 50;
/** How long there is nothing to do at least once everything has been looked at. */
const ROUND_MS = 3_600_000;

/** What nobody asks for any more: tokens that ended, and reservations that ended without a payment. */
export interface Forgotten {
  readonly tokens: readonly QueueId[];
  readonly reservations: readonly ReservationId[];
}

/**
 * Finds what ended `retentionMs` ago or earlier, a bounded part at a time. The keys of both tables are in the order of
 * time, so that the old rows come first. Of the reservations, those that were paid stay, and are not looked at again; a
 * token that is old and has not ended, or not long ago, is looked at again in each round.
 */
export class Housekeeping {
  /** When there is something to do again. */
  dueAt = 0;
  /** Found, and not deleted yet. */
  private tokens: readonly QueueId[] = [];
  private reservations: readonly ReservationId[] = [];
  /** How far each table has been looked through. */
  private tokensAfter: QueueId | 0 = 0;
  private reservationsAfter: ReservationId | 0 = 0;
  private isRoundOver = false;
  /** When the next row can be old, of those that were found not to be in this round. */
  private nextOldAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly load: Pick<Loader, 'tokensAfter' | 'reservationsAfter'>,
    private readonly retentionMs: number,
  ) {}

  /** What to delete in the next batch, which may be nothing. It stays the same until it is said to be gone. */
  async next(now: number): Promise<Forgotten> {
    if (this.isNothingFound) await this.look(now - this.retentionMs);
    return {
      tokens: this.tokens.slice(0, DELETED_MAX),
      reservations: this.reservations.slice(0, DELETED_MAX),
    };
  }

  /** What `next` gave is deleted. */
  gone(now: number): void {
    this.tokens = this.tokens.slice(DELETED_MAX);
    this.reservations = this.reservations.slice(DELETED_MAX);
    const isDone = this.isRoundOver && this.isNothingFound;
    // What is made from now on is not old before all of that time has passed.
    const nextOldAt = Math.min(this.nextOldAt, now + this.retentionMs);
    this.dueAt = isDone ? Math.max(now + ROUND_MS, nextOldAt) : now + PAUSE_MS;
  }

  private get isNothingFound(): boolean {
    return this.tokens.length + this.reservations.length === 0;
  }

  /** Looks at those that come next, as far as they may have ended at `until` or earlier. */
  private async look(until: number): Promise<void> {
    const [tokens, reservations] = await Promise.all([
      this.load.tokensAfter(this.tokensAfter),
      this.load.reservationsAfter(this.reservationsAfter),
    ]);
    const old = takeWhile(tokens, ({ joinedAt }) => joinedAt <= until);
    const settled = takeWhile(
      reservations,
      ({ status, expiresAt }) => status !== 'PAYMENT_PENDING' && expiresAt <= until,
    );
    if (this.tokensAfter === 0) this.nextOldAt = Number.POSITIVE_INFINITY;
    const nextEnd = Math.min(
      // One that is live may end any time.
      ...old.map(({ endedAt }) => endedAt ?? 0).filter((endedAt) => endedAt === 0 || endedAt > until),
      tokens[old.length]?.joinedAt ?? Number.POSITIVE_INFINITY,
      reservations[settled.length]?.expiresAt ?? Number.POSITIVE_INFINITY,
    );
    this.nextOldAt = Math.min(this.nextOldAt, nextEnd + this.retentionMs);
    this.isRoundOver = old.length < LOOKED_AT_MAX && settled.length < LOOKED_AT_MAX;
    this.tokensAfter = this.isRoundOver ? 0 : (old.at(-1)?.queueId ?? this.tokensAfter);
    this.reservationsAfter = settled.at(-1)?.reservationId ?? this.reservationsAfter;
    this.tokens = old
      .filter(({ endedAt }) => endedAt !== null && endedAt <= until)
      .map(({ queueId }) => queueId);
    this.reservations = settled
      .filter(({ status }) => status === 'EXPIRED' || status === 'CANCELLED')
      .map(({ reservationId }) => reservationId);
  }
}

function takeWhile<T>(rows: readonly T[], isMeant: (row: T) => boolean): readonly T[] {
  const end = rows.findIndex((row) => !isMeant(row));
  return end === -1 ? rows : rows.slice(0, end);
}
