import type { UserCommand as Command } from '../../src/coordinator/commands.ts';
import type { Result } from '../../src/refusal.ts';

/** A reply as the model puts it. */
export function shown({ kind }: Command, reply: Result<unknown>): unknown {
  if (!reply.ok) return reply;
  const value = reply.value as Record<string, unknown>;
  return { ...reply, value: shownValue(kind, value) };
}

function shownValue(kind: Command['kind'], value: Record<string, unknown>): unknown {
  if (kind === 'poll') {
    const { queueId, joinAt, status, remainingWaitListCount } = value;
    return { queueId, joinAt, status, remainingWaitListCount };
  }
  if (kind === 'reserve') {
    const { reservationId, totalPrice, seats, reservationStatus } = value;
    const seatNumbers = (seats as { seatNumber: number }[]).map(({ seatNumber }) => seatNumber);
    return { reservationId, totalPrice, seatNumbers, reservationStatus };
  }
  if (kind === 'view-seats') {
    const seats = JSON.parse(String(value)) as { seatStatus: string }[];
    return seats.map(({ seatStatus }) => seatStatus === 'AVAILABLE');
  }
  return value;
}
