import { Type } from '@sinclair/typebox';
import { Id, Money } from '../http/model.ts';

/** The amount's upper limit is a rule of the service's configuration, checked with the rest of the rules. */
export const Recharge = Type.Object(
  { amount: Type.Integer({ format: 'int64', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) },
  { title: 'Recharge', example: { amount: 50000 } },
);

export const Balance = Type.Object({ userId: Id, currentAmount: Money }, { title: 'Balance' });
