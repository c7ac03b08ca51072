import { Elysia } from 'elysia';
import { describe } from '../http/documentation.ts';
import { fail, failures } from '../http/errors.ts';
import type { Auditor } from './auditor.ts';
import { adminConcertRoutes, type OperatorConcertDeps } from './concert-routes.ts';
import { listRoutes } from './list-routes.ts';
import { Audit } from './model.ts';
import { operatorsOnly } from './operators-only.ts';
import { adminQueueRoutes } from './queue-routes.ts';
import { type ReportDeps, reportRoutes } from './report-routes.ts';
import { ownedReservationRoutes } from './reservation-routes.ts';
import { userRoutes } from './user-routes.ts';

export interface AdminDeps extends OperatorConcertDeps, ReportDeps {
  readonly auditor: Pick<Auditor, 'audit'>;
}

/** What only the operator may do. */
export function adminRoutes(deps: AdminDeps) {
  const { auditor, adminToken } = deps;
  return new Elysia({ prefix: '/v1/admin' })
    .use(adminConcertRoutes(deps))
    .use(adminQueueRoutes(deps))
    .use(operatorsOnly(adminToken))
    .use(userRoutes(deps))
    .use(ownedReservationRoutes(deps))
    .use(listRoutes(deps))
    .use(reportRoutes(deps))
    .get(
      '/audit',
      async ({ set }) => {
        const audit = await auditor.audit();
        if (!audit.ok) return fail(set, audit);
        return { clean: audit.value.every(({ violations }) => violations === 0), checks: audit.value };
      },
      {
        response: { 200: Audit, ...failures },
        detail: describe({
          operationId: 'auditDatabase',
          tag: 'Admin',
          summary: 'Check that the books are right',
          description:
            'Counts for each invariant where it does not hold in the tables. Sales go on meanwhile.',
          isForOperators: true,
          success: {
            description: 'What was found',
            schema: Audit,
            example: {
              clean: true,
              checks: [{ name: 'a-seat-is-in-one-live-reservation', violations: 0 }],
            },
          },
          reasons: ['unauthorized'],
        }),
      },
    );
}
