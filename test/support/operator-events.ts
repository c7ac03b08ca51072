import { createClient } from '@libsql/client';
import type { TestService } from './service.ts';

/** What the operator did, oldest first, as the database file has it. */
export async function eventsOf(service: TestService) {
  const client = createClient({ url: service.databaseUrl });
  const { rows } = await client.execute(
    'select at, operation, "before", "after" from operator_events order by event_id',
  );
  client.close();
  return rows.map(({ at, operation, before, after }) => ({
    at,
    operation,
    before: JSON.parse(String(before)),
    after: JSON.parse(String(after)),
  }));
}
