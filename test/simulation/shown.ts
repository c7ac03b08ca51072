import type { Command } from '../../src/coordinator/commands.ts';
import type { Result } from '../../src/refusal.ts';

/** A reply as the model puts it. */
export function shown({ kind }: Command, reply: Result<unknown>): unknown {
  if (!reply.ok) return { ok: false, reason: reply.reason };
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
    const seats = JSON.parse(String(value)) as {
      seatId: number;
      seatNumber: number;
      seatStatus: string;
      seatPrice: number;
    }[];
    return seats.map((seat) => [
      seat.seatId,
      seat.seatNumber,
      seat.seatStatus === 'AVAILABLE',
      seat.seatPrice,
    ]);
  }
  if (kind === 'view-user') {
    const { userId, currentAmount, token } = value;
    const { tokenId = null, status = null } = (token ?? {}) as { tokenId?: number; status?: string };
    return { userId, currentAmount, tokenId, status };
  }
  if (kind === 'view-line') {
    const { settings, totals } = value;
    const { waiting, active } = totals as { waiting: number; active: number };
    return { settings, totals: { waiting, active } };
  }
  return value;
}
