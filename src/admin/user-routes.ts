import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { describe, idInPath, TOKEN_EXAMPLE } from '../http/documentation.ts';
import { fail, failures } from '../http/errors.ts';
import { answer, readIdempotencyKey } from '../http/idempotency.ts';
import { pathId } from '../http/ids.ts';
import { jsonBody, unreadBody } from '../http/json.ts';
import type { WriteTime } from '../http/time.ts';
import type { UserId } from '../ids.ts';
import { reservationExample } from '../reservations/model.ts';
import type { Records } from '../store/records.ts';
import { IMPORT_TYPES, importUsers } from './import-users.ts';
import { listFields, listOf, listParameters, listQuery, pageOf } from './lists.ts';
import { Import, ListedUser, NewUser, showUser, User, WantedUser } from './user-model.ts';

/** How many of a user's reservations are shown with it. */
const RESERVATIONS_MAX = 100;
const tag = 'Admin';
const isForOperators = true;
const UserList = listOf('UserList', ListedUser);

/** Who can buy. */
export function userRoutes({
  desk,
  records,
  writeTime,
}: {
  desk: Desk;
  records: Records;
  writeTime: WriteTime;
}) {
  return new Elysia()
    .post(
      '/users',
      async ({ body: { userId = null }, request, set }) => {
        const idempotencyKey = readIdempotencyKey(request);
        const made = await desk.submit({ kind: 'create-user', newUserId: userId, idempotencyKey });
        return made.ok ? answer(set, made) : fail(set, made);
      },
      {
        parse: jsonBody,
        body: WantedUser,
        response: { 200: NewUser, ...failures },
        detail: describe({
          operationId: 'createUser',
          tag,
          summary: 'Make a user',
          description:
            'With a balance of 0, and with the number after the highest where `userId` is left out.',
          isForOperators,
          success: { description: 'The user is there', schema: NewUser, example: { userId: 100_001 } },
          fields: ['userId'],
          hasBody: true,
          isRepeatable: true,
          reasons: ['unauthorized', 'user already exists'],
        }),
      },
    )
    .post(
      '/users/import',
      async ({ request, set }) => {
        const done = await importUsers(desk, request);
        return done.ok ? { ...done.value, failed: [...done.value.failed] } : fail(set, done);
      },
      {
        // It is read as it comes in.
        parse: unreadBody,
        response: { 200: Import, ...failures },
        detail: describe({
          operationId: 'importUsers',
          tag,
          summary: 'Make many users at once',
          description:
            'A line each, as many as come within 64 MiB. They are made as they come in, in batches: whatever breaks it ' +
            'off, what was made stays, and all of it can be sent again. Lines that are none of a user are reported by ' +
            'their numbers, and the others are imported; more than 1,000 of them break it off.',
          isForOperators,
          body: {
            required: true,
            content: Object.fromEntries(
              IMPORT_TYPES.map((type) => [
                type,
                { schema: { type: 'string' as const }, example: '{"userId": 100001}\n{"userId": 100002}\n' },
              ]),
            ),
          },
          success: {
            description: 'How many were made, how many were there, and which lines were none',
            schema: Import,
            example: { imported: 99_998, existing: 1, failed: [{ line: 7, message: 'invalid userId' }] },
          },
          messages: [
            [400, 'too many broken lines'],
            [400, 'invalid body'],
            [413, 'body too large'],
            [415, 'unsupported content type'],
          ],
          reasons: ['unauthorized'],
        }),
      },
    )
    .get(
      '/users',
      async ({ query, set }) => {
        const found = await records.users(pageOf(query));
        if (!found.ok) return fail(set, found);
        const { items, next } = found.value;
        return { items: items.map(({ userId, balance }) => ({ userId, currentAmount: balance })), next };
      },
      {
        query: listQuery,
        detail: describe({
          operationId: 'listUsers',
          tag,
          summary: 'List the users',
          isForOperators,
          parameters: listParameters,
          success: {
            description: 'The users, by number',
            schema: UserList,
            example: { items: [{ userId: 1, currentAmount: 50_000 }], next: 1 },
          },
          fields: listFields,
          reasons: ['unauthorized'],
        }),
      },
    )
    .get(
      '/users/:userId',
      async ({ params: { userId }, set }) => {
        const user = await desk.submit({ kind: 'view-user', userId });
        if (!user.ok) return fail(set, user);
        const newest = { before: Number.MAX_SAFE_INTEGER, limit: RESERVATIONS_MAX };
        const found = await desk.reservationsOf(userId, newest);
        return found.ok ? showUser(user.value, found.value, writeTime) : fail(set, found);
      },
      {
        params: Type.Object({ userId: pathId<UserId>() }),
        detail: describe({
          operationId: 'getUser',
          tag,
          summary: 'Look a user up',
          description:
            'The balance, the live token if there is one, and the newest 100 reservations, newest first. The place in ' +
            'line is not renewed by it.',
          isForOperators,
          parameters: [idInPath('userId', 'The user')],
          success: {
            description: 'The user',
            schema: User,
            example: {
              userId: 1,
              currentAmount: 50_000,
              token: {
                tokenId: TOKEN_EXAMPLE,
                queueId: 1,
                status: 'ACTIVE',
                createdAt: '2024-07-04T10:00:00',
                expiredAt: '2024-07-04T10:10:00',
              },
              reservations: [reservationExample],
            },
          },
          fields: ['userId'],
          reasons: ['unauthorized', 'user not found'],
        }),
      },
    );
}
