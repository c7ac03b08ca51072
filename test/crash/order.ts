import type { Book } from './book.ts';
import { numberIn } from './reply.ts';
import type { Snapshot } from './snapshot.ts';

/** Whoever was told of a place before somebody else asked for one stands before them, and is let in before them. */
export function checkOrder(book: Book, { tokens }: Snapshot): string[] {
  const joins = new Map<number, { begunAt: number; endedAt: number }>();
  for (const { asked, begunAt, answer } of book.granted()) {
    if (asked.kind !== 'join') continue;
    const tokenId = numberIn(answer.body, 'tokenId');
    // Whoever asks again while the token lives gets the same one.
    if (!joins.has(tokenId)) joins.set(tokenId, { begunAt, endedAt: answer.endedAt });
  }
  const wrong: string[] = [];
  let lastBegunAt = 0;
  let waits = false;
  for (const { tokenId, queueId, status, activeUntil } of tokens) {
    if (waits && activeUntil > 0) wrong.push(`place ${queueId} was let in before one that waits ahead of it`);
    waits ||= status === 'WAITING';
    const join = joins.get(tokenId);
    if (join === undefined) continue;
    if (join.endedAt < lastBegunAt) wrong.push(`place ${queueId} is behind one that was asked for later`);
    lastBegunAt = Math.max(lastBegunAt, join.begunAt);
  }
  return wrong;
}
