import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { onlyUserInPath } from '../http/acting-user.ts';
import { describe, idInPath } from '../http/documentation.ts';
import { fail, failures } from '../http/errors.ts';
import { answer, readIdempotencyKey } from '../http/idempotency.ts';
import { pathId } from '../http/ids.ts';
import { jsonBody } from '../http/json.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import type { UserTokens } from '../http/user-tokens.ts';
import type { UserId } from '../ids.ts';
import { Balance, Recharge } from './model.ts';

const params = Type.Object({ userId: pathId<UserId>() });
const parameters = [idInPath('userId', 'The user')];
const tag = 'Balance';
const success = {
  description: 'What the user can spend',
  schema: Balance,
  example: { userId: 1, currentAmount: 50000 },
};

/** The prepaid balance. */
export function balanceRoutes({
  desk,
  rateLimits,
  userTokens,
}: {
  desk: Desk;
  rateLimits: RateLimits;
  userTokens: UserTokens | undefined;
}) {
  return new Elysia({ prefix: '/v1' })
    .use(onlyUserInPath(userTokens))
    .post(
      '/balance/users/:userId/recharge',
      async ({ params: { userId }, body: { amount }, request, set }) => {
        const idempotencyKey = readIdempotencyKey(request);
        const balance = await desk.submit({ kind: 'recharge', userId, amount, idempotencyKey });
        return balance.ok ? answer(set, balance) : fail(set, balance);
      },
      {
        parse: jsonBody,
        beforeHandle: rateLimits.recharges,
        params,
        body: Recharge,
        response: { 200: Balance, ...failures },
        detail: describe({
          operationId: 'rechargeBalance',
          isOfUser: true,
          tag,
          summary: 'Add to the balance',
          description:
            'How much one recharge may add is a setting of the service: 10,000,000 unless it was changed.',
          parameters,
          success,
          fields: ['userId'],
          hasBody: true,
          isRepeatable: true,
          isCounted: true,
          reasons: ['invalid recharge amount', 'user not found', 'recharge failed'],
        }),
      },
    )
    .get(
      '/balance/users/:userId',
      async ({ params: { userId }, set }) => {
        const balance = await desk.submit({ kind: 'find-balance', userId });
        return balance.ok ? balance.value : fail(set, balance);
      },
      {
        params,
        response: { 200: Balance, ...failures },
        detail: describe({
          operationId: 'getBalance',
          isOfUser: true,
          tag,
          summary: 'See the balance',
          parameters,
          success,
          fields: ['userId'],
          reasons: ['user not found'],
        }),
      },
    );
}
