import type { Check } from '../../src/store/audit.ts';
import { type Database, OutcomeUnknown, type Statement } from '../../src/store/database.ts';

/** What goes wrong with a commit. */
export type CommitFault =
  /** It fails, and says so. */
  | 'fails'
  /** It takes effect, and its answer gets lost. */
  | 'answer lost'
  /** It gets lost itself. */
  | 'request lost'
  /** It is given up for lost, and comes through later. */
  | 'late'
  /** It takes effect, and the process is killed before it hears so. */
  | 'killed after'
  /** The process is killed before it takes effect. */
  | 'killed before';

/** A real database, whose commits go wrong as they are told to. */
export class FaultyDatabase implements Database {
  readonly drizzle;
  readonly glance;
  readonly isExclusive;
  /** What happens to the next commits, one after the other; null: nothing. */
  readonly faults: (CommitFault | null)[] = [];
  isKilled = false;
  private late: (readonly Statement[])[] = [];

  constructor(private readonly real: Database) {
    this.drizzle = real.drizzle;
    this.glance = real.glance;
    this.isExclusive = real.isExclusive;
  }

  async commit(statements: readonly Statement[]): Promise<void> {
    if (this.isKilled) return this.never();
    const fault = this.faults.shift();
    if (fault === 'fails') throw new Error('the simulated database failed');
    if (fault === 'killed before') return this.die();
    if (fault === 'request lost') throw new OutcomeUnknown(new Error('the simulated request got lost'));
    if (fault === 'late') {
      this.late.push(statements);
      throw new OutcomeUnknown(new Error('the simulated answer did not come in time'));
    }
    await this.real.commit(statements);
    if (fault === 'killed after') return this.die();
    if (fault === 'answer lost') throw new OutcomeUnknown(new Error('the simulated answer got lost'));
  }

  /** Lets through what was late, as a server would that was only slow. */
  async deliverLate(): Promise<{ applied: number; refused: number }> {
    const outcome = { applied: 0, refused: 0 };
    for (const statements of this.late.splice(0)) {
      try {
        await this.real.commit(statements);
        outcome.applied++;
      } catch (cause) {
        if (!String(cause).includes('commit_guard_match')) throw cause;
        outcome.refused++;
      }
    }
    return outcome;
  }

  writeBack(): void {
    this.real.writeBack();
  }

  audit(): Promise<Check[]> {
    return this.real.audit();
  }

  check(): Promise<void> {
    return this.real.check();
  }

  close(): void {
    this.real.close();
  }

  private die(): Promise<void> {
    this.isKilled = true;
    return this.never();
  }

  private never(): Promise<void> {
    return new Promise(() => {});
  }
}
