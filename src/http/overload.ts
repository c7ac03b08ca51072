import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { RETRY_AFTER_SECONDS, statusOf } from './errors.ts';

const REASON = 'overloaded';
const code = statusOf(REASON);
const BODY = JSON.stringify({ code, message: REASON });
const INIT = {
  status: code,
  headers: { 'content-type': 'application/json', 'retry-after': RETRY_AFTER_SECONDS },
};

/**
 * Refuses what would change something before it is even looked at, while there is no room for more: what it takes to
 * say no to a crowd is taken from those who were let in. The operator must be heard just then.
 */
export function overloadGate(desk: Desk, isOfOperator: (request: Request) => boolean) {
  return new Elysia().onRequest(({ request }) => {
    const { method } = request;
    const refusal = method === 'POST' || method === 'DELETE' ? desk.turnAway() : null;
    return refusal === null || isOfOperator(request) ? undefined : refuse(refusal);
  });
}

async function refuse(refusal: ReturnType<Desk['turnAway']>): Promise<Response> {
  await refusal;
  return new Response(BODY, INIT);
}
