import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { onlyUserInPath } from '../http/acting-user.ts';
import { describe, idInPath, tokenHeader } from '../http/documentation.ts';
import { fail, failures } from '../http/errors.ts';
import { answer, readIdempotencyKey } from '../http/idempotency.ts';
import { pathId, readTokenId } from '../http/ids.ts';
import { jsonBody } from '../http/json.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import type { UserTokens } from '../http/user-tokens.ts';
import type { UserId } from '../ids.ts';
import { NewPayment, Payment } from './model.ts';

/** Paying for held seats. */
export function paymentRoutes({
  desk,
  rateLimits,
  userTokens,
}: {
  desk: Desk;
  rateLimits: RateLimits;
  userTokens: UserTokens | undefined;
}) {
  return new Elysia({ prefix: '/v1' }).use(onlyUserInPath(userTokens)).post(
    '/payments/users/:userId',
    async ({ params: { userId }, body: { reservationId }, request, set }) => {
      const idempotencyKey = readIdempotencyKey(request);
      const tokenId = readTokenId(request);
      const paid = await desk.submit({ kind: 'pay', userId, reservationId, tokenId, idempotencyKey });
      return paid.ok ? answer(set, paid) : fail(set, paid);
    },
    {
      parse: jsonBody,
      params: Type.Object({ userId: pathId<UserId>() }),
      body: NewPayment,
      ...rateLimits.guesses,
      response: { 200: Payment, ...failures },
      detail: describe({
        operationId: 'payReservation',
        isOfUser: true,
        tag: 'Payments',
        summary: 'Pay for held seats',
        description:
          'Takes the price from the balance. Paying again returns the same payment, and takes nothing.',
        parameters: [idInPath('userId', 'The user'), tokenHeader],
        success: {
          description: 'The seats are sold',
          schema: Payment,
          example: { paymentId: 1, amount: 25000, paymentStatus: 'COMPLETED' },
        },
        fields: ['userId', 'reservationId'],
        hasBody: true,
        isRepeatable: true,
        reasons: [
          'invalid token',
          'reservation not found',
          'reservation expired',
          'not enough balance',
          'payment failed',
        ],
      }),
    },
  );
}
