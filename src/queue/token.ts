import type { QueueId, TokenId, UserId } from '../ids.ts';

export type TokenStatus = 'WAITING' | 'ACTIVE' | 'COMPLETED' | 'EXPIRED';

/** A place in the line, from joining to its end (contract, "The token and the queue"). Never changed, only replaced. */
export interface Token {
  readonly tokenId: TokenId;
  readonly userId: UserId;
  /** The place in line, 1, 2, 3, … in the order of joining. */
  readonly queueId: QueueId;
  readonly status: TokenStatus;
  readonly joinedAt: number;
  /** The end of the window for new reservations; 0 before admission. */
  readonly activeUntil: number;
  /** When the token lapses if nothing happens: never before the last unpaid hold of its user ends. */
  readonly expiresAt: number;
  readonly endedAt: number | null;
}

export function isLive({ status }: Pick<Token, 'status'>): boolean {
  return status === 'WAITING' || status === 'ACTIVE';
}

/** The token as it is once it ended, at `at`. */
export function ended(token: Token, status: 'COMPLETED' | 'EXPIRED', at: number): Token {
  return { ...token, status, endedAt: at };
}
