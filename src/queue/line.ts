import { Deadlines } from '../deadlines.ts';
import type { TokenId, UserId } from '../ids.ts';
import { ended, isLive, type Token } from './token.ts';
import { WaitingLine } from './waiting-line.ts';

/**
 * Every live token, as the database has it: who waits, in order, and who is active. Lapsing is a fact of time: `pass`
 * takes out whoever ran out by then, and keeps them under `lapsed` until the table says so too.
 */
export class Line {
  private readonly waiting = new WaitingLine();
  private readonly active = new Map<UserId, Token>();
  private readonly activeUsers = new Map<TokenId, UserId>();
  private readonly deadlines = new Deadlines();
  /** Tokens that ran out, and that the database still has as live. */
  readonly lapsed = new Map<UserId, Token>();

  get waitingCount(): number {
    return this.waiting.size;
  }

  get activeCount(): number {
    return this.active.size;
  }

  /** No token lapses before this time. */
  get nextLapse(): number {
    return Math.min(this.deadlines.next, this.waiting.nextLapse);
  }

  /** The live token of a user. */
  get(userId: UserId): Token | undefined {
    return this.active.get(userId) ?? this.waiting.get(userId);
  }

  /** The user whose ACTIVE token this is. */
  userOfActive(tokenId: TokenId): UserId | undefined {
    return this.activeUsers.get(tokenId);
  }

  ahead(userId: UserId): number {
    return this.waiting.ahead(userId);
  }

  nextWaitingAfter(queueId: number): Token | undefined {
    return this.waiting.nextAfter(queueId);
  }

  /** Moves the end of a waiting place; it lives in memory only, since a restart renews every place in full. */
  renew(userId: UserId, expiresAt: number): void {
    this.waiting.renew(userId, expiresAt);
  }

  /** Takes the token as it was committed. Joins must come in the order of their places. */
  apply(token: Token): void {
    const before = this.get(token.userId);
    if (before !== undefined && (before.tokenId !== token.tokenId || before.status !== token.status)) {
      this.remove(before);
    }
    if (this.lapsed.get(token.userId)?.tokenId === token.tokenId) this.lapsed.delete(token.userId);
    if (token.status === 'WAITING' && before?.tokenId !== token.tokenId) this.waiting.join(token);
    if (token.status === 'ACTIVE') {
      this.active.set(token.userId, token);
      this.activeUsers.set(token.tokenId, token.userId);
      this.deadlines.push(token.expiresAt, token.userId);
    }
  }

  /** Lets the time be `now`. */
  pass(now: number): void {
    const lapse = (token: Token): void => {
      this.lapsed.set(token.userId, ended(token, 'EXPIRED', token.expiresAt));
    };
    this.waiting.lapse(now, lapse);
    for (let userId = this.deadlines.pop(now); userId !== undefined; userId = this.deadlines.pop(now)) {
      const token = this.active.get(userId as UserId);
      // An end that moved has an entry of its own since it moved.
      if (token === undefined || token.expiresAt > now) continue;
      this.remove(token);
      lapse(token);
    }
  }

  private remove(token: Token): void {
    if (!isLive(token)) return;
    if (token.status === 'WAITING') {
      this.waiting.leave(token.userId);
    } else {
      this.active.delete(token.userId);
      this.activeUsers.delete(token.tokenId);
    }
  }
}
