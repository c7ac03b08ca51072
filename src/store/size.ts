import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';

/** How large a database is, in bytes. */
export async function sizeOf({ drizzle }: Pick<Database, 'drizzle'>): Promise<number> {
  const rows = await drizzle.values(
    sql`select page_count * page_size from pragma_page_count(), pragma_page_size()`,
  );
  return Number(rows[0]?.[0]);
}
