import { Type } from '@sinclair/typebox';
import { QUEUE_BOUNDS } from '../queue/settings.ts';
import { Flag, integerFrom, operatorBody } from './fields.ts';

const Count = Type.Integer({ format: 'int64', minimum: 0 });

export const QueueChange = operatorBody(
  Type.Object(
    {
      maxActive: Type.Optional(integerFrom(1, QUEUE_BOUNDS.activeMax)),
      admitBatch: Type.Optional(integerFrom(1, QUEUE_BOUNDS.admitBatch)),
      admitIntervalMs: Type.Optional(integerFrom(1, QUEUE_BOUNDS.admitIntervalMs)),
      paused: Type.Optional(Flag),
      closed: Type.Optional(Flag),
    },
    {
      title: 'QueueChange',
      description: 'an object with at least one of maxActive, admitBatch, admitIntervalMs, paused and closed',
      minProperties: 1,
      example: { maxActive: 2000, paused: false },
    },
  ),
);

export const Queue = Type.Object(
  {
    maxActive: Count,
    admitBatch: Count,
    admitIntervalMs: Count,
    paused: Type.Boolean(),
    closed: Type.Boolean(),
    waiting: Count,
    active: Count,
    admitted: Count,
    lapsed: Count,
    admittedLastMinute: Count,
    headWaitingSeconds: Count,
  },
  { title: 'Queue' },
);
