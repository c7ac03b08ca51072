import { sql } from 'drizzle-orm';
import type { Counters } from '../coordinator/world.ts';
import type { EntryId, PaymentId, QueueId, ReservationId } from '../ids.ts';
import type { Database } from './database.ts';
import { coordinatorState } from './schema.ts';

/** Opens a new epoch: from now on, a commit of any coordinator that came before fails. */
export async function openEpoch({ drizzle: db }: Database): Promise<{ epoch: number; counters: Counters }> {
  const [state] = await db
    .insert(coordinatorState)
    .values({
      id: 1,
      epoch: 1,
      lastQueueId: 0 as QueueId,
      lastReservationId: 0 as ReservationId,
      lastPaymentId: 0 as PaymentId,
      lastEntryId: 0 as EntryId,
      admittedTotal: 0,
      lapsedTotal: 0,
    })
    .onConflictDoUpdate({ target: coordinatorState.id, set: { epoch: sql`${coordinatorState.epoch} + 1` } })
    .returning();
  if (state === undefined) throw new Error('the coordinator has no state');
  const { epoch, id: _, ...counters } = state;
  return { epoch, counters };
}
