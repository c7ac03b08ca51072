import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { describe } from './documentation.ts';
import { fail, failures } from './errors.ts';
import { oneOf } from './model.ts';

const Health = Type.Object({ status: oneOf('up') });
const Readiness = Type.Object({ status: oneOf('ready') });
const tag = 'Service';

/** Whether the process is up, and whether it can serve: the second proves it by a commit. */
export function healthRoutes({ desk }: { desk: Desk }) {
  return new Elysia()
    .get('/health', () => ({ status: 'up' as const }), {
      response: { 200: Health },
      detail: describe({
        operationId: 'getHealth',
        tag,
        summary: 'Ask whether the process is up',
        success: { description: 'It is', schema: Health, example: { status: 'up' } },
        cannotFail: true,
      }),
    })
    .get(
      '/ready',
      async ({ set }) => {
        const proof = await desk.submit({ kind: 'probe' });
        return proof.ok ? { status: 'ready' as const } : fail(set, proof);
      },
      {
        response: { 200: Readiness, ...failures },
        detail: describe({
          operationId: 'getReadiness',
          tag,
          summary: 'Ask whether the service can serve',
          description: 'The database is open and can be written to, and the coordinator runs.',
          success: { description: 'It can', schema: Readiness, example: { status: 'ready' } },
        }),
      },
    );
}
