import { granted, type Result, refused } from '../refusal.ts';
import type { Check } from '../store/audit.ts';
import type { Database } from '../store/database.ts';

/** Audits the database, as soon as it is open, and once at a time: whoever asks meanwhile hears the same outcome. */
export class Auditor {
  private database: Pick<Database, 'audit'> | undefined;
  private underWay: Promise<Check[]> | undefined;

  open(database: Pick<Database, 'audit'>): void {
    this.database = database;
  }

  /** Refuses with `not ready` before the database is open. Throws when the audit could not be done. */
  async audit(): Promise<Result<Check[]>> {
    if (this.database === undefined) return refused('not ready');
    this.underWay ??= this.database.audit().finally(() => {
      this.underWay = undefined;
    });
    return granted(await this.underWay);
  }
}
