import { createHash, timingSafeEqual } from 'node:crypto';
import { Elysia } from 'elysia';
import { bearerOf } from '../http/bearer.ts';
import { Unauthorized } from '../http/errors.ts';

/**
 * Lets in to the routes of whoever uses it only requests with `Authorization: Bearer <adminToken>`, and none when there
 * is no such token. It comes before all else: what is wrong with a request is for the operator to know.
 */
export function operatorsOnly(adminToken: string | undefined) {
  const guard = ({ request }: { request: Request }): void => {
    if (!isOperator(request, adminToken)) throw new Unauthorized();
  };
  // A body is read before anything is transformed, but not every request has one.
  return new Elysia().onParse({ as: 'scoped' }, guard).onTransform({ as: 'scoped' }, guard);
}

/** Where only the operator may go, so that nobody else learns what is there. */
export function isForOperators(path: string): boolean {
  return /^\/v1\/admin(\/|$)/.test(path);
}

export function isOperator(request: Request, adminToken: string | undefined): boolean {
  return adminToken !== undefined && isSame(bearerOf(request), adminToken);
}

/** In a time that tells nothing of how much of it was right. */
function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
