import type { Desk } from '../coordinator/commands.ts';
import { RETRY_AFTER_SECONDS, statusOf } from './errors.ts';
import type { Handle } from './requests.ts';

const REASON = 'overloaded';
const status = statusOf(REASON);
const BODY = { code: status, message: REASON };
const HEADERS = { 'retry-after': RETRY_AFTER_SECONDS };

/** Whatever else an answer to a request must say, for whoever asked to be able to read it. */
type HeadersFor = (request: Request) => Readonly<Record<string, string>>;

/**
 * Refuses what would change something before it is even looked at, while there is no room for more: what it takes to
 * say no to a crowd is taken from those who were let in. It stands before the framework, as a hook for all requests would
 * cost those who only look.
 */
export function overloadGate(desk: Desk, headersFor: HeadersFor): (handle: Handle) => Handle {
  return (handle) => (request) => {
    const refusal = desk.turnAway();
    return refusal === null ? handle(request) : refuse(refusal, headersFor(request));
  };
}

async function refuse(
  refusal: ReturnType<Desk['turnAway']>,
  headers: ReturnType<HeadersFor>,
): Promise<Response> {
  await refusal;
  return Response.json(BODY, { status, headers: { ...headers, ...HEADERS } });
}
