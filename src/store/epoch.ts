import { eq, sql } from 'drizzle-orm';
import type { Counters } from '../coordinator/world.ts';
import type { EntryId, PaymentId, QueueId, ReservationId } from '../ids.ts';
import { type Database, DatabaseLost, OutcomeUnknown, type Statement, TakenOver } from './database.ts';
import { element, text } from './rows.ts';
import { coordinatorState } from './schema.ts';

/**
 * The right of one coordinator to commit. It begins with an epoch of its own in the database, and is over once another
 * coordinator has begun one: each commit names its epoch, and fails in any other. Commits are counted in the database
 * as well, so that what has become of one can be read back.
 */
export class Epoch {
  private readonly statements: ReturnType<typeof statements>;

  private constructor(
    private readonly database: Database,
    private readonly owner: number,
    private epoch: number,
    private commits: number,
  ) {
    this.statements = statements(database);
  }

  /** Begins an epoch. `owner` is a number that no other coordinator has. */
  static async open(database: Database, owner: number): Promise<{ epoch: Epoch; counters: Counters }> {
    const [state] = await database.drizzle
      .insert(coordinatorState)
      .values({
        id: 1,
        epoch: 1,
        owner,
        commits: 0,
        lastQueueId: 0 as QueueId,
        lastReservationId: 0 as ReservationId,
        lastPaymentId: 0 as PaymentId,
        lastEntryId: 0 as EntryId,
        admittedTotal: 0,
        lapsedTotal: 0,
      })
      .onConflictDoUpdate({
        target: coordinatorState.id,
        set: { epoch: sql`${coordinatorState.epoch} + 1`, owner },
      })
      .returning();
    if (state === undefined) throw new Error('the coordinator has no state');
    const { id: _, epoch, commits, owner: __, ...counters } = state;
    return { epoch: new Epoch(database, owner, epoch, commits), counters };
  }

  /**
   * Commits what `make` makes for this epoch and this count of commits. When it throws, nothing was applied, unless it
   * throws `OutcomeUnknown`: then `settle` tells, and must be asked before the next commit. Throws `DatabaseLost` when
   * the epoch is over.
   */
  async commit(make: (epoch: number, commits: number) => readonly Statement[]): Promise<void> {
    try {
      await this.database.commit(make(this.epoch, this.commits + 1));
    } catch (cause) {
      if (cause instanceof OutcomeUnknown || cause instanceof DatabaseLost) throw cause;
      await this.verify();
      throw cause;
    }
    this.commits++;
  }

  /** Whether it is known at any time if the epoch is over: `glance` tells, or it cannot be. */
  get isAtHand(): boolean {
    return this.isExclusive || this.database.glance !== null;
  }

  /** Whether no other process can begin an epoch. */
  get isExclusive(): boolean {
    return this.database.isExclusive;
  }

  /**
   * Whether the commit of unknown outcome took effect. It begins a new epoch first: were that commit still on its way,
   * it would come too late. When it throws it can be asked again, unless that is a `DatabaseLost`.
   */
  async settle(): Promise<boolean> {
    try {
      await this.database.commit([
        { sql: this.statements.beginAnother, json: JSON.stringify([this.owner]), rows: 1 },
      ]);
    } catch (cause) {
      if (cause instanceof OutcomeUnknown || cause instanceof DatabaseLost) throw cause;
      await this.verify();
      throw cause;
    }
    const before = this.commits;
    this.commits = (await this.verify()).commits;
    return this.commits > before;
  }

  /** Throws `DatabaseLost` when the epoch is over, or the database is not the one that was opened. */
  async verify(): Promise<{ commits: number }> {
    this.glance();
    const [state] = await this.statements.state.execute();
    if (state?.owner !== this.owner) throw new TakenOver();
    // It may be a later one: of a request to settle whose answer got lost.
    this.epoch = state.epoch;
    return state;
  }

  /** The same, at once; does nothing where that would take a trip to a server. */
  glance(): void {
    const { glance } = this.database;
    if (glance !== null && glance(this.statements.owner) !== this.owner) throw new TakenOver();
  }
}

function statements({ drizzle: db }: Database) {
  const ofThisOwner = eq(coordinatorState.owner, element(0));
  return {
    beginAnother: text(
      db
        .update(coordinatorState)
        .set({ epoch: sql`${coordinatorState.epoch} + 1` })
        .where(ofThisOwner),
    ),
    owner: text(db.select({ owner: coordinatorState.owner }).from(coordinatorState)),
    state: db.select().from(coordinatorState).prepare(),
  };
}
