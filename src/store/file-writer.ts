import Libsql from 'libsql';

/** How far the log grows before it is written back to the database, in pages of 4 KiB. */
const CHECKPOINT_PAGES = 4_000;
const CACHE_KIB = 32 * 1024;

interface Step {
  readonly sql: string;
  readonly args: readonly (string | number)[];
}

/**
 * The connection that commits to a local file. It prepares each statement once: the client that serves the rest would
 * prepare them anew for each batch.
 */
export class FileWriter {
  private connection: Libsql.Database;
  private readonly prepared = new Map<string, Libsql.Statement>();

  /** Throws when a commit to the file would not be durable. */
  constructor(private readonly path: string) {
    this.connection = this.open();
  }

  /** Applies all of the steps in one transaction that is on the disk when it returns, or throws and applies none. */
  commit(steps: readonly Step[]): void {
    try {
      this.prepare('begin immediate').run();
      for (const { sql, args } of steps) this.prepare(sql).run(args);
      this.prepare('commit').run();
    } catch (cause) {
      this.renew();
      throw cause;
    }
  }

  /** What a setting of this connection is. */
  pragma(name: string): unknown {
    return setting(this.connection, name);
  }

  close(): void {
    this.prepared.clear();
    this.connection.close();
  }

  private prepare(sql: string): Libsql.Statement {
    const known = this.prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.connection.prepare(sql);
    this.prepared.set(sql, statement);
    return statement;
  }

  /** A connection whose batch failed can be left with a statement that never ends, and then commits no more. */
  private renew(): void {
    if (this.connection.inTransaction) this.connection.exec('rollback');
    this.close();
    this.connection = this.open();
  }

  private open(): Libsql.Database {
    const connection = new Libsql(this.path);
    connection.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
    // Pages that many batches change are written back once for all of them.
    connection.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}; pragma cache_size = ${-CACHE_KIB}`);
    if (setting(connection, 'journal_mode') !== 'wal' || setting(connection, 'synchronous') !== 2) {
      throw new Error(
        'the database is not durable: it must use a write-ahead log that is synced at each commit',
      );
    }
    return connection;
  }
}

/** Reads to the end of the statement: one that is left open would keep the connection from committing. */
function setting(connection: Libsql.Database, name: string): unknown {
  return connection.prepare(`pragma ${name}`).pluck().all()[0];
}
