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
  private connection: Libsql.Database | undefined;
  private readonly prepared = new Map<string, Libsql.Statement>();

  /** Throws when a commit to the file would not be durable. */
  constructor(private readonly path: string) {
    this.connection = open(path);
  }

  /** Applies all of the steps in one transaction that is on the disk when it returns, or throws and applies none. */
  commit(steps: readonly Step[]): void {
    try {
      this.prepare('begin immediate').run();
      for (const { sql, args } of steps) this.prepare(sql).run(args);
      this.prepare('commit').run();
    } catch (cause) {
      this.abandon();
      throw cause;
    }
  }

  /** What a setting of this connection is. */
  pragma(name: string): unknown {
    return setting(this.opened(), name);
  }

  /** Writes the log back first, so that the file alone is the whole database. */
  close(): void {
    this.connection?.prepare('pragma wal_checkpoint(truncate)').all();
    this.abandon();
  }

  private opened(): Libsql.Database {
    this.connection ??= open(this.path);
    return this.connection;
  }

  private prepare(sql: string): Libsql.Statement {
    const known = this.prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.opened().prepare(sql);
    this.prepared.set(sql, statement);
    return statement;
  }

  /**
   * A connection whose batch failed can be left with a statement that never ends, and then commits no more: the next
   * batch opens another.
   */
  private abandon(): void {
    const { connection } = this;
    this.connection = undefined;
    this.prepared.clear();
    if (connection?.inTransaction) connection.exec('rollback');
    connection?.close();
  }
}

function open(path: string): Libsql.Database {
  const connection = new Libsql(path);
  connection.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
  // Pages that many batches change are written back once for all of them.
  connection.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}; pragma cache_size = ${-CACHE_KIB}`);
  const isDurable = setting(connection, 'journal_mode') === 'wal' && setting(connection, 'synchronous') === 2;
  if (!isDurable) {
    throw new Error('the database is not durable: it needs a write-ahead log that is synced at each commit');
  }
  return connection;
}

/** Reads to the end of the statement: one that is left open would keep the connection from committing. */
function setting(connection: Libsql.Database, name: string): unknown {
  return connection.prepare(`pragma ${name}`).pluck().all()[0];
}
