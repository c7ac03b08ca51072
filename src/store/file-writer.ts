import { statSync } from 'node:fs';
import Libsql from 'libsql';
import { DatabaseLost, OutcomeUnknown } from './database.ts';

/** How far the log grows before it is written back to the database, in pages of 4 KiB. */
const CHECKPOINT_PAGES = 4_000;
const CACHE_KIB = 32 * 1024;
/** How long a start waits for the lock of another program, in milliseconds: for the service that it takes over from. */
export const STARTING_LOCK_MS_MAX = 5_000;
/**
 * With these, a transaction that was being committed has not even been written whole. After another, such as a sync that
 * failed, it may stand in the log, for the next start to find.
 */
const NOT_WRITTEN = ['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_BUSY'];

interface Step {
  readonly sql: string;
  readonly args: readonly (string | number)[];
}

/**
 * The connection that commits to a local file. It prepares each statement once and keeps it, for good: the client that
 * serves the rest would prepare them anew for each batch, and a connection is not freed while its statements are there.
 */
export class FileWriter {
  private readonly prepared = new Map<string, Libsql.Statement>();
  private isClosed = false;
  /** What tells the files apart from others in their place. */
  private readonly identity: string | null;

  private constructor(
    private readonly path: string,
    private readonly connection: Libsql.Database,
  ) {
    connection.exec(`pragma busy_timeout = ${STARTING_LOCK_MS_MAX}; pragma journal_mode = wal`);
    // To look into it makes the log.
    this.first('select count(*) from sqlite_schema');
    this.identity = identityOf(path);
  }

  /** Throws when the file cannot be opened, or when a commit to it would not be durable. */
  static open(path: string): FileWriter {
    const connection = new Libsql(path);
    try {
      const writer = new FileWriter(path, connection);
      connection.exec('pragma synchronous = full; pragma foreign_keys = on');
      // Pages that many batches change are written back once for all of them.
      connection.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}; pragma cache_size = ${-CACHE_KIB}`);
      // From here on a lock fails the batch, since to wait for it would stop everyone who only reads.
      connection.exec('pragma busy_timeout = 0');
      if (writer.pragma('journal_mode') === 'wal' && writer.pragma('synchronous') === 2) return writer;
      throw new Error('the database is not durable: it needs a write-ahead log, synced at each commit');
    } catch (cause) {
      connection.close();
      throw cause;
    }
  }

  /**
   * Applies all of the steps in one transaction that is on the disk when it returns. When it throws, none was applied,
   * unless it throws `OutcomeUnknown`, or a `DatabaseLost` that says so.
   */
  commit(steps: readonly Step[]): void {
    // The driver would end the whole process.
    if (this.isClosed) throw new Error('the database is closed');
    if (!this.isInPlace()) throw this.lost(false);
    try {
      this.prepare('begin immediate').run();
      for (const { sql, args } of steps) this.prepare(sql).run(args);
    } catch (cause) {
      this.rollback();
      throw cause;
    }
    try {
      this.prepare('commit').run();
    } catch (cause) {
      this.rollback();
      throw NOT_WRITTEN.includes(codeOf(cause)) ? cause : new OutcomeUnknown(cause);
    }
    // What went into a file that has been taken away meanwhile is not kept.
    if (!this.isInPlace()) throw this.lost(true);
  }

  /** The first value that a query finds. Throws `DatabaseLost` when it would not find it in the file that is in place. */
  glance(sql: string, json?: string): unknown {
    if (this.isClosed) throw new Error('the database is closed');
    if (!this.isInPlace()) throw this.lost(false);
    return this.first(sql, json);
  }

  /** Writes the log back to the file, as far as no reader needs it. */
  writeBack(): void {
    if (!this.isClosed) this.pragma('wal_checkpoint(passive)');
  }

  /** What a setting is, or what a check has found. */
  pragma(name: string): unknown {
    return this.connection.prepare(`pragma ${name}`).pluck().all()[0];
  }

  /** Writes the log back first, so that the file alone is the whole database. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    try {
      this.pragma('wal_checkpoint(truncate)');
    } finally {
      this.connection.close();
    }
  }

  /**
   * A statement whose first row was got is over: one that is left open would keep the connection from committing. To get
   * it costs less than to list all rows, but after a failure the next one would be got for the parameters of that failure.
   */
  private first(sql: string, json?: string): unknown {
    const statement = this.prepare(sql).raw();
    const row: unknown = json === undefined ? statement.get([]) : statement.all([json])[0];
    return Array.isArray(row) ? row[0] : undefined;
  }

  private rollback(): void {
    if (this.connection.inTransaction) this.connection.exec('rollback');
  }

  /** Whether the files are those that were opened: a connection goes on with them when others stand in their place. */
  private isInPlace(): boolean {
    return this.identity === identityOf(this.path);
  }

  private lost(isOpen: boolean): DatabaseLost {
    return new DatabaseLost(`${this.path} was deleted, moved or replaced while the service ran`, isOpen);
  }

  private prepare(sql: string): Libsql.Statement {
    const known = this.prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.connection.prepare(sql);
    this.prepared.set(sql, statement);
    return statement;
  }
}

/** What tells a database and its log from others in their place; null when one of them is missing. */
function identityOf(path: string): string | null {
  try {
    return [path, `${path}-wal`]
      .map((name) => statSync(name))
      .map(({ dev, ino }) => `${dev}:${ino}`)
      .join(' ');
  } catch {
    // It is not there, or what leads to it is not.
    return null;
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
