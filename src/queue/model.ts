import { Type } from '@sinclair/typebox';
import { Id, LocalTime, oneOf } from '../http/model.ts';
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

export const LeftQueue = Type.Object({ tokenId: Id, status: Status }, { title: 'LeftQueue' });
