import Libsql from 'libsql';

/** How far the log grows before it is written back to the database, in pages of 4 KiB. */
const CHECKPOINT_PAGES = 4_000;
const CACHE_KIB = 32 * 1024;

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

  private constructor(private readonly connection: Libsql.Database) {}

  /** Throws when the file cannot be opened, or when a commit to it would not be durable. */
  static open(path: string): FileWriter {
    const connection = new Libsql(path);
    const writer = new FileWriter(connection);
    try {
      connection.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
      // Pages that many batches change are written back once for all of them.
      connection.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}; pragma cache_size = ${-CACHE_KIB}`);
      if (writer.pragma('journal_mode') === 'wal' && writer.pragma('synchronous') === 2) return writer;
      throw new Error('the database is not durable: it needs a write-ahead log, synced at each commit');
    } catch (cause) {
      connection.close();
      throw cause;
    }
  }

  /** Applies all of the steps in one transaction that is on the disk when it returns, or throws and applies none. */
  commit(steps: readonly Step[]): void {
    // The driver would end the whole process.
    if (this.isClosed) throw new Error('the database is closed');
    try {
      this.prepare('begin immediate').run();
      for (const { sql, args } of steps) this.prepare(sql).run(args);
      this.prepare('commit').run();
    } catch (cause) {
      if (this.connection.inTransaction) this.connection.exec('rollback');
      throw cause;
    }
  }

  /** What a setting is. Reads to the end: a statement that is left open would keep the connection from committing. */
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

  private prepare(sql: string): Libsql.Statement {
    const known = this.prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.connection.prepare(sql);
    this.prepared.set(sql, statement);
    return statement;
  }
}
