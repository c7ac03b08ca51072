import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core';
import type { Check } from './audit.ts';

/**
 * One statement of a commit: its only parameter is JSON, and it must touch exactly `rows` rows. An insert of
 * what it is given has no such number, since it fails by itself where it cannot insert all of that.
 */
export interface Statement {
  readonly sql: string;
  readonly json: string;
  readonly rows?: number;
}

/** A commit of which nobody can say whether it took effect: its answer got lost, or never came. */
export class OutcomeUnknown extends Error {
  constructor(cause: unknown) {
    super('the outcome of a commit is unknown', { cause });
  }
}

/**
 * The service cannot go on with its database: another process has taken it over, or its file is not the one that was
 * opened. `isOpen`: whether the last commit took effect is not known, and will not be.
 */
export class DatabaseLost extends Error {
  constructor(
    message: string,
    readonly isOpen = false,
  ) {
    super(message);
  }
}

/** Another process is at work on the database. */
export class TakenOver extends DatabaseLost {
  constructor() {
    super('another process has taken over the database');
  }
}

/** Drizzle over whatever a host opens: what a query finds is awaited, also where it is there at once. */
export type Drizzle = BaseSQLiteDatabase<'async', unknown>;

/** What a host opens, and all that the store asks of it. */
export interface Database {
  /** Drizzle over the open database, to build statements with and to read. */
  readonly drizzle: Drizzle;
  /**
   * Applies all of the statements in one transaction, or none: it fails when one of them touches another number of
   * rows than it says. When it returns, the transaction is on the disk. When it throws, nothing was applied, unless it
   * throws `OutcomeUnknown`, or a `DatabaseLost` that says so.
   */
  commit(statements: readonly Statement[]): Promise<void>;
  /** Writes what a file's log holds back to the file, as far as no reader needs it there; a server sees to that itself. */
  writeBack(): void;
  /**
   * The first value that a query finds, at once, by the connection that commits; null where that would take a trip to a
   * server. `json` is its only parameter, if it has one.
   */
  readonly glance: ((sql: string, json?: string) => unknown) | null;
  /** Whether the host sees to it that nothing else is at work on it: then nobody has to look for that. */
  readonly isExclusive: boolean;
  /** Counts where the invariants do not hold, in committed states. Nobody waits for it, and it writes nothing. */
  audit(): Promise<Check[]>;
  /** Throws when a page of a large file is damaged; a smaller one has been checked when it was opened. Nobody waits for it. */
  check(): Promise<void>;
  close(): void;
}
