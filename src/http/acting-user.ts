import { Elysia } from 'elysia';
import type { UserId } from '../ids.ts';
import { refused } from '../refusal.ts';
import { bearerOf } from './bearer.ts';
import { CHALLENGE, type FailureReply, fail, Unauthorized } from './errors.ts';
import type { UserTokens } from './user-tokens.ts';

interface Asked {
  readonly request: Request;
  readonly set: { headers: Record<string, string | number> };
}

/**
 * Lets only the user whose id is in the path ask for the routes that come after it. The shape of the request is looked at
 * first, as the contract has it, and nothing that the service knows. Without tokens there is nothing to tell users by: then
 * it is no hook at all.
 */
export function onlyUserInPath(tokens: UserTokens | undefined) {
  const guard = new Elysia();
  if (tokens === undefined) return guard;
  return guard.onBeforeHandle({ as: 'scoped' }, async ({ request, set, params }) =>
    refuseOthers(tokens, { request, set }, Number(params.userId)),
  );
}

/** The same for a route whose user is in the body. */
export function onlyUserInBody(tokens: UserTokens | undefined) {
  if (tokens === undefined) return [];
  return [
    async ({ request, set, body }: Asked & { readonly body: { readonly userId: UserId } }) =>
      refuseOthers(tokens, { request, set }, body.userId),
  ];
}

async function refuseOthers(
  tokens: UserTokens,
  { request, set }: Asked,
  userId: number,
): Promise<FailureReply | undefined> {
  const token = bearerOf(request);
  const user = await tokens.userOf(token);
  if (user.ok) return user.value === userId ? undefined : fail(set, refused('forbidden'));
  if (user.reason !== 'unauthorized') return fail(set, user);
  throw new Unauthorized(token === '' ? CHALLENGE : `${CHALLENGE}, error="invalid_token"`);
}
