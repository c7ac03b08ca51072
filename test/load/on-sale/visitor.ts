import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Operation } from './plan.ts';

const ABANDONING_SHARE = 0.1;
const LAPSING_SHARE = 0.1;
/** Who abandons the line looks at the place that often at most. */
const LOOKS_MAX = 3;
const PARTY_MAX = 4;

/** A user on a visit to the shop. */
export interface Visitor {
  readonly userId: number;
  /** How often the user still waits when told so. */
  looksLeft: number;
  /** Whether the user pays for what is held. */
  readonly pays: boolean;
  readonly party: number;
  /** What is asked next, or has been asked, and when it was due. */
  step: Operation;
  dueAt: number;
  tokenId: number;
  /** Until when the token lasts at least, and the hold. */
  tokenUntil: number;
  heldUntil: number;
  scheduleId: number;
  seatIds: readonly number[];
  reservationId: number;
  /** What the reservation costs, and what is there to pay for it. */
  price: number;
  balance: number;
}

export function visitorOf(userId: number, random: Pick<SeededRandom, 'next'>): Visitor {
  const abandons = random.next() < ABANDONING_SHARE;
  return {
    userId,
    looksLeft: abandons ? 1 + Math.floor(random.next() * LOOKS_MAX) : Number.POSITIVE_INFINITY,
    pays: random.next() >= LAPSING_SHARE,
    party: 1 + Math.floor(random.next() * PARTY_MAX),
    step: 'join',
    dueAt: 0,
    tokenId: 0,
    tokenUntil: 0,
    heldUntil: 0,
    scheduleId: 0,
    seatIds: [],
    reservationId: 0,
    price: 0,
    balance: 0,
  };
}

const HOST = 'Host: 127.0.0.1';

/** The request that carries out the next step of the visit. */
export function requestOf(visitor: Visitor, concertId: number): string {
  const { userId, scheduleId, seatIds, reservationId, price, balance } = visitor;
  switch (visitor.step) {
    case 'join':
      return `POST /v1/queue-tokens/users/${userId} HTTP/1.1\r\n${HOST}\r\nContent-Length: 0\r\n\r\n`;
    case 'poll':
      return withToken(visitor, 'GET', `/v1/queue-status/users/${userId}`);
    case 'schedules':
      return withToken(visitor, 'GET', `/v1/concerts/${concertId}/schedules`);
    case 'seats':
      return withToken(visitor, 'GET', `/v1/concerts/${concertId}/schedules/${scheduleId}/seats`);
    case 'reserve':
      return withBody(visitor, '/v1/reservations', { userId, concertId, scheduleId, seatIds });
    case 'recharge':
      return withBody(visitor, `/v1/balance/users/${userId}/recharge`, { amount: price - balance });
    case 'pay':
      return withBody(visitor, `/v1/payments/users/${userId}`, { reservationId });
    case 'leave':
      return withToken(visitor, 'DELETE', `/v1/queue-tokens/users/${userId}`);
  }
}

function withToken({ tokenId }: Visitor, method: 'GET' | 'DELETE', path: string): string {
  return `${method} ${path} HTTP/1.1\r\n${HOST}\r\nTOKEN-ID: ${tokenId}\r\n\r\n`;
}

function withBody({ tokenId }: Visitor, path: string, content: object): string {
  const body = JSON.stringify(content);
  return `POST ${path} HTTP/1.1\r\n${HOST}\r\nTOKEN-ID: ${tokenId}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
