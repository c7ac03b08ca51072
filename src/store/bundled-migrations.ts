import m0000 from '../../drizzle/0000_initial.sql';
import m0001 from '../../drizzle/0001_taken_seats.sql';
import m0002 from '../../drizzle/0002_places.sql';
import m0003 from '../../drizzle/0003_retries.sql';
import m0004 from '../../drizzle/0004_balances.sql';
import m0005 from '../../drizzle/0005_operator.sql';
import m0006 from '../../drizzle/0006_entries.sql';
import journal from '../../drizzle/meta/_journal.json';

/** The migrations as texts in the bundle, for a host without files. */
export const bundledMigrations = {
  journal,
  migrations: { m0000, m0001, m0002, m0003, m0004, m0005, m0006 },
};
