import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { onlyUserInPath } from '../http/acting-user.ts';
import {
  describe,
  eventStreamOf,
  idInPath,
  idInQuery,
  lastEventId,
  retryAfter,
  TOKEN_EXAMPLE,
  tokenHeader,
} from '../http/documentation.ts';
import { fail, failures } from '../http/errors.ts';
import { answer, readIdempotencyKey } from '../http/idempotency.ts';
import { pathId, readTokenId, readTokenIdOrQuery } from '../http/ids.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import type { WriteTime } from '../http/time.ts';
import type { UserTokens } from '../http/user-tokens.ts';
import type { UserId } from '../ids.ts';
import { refused } from '../refusal.ts';
import type { TokenView } from './issue.ts';
import { LeftQueue, QueueStatus, QueueToken, showStatus } from './model.ts';
import type { StatusStreams } from './status-streams.ts';

const params = Type.Object({ userId: pathId<UserId>() });
const parameters = [idInPath('userId', 'The user')];
const tag = 'Queue';
const tokenExample = {
  tokenId: TOKEN_EXAMPLE,
  createdAt: '2024-07-04T10:00:00',
  expiredAt: '2024-07-04T10:10:00',
};

const statusExample = {
  queueId: 1,
  joinAt: '2024-07-04T10:00:00',
  status: 'WAITING',
  remainingWaitListCount: 10,
};

export interface QueueDeps {
  readonly desk: Desk;
  readonly streams: Pick<StatusStreams, 'open'>;
  readonly writeTime: WriteTime;
  readonly rateLimits: RateLimits;
  readonly userTokens: UserTokens | undefined;
}

/** The waiting line: joining, looking, leaving. */
export function queueRoutes({ desk, streams, writeTime, rateLimits, userTokens }: QueueDeps) {
  const show = ({ tokenId, createdAt, expiredAt }: TokenView) => ({
    tokenId,
    createdAt: writeTime(createdAt),
    expiredAt: writeTime(expiredAt),
  });
  return new Elysia({ prefix: '/v1' })
    .use(onlyUserInPath(userTokens))
    .post(
      '/queue-tokens/users/:userId',
      async ({ params: { userId }, request, set }) => {
        const idempotencyKey = readIdempotencyKey(request);
        const token = await desk.submit({ kind: 'issue-token', userId, idempotencyKey });
        return token.ok ? show(answer(set, token)) : fail(set, token);
      },
      {
        params,
        beforeHandle: rateLimits.joins,
        response: { 200: QueueToken, ...failures },
        detail: describe({
          operationId: 'issueQueueToken',
          isOfUser: true,
          tag,
          summary: 'Join the waiting line',
          description:
            'A user with a live token gets that same token back: asking twice neither loses nor gains a place. While the ' +
            'operator has closed the line, nobody else may join.',
          parameters,
          success: { description: 'The live token of the user', schema: QueueToken, example: tokenExample },
          fields: ['userId'],
          isRepeatable: true,
          isCounted: true,
          reasons: ['user not found', 'queue closed'],
        }),
      },
    )
    .get(
      '/queue-tokens/users/:userId',
      async ({ params: { userId }, set }) => {
        const token = await desk.submit({ kind: 'find-token', userId });
        return token.ok ? show(token.value) : fail(set, token);
      },
      {
        params,
        response: { 200: QueueToken, ...failures },
        detail: describe({
          operationId: 'findQueueToken',
          isOfUser: true,
          tag,
          summary: 'Look the token up',
          parameters,
          success: { description: 'The live token of the user', schema: QueueToken, example: tokenExample },
          fields: ['userId'],
          reasons: ['user not found', 'token not found'],
        }),
      },
    )
    .delete(
      '/queue-tokens/users/:userId',
      async ({ params: { userId }, request, set }) => {
        const tokenId = readTokenId(request);
        if (tokenId === null) return fail(set, refused('invalid token'));
        const left = await desk.submit({ kind: 'leave', userId, tokenId });
        return left.ok ? left.value : fail(set, left);
      },
      {
        params,
        ...rateLimits.guesses,
        response: { 200: LeftQueue, ...failures },
        detail: describe({
          operationId: 'leaveQueue',
          isOfUser: true,
          tag,
          summary: 'Leave the line',
          description: 'The place is gone at once, and the seats of unpaid holds are free at once.',
          parameters: [...parameters, tokenHeader],
          success: {
            description: 'The token has ended',
            schema: LeftQueue,
            example: { tokenId: TOKEN_EXAMPLE, status: 'EXPIRED' },
          },
          fields: ['userId'],
          reasons: ['invalid token', 'user not found'],
        }),
      },
    )
    .get(
      '/queue-status/users/:userId',
      async ({ params: { userId }, request, set }) => {
        const tokenId = readTokenId(request);
        if (tokenId === null) return fail(set, refused('invalid token'));
        const status = await desk.submit({ kind: 'poll', userId, tokenId });
        if (!status.ok) return fail(set, status);
        const { retryAfterSeconds } = status.value;
        if (retryAfterSeconds !== null) set.headers['retry-after'] = String(retryAfterSeconds);
        return showStatus(status.value, writeTime);
      },
      {
        params,
        ...rateLimits.guesses,
        response: { 200: QueueStatus, ...failures },
        detail: describe({
          operationId: 'getQueueStatus',
          isOfUser: true,
          tag,
          summary: 'Ask for the place in line',
          description:
            'What clients poll. While the user waits, `Retry-After` says in how many seconds to ask again. ' +
            'A token that has ended tells how for ten minutes.',
          parameters: [...parameters, tokenHeader],
          success: {
            description: 'Where the user stands',
            schema: QueueStatus,
            example: statusExample,
            headers: retryAfter('In how many seconds to ask again, while the user waits'),
          },
          fields: ['userId'],
          reasons: ['invalid token', 'user not found'],
        }),
      },
    )
    .get(
      '/queue-status/users/:userId/stream',
      async ({ params: { userId }, request, set }) => {
        const tokenId = readTokenIdOrQuery(request);
        if (tokenId === null) return fail(set, refused('invalid token'));
        const opened = await streams.open({ userId, tokenId }, request.headers.get('last-event-id'));
        if (!opened.ok) return fail(set, opened);
        return opened.value === null ? new Response(null, { status: 204 }) : opened.value.response;
      },
      {
        params,
        ...rateLimits.guesses,
        detail: describe({
          operationId: 'streamQueueStatus',
          isOfUser: true,
          tag,
          summary: 'Be told of the place in line as it changes',
          description:
            'Server-sent events, each with the fields of the status: one at once, one at each change of place, at most ' +
            'one a second, and one on admission. A comment follows when nothing has changed for 15 seconds. The final ' +
            'status of the token is the last event; a client that connects again after it is answered 204. An open ' +
            'stream renews a waiting place, and closing it gives no place up.',
          parameters: [
            ...parameters,
            { ...tokenHeader, required: false },
            idInQuery('tokenId', 'The token, where the header cannot be set'),
            lastEventId,
          ],
          success: {
            ...eventStreamOf(statusExample, '1-WAITING-10'),
            description: 'Where the user stands, now and from now on',
          },
          nothing: 'The client has heard that the token has ended',
          fields: ['userId'],
          reasons: ['invalid token', 'user not found', 'too many streams'],
        }),
      },
    );
}
