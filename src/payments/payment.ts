import type { PaymentId, ReservationId } from '../ids.ts';

export interface Payment {
  readonly paymentId: PaymentId;
  readonly reservationId: ReservationId;
  readonly amount: number;
  readonly createdAt: number;
}
