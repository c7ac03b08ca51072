import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { describe, idInPath } from '../http/documentation.ts';
import { fail, failures } from '../http/errors.ts';
import { pathId } from '../http/ids.ts';
import { unreadBody } from '../http/json.ts';
import { Id, Money, oneOf } from '../http/model.ts';
import type { WriteTime } from '../http/time.ts';
import type { ReservationId } from '../ids.ts';
import { Reservation, reservationExample, showReservation } from '../reservations/model.ts';

const tag = 'Admin';
const params = Type.Object({ reservationId: pathId<ReservationId>() });
const parameters = [idInPath('reservationId', 'The reservation')];

const OwnedReservation = Type.Object(
  { userId: Id, ...Reservation.properties },
  { title: 'OwnedReservation' },
);

const Refund = Type.Object(
  { reservationId: Id, refundedAmount: Money, reservationStatus: oneOf('REFUNDED') },
  { title: 'Refund' },
);

/** Looking at anybody's reservation, and returning what was paid for it. */
export function ownedReservationRoutes({ desk, writeTime }: { desk: Desk; writeTime: WriteTime }) {
  return new Elysia()
    .get(
      '/reservations/:reservationId',
      async ({ params: { reservationId }, set }) => {
        const found = await desk.reservation(reservationId);
        if (!found.ok) return fail(set, found);
        return { userId: found.value.userId, ...showReservation(found.value, writeTime) };
      },
      {
        params,
        response: { 200: OwnedReservation, ...failures },
        detail: describe({
          operationId: 'getReservation',
          tag,
          summary: 'Look a reservation up',
          isForOperators: true,
          parameters,
          success: {
            description: 'The reservation, and whose it is',
            schema: OwnedReservation,
            example: { userId: 1, ...reservationExample },
          },
          fields: ['reservationId'],
          reasons: ['unauthorized', 'reservation not found'],
        }),
      },
    )
    .post(
      '/reservations/:reservationId/refund',
      async ({ params: { reservationId }, set }) => {
        const refunded = await desk.submit({ kind: 'refund', reservationId });
        return refunded.ok ? refunded.value : fail(set, refunded);
      },
      {
        params,
        parse: unreadBody,
        response: { 200: Refund, ...failures },
        detail: describe({
          operationId: 'refundReservation',
          tag,
          summary: 'Return what was paid for a reservation',
          description:
            'The money is on the balance again by an entry of the ledger, and the seats are free. Doing it twice is ' +
            'doing it once.',
          isForOperators: true,
          parameters,
          success: {
            description: 'What was returned',
            schema: Refund,
            example: { reservationId: 1, refundedAmount: 25_000, reservationStatus: 'REFUNDED' },
          },
          fields: ['reservationId'],
          reasons: ['unauthorized', 'reservation not found', 'reservation not paid', 'refund failed'],
        }),
      },
    );
}
