import { type Static, Type } from '@sinclair/typebox';
import { Id, LocalTime, oneOf } from '../http/model.ts';
import type { WriteTime } from '../http/time.ts';
import type { StatusView } from './status.ts';
import type { TokenStatus } from './token.ts';

export const QueueToken = Type.Object(
  { tokenId: Id, createdAt: LocalTime, expiredAt: LocalTime },
  { title: 'QueueToken' },
);

const Status = oneOf<TokenStatus>('WAITING', 'ACTIVE', 'COMPLETED', 'EXPIRED');

export const QueueStatus = Type.Object(
  {
    queueId: Id,
    joinAt: LocalTime,
    status: Status,
    remainingWaitListCount: Type.Integer({ format: 'int64', minimum: 0 }),
  },
  { title: 'QueueStatus' },
);

/** The status as clients read it, in an answer and in an event alike. */
export function showStatus(
  { queueId, joinAt, status, remainingWaitListCount }: StatusView,
  writeTime: WriteTime,
): Static<typeof QueueStatus> {
  return { queueId, joinAt: writeTime(joinAt), status, remainingWaitListCount };
}

export const LeftQueue = Type.Object({ tokenId: Id, status: Status }, { title: 'LeftQueue' });
