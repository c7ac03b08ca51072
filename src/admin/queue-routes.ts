import { Elysia } from 'elysia';
import type { Desk } from '../coordinator/commands.ts';
import { describe } from '../http/documentation.ts';
import { fail, failures } from '../http/errors.ts';
import { jsonBody } from '../http/json.ts';
import { operatorsOnly } from './operators-only.ts';
import { Queue, QueueChange } from './queue-model.ts';

const tag = 'Admin';
const example = {
  maxActive: 1000,
  admitBatch: 100,
  admitIntervalMs: 1000,
  paused: false,
  closed: false,
  waiting: 52310,
  active: 1000,
  admitted: 8420,
  lapsed: 317,
  admittedLastMinute: 240,
  headWaitingSeconds: 1260,
};

/** The waiting line as the operator sees and steers it. */
export function adminQueueRoutes({ desk, adminToken }: { desk: Desk; adminToken: string | undefined }) {
  return new Elysia({ prefix: '/queue' })
    .use(operatorsOnly(adminToken))
    .get(
      '',
      async ({ set }) => {
        const line = await desk.submit({ kind: 'view-line' });
        return line.ok ? { ...line.value.settings, ...line.value.totals } : fail(set, line);
      },
      {
        response: { 200: Queue, ...failures },
        detail: describe({
          operationId: 'getQueue',
          tag,
          summary: 'See the waiting line',
          description:
            'How it is set, and its totals: `admitted` and `lapsed` count since the database was made, `headWaitingSeconds` is ' +
            'how long the one who is next has waited.',
          isForOperators: true,
          success: { description: 'The line', schema: Queue, example },
          reasons: ['unauthorized'],
        }),
      },
    )
    .patch(
      '',
      async ({ body: { maxActive, paused, closed, ...pace }, set }) => {
        const change = { activeMax: maxActive, isPaused: paused, isClosed: closed, ...pace };
        const changed = await desk.submit({ kind: 'change-queue', ...change });
        if (!changed.ok) return fail(set, changed);
        const line = await desk.submit({ kind: 'view-line' });
        return line.ok ? { ...changed.value, ...line.value.totals } : fail(set, line);
      },
      {
        parse: jsonBody,
        body: QueueChange,
        response: { 200: Queue, ...failures },
        detail: describe({
          operationId: 'changeQueue',
          tag,
          summary: 'Steer the waiting line',
          description:
            'What is not named stays as it is. While it is `paused`, nobody is admitted; while it is `closed`, nobody new may ' +
            'join. Whoever is active stays so, and whoever waits keeps the place. It outlasts a restart.',
          isForOperators: true,
          success: { description: 'The line as it is from now on', schema: Queue, example },
          fields: ['maxActive', 'admitBatch', 'admitIntervalMs', 'paused', 'closed', 'body'],
          hasBody: true,
          reasons: ['unauthorized'],
        }),
      },
    );
}
