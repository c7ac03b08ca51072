import type { SeededRandom } from '../support/seeded-random.ts';
import { type Answer, type Asked, type Book, type Call, keyOf } from './book.ts';
import type { Gate } from './gate.ts';
import { numberIn, type Reply, textIn } from './reply.ts';

/** One user, who asks for one thing at a time and repeats what was not answered, also from the next service. */
export class Client {
  constructor(
    readonly userId: number,
    readonly random: SeededRandom,
    readonly book: Book,
    private readonly gate: Gate,
  ) {}

  /** Asks for a change. Returns the answer, or null when it was refused. */
  async ask(asked: Asked): Promise<Answer | null> {
    let url = await this.gate.enter();
    const call = this.book.begin(this.userId, asked);
    for (;;) {
      const reply = await send(url, requestOf(call));
      if (reply === undefined) this.book.lose(call);
      // A service that stops does nothing any more: the next one is asked.
      else if (reply.status !== 503) return this.book.end(call, reply) ? call.answer : null;
      url = await this.gate.enter(url);
    }
  }

  /** Looks at something. */
  async look(path: string, tokenId = 0): Promise<Reply> {
    let url = await this.gate.enter();
    for (;;) {
      const reply = await send(url, { method: 'GET', path, headers: { 'token-id': String(tokenId) } });
      if (reply !== undefined && reply.status !== 503) return reply;
      url = await this.gate.enter(url);
    }
  }

  /** The status of a token; null when the service knows nothing of it any more. */
  async status(tokenId: number): Promise<string | null> {
    const { status, body } = await this.look(`/v1/queue-status/users/${this.userId}`, tokenId);
    if (status !== 200) return null;
    const seen = { queueId: numberIn(body, 'queueId'), status: textIn(body, 'status') };
    this.book.seeToken(tokenId, seen);
    return seen.status;
  }

  async lookAtBalance(): Promise<void> {
    const { body } = await this.look(`/v1/balance/users/${this.userId}`);
    this.book.seeBalance(this.userId, numberIn(body, 'currentAmount'));
  }

  /** Is true this often. */
  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  below(count: number): number {
    return Math.floor(this.random.next() * count);
  }
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** The same call makes the same request, however often it is repeated. */
function requestOf(call: Call): Request {
  const { userId, asked } = call;
  const post = (path: string, body?: unknown, headers?: Record<string, string>): Request => ({
    method: 'POST',
    path,
    body,
    headers: { 'idempotency-key': keyOf(call), 'content-type': 'application/json', ...headers },
  });
  switch (asked.kind) {
    case 'join':
      return post(`/v1/queue-tokens/users/${userId}`);
    case 'reserve': {
      const { scheduleId, seatIds, tokenId } = asked;
      return post('/v1/reservations', { userId, concertId: 1, scheduleId, seatIds }, tokenHeader(tokenId));
    }
    case 'recharge':
      return post(`/v1/balance/users/${userId}/recharge`, { amount: asked.amount });
    case 'pay': {
      const { reservationId, tokenId } = asked;
      return post(`/v1/payments/users/${userId}`, { reservationId }, tokenHeader(tokenId));
    }
    case 'cancel':
      return { method: 'DELETE', path: `/v1/reservations/${asked.reservationId}/users/${userId}` };
    case 'leave':
      return {
        method: 'DELETE',
        path: `/v1/queue-tokens/users/${userId}`,
        headers: tokenHeader(asked.tokenId),
      };
  }
}

function tokenHeader(tokenId: number): Record<string, string> {
  return { 'token-id': String(tokenId) };
}

/** Sends a request once. Returns nothing when no whole reply came back. */
async function send(url: string, { method, path, headers, body }: Request): Promise<Reply | undefined> {
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const replayed = response.headers.get('idempotency-replayed') === 'true';
    return { status: response.status, body: await response.json(), replayed };
  } catch {
    // The service died before the reply was whole: nobody can say from here what it did.
    return undefined;
  }
}
