import { Type } from '@sinclair/typebox';
import { bodyId } from '../http/ids.ts';
import { Id, Money, oneOf } from '../http/model.ts';
import type { ReservationId } from '../ids.ts';

export const NewPayment = Type.Object(
  { reservationId: bodyId<ReservationId>() },
  { title: 'NewPayment', example: { reservationId: 1 } },
);

export const Payment = Type.Object(
  { paymentId: Id, amount: Money, paymentStatus: oneOf('COMPLETED') },
  { title: 'Payment' },
);
