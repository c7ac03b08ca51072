import { ROOT_CONTEXT, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { BatchReport } from '../coordinator/batch-report.ts';
import type { Command, Desk, MaybePromise, ReplyTo } from '../coordinator/commands.ts';
import type { Clock } from '../deps.ts';
import type { ReservationId, UserId } from '../ids.ts';
import type { Refusal, Result } from '../refusal.ts';
import type { OwnedReservation, ReservationView } from '../reservations/reservation.ts';
import { requestSpan } from './request-spans.ts';

/** How many requests the span of a tick names at most. */
const LINKS_MAX = 128;

/**
 * Makes spans of the coordinator's batches: of a tick or a sweep, and in it of each step that was reached. A tick is of
 * many requests, so it is in the trace of none; it and their spans are linked with each other instead.
 */
export class BatchSpans {
  /** The span of the request that a command came with. */
  private readonly requests = new WeakMap<Command, Span>();

  constructor(
    private readonly tracer: Tracer,
    private readonly host: { readonly clock: Clock; readonly stopwatch: () => number },
  ) {}

  /** The same desk, which notes for each command the request that it comes with. */
  watch(desk: Desk): Desk {
    return new WatchedDesk(desk, this.requests);
  }

  /** Makes the spans of a batch that is over, before the requests that it answered go on. */
  add(batch: BatchReport, commands: readonly Command[]): void {
    const requests = commands
      .map((command) => this.requests.get(command))
      .filter((span) => span !== undefined);
    // The clock of the machine may have been set since the last one.
    const offset = this.host.clock.now() - this.host.stopwatch();
    const span = this.tracer.startSpan(
      batch.kind === 'batch' ? 'tick' : batch.kind,
      {
        startTime: offset + batch.startedAt,
        attributes: { 'seatline.commands': batch.commands },
        links: requests.slice(0, LINKS_MAX).map((request) => ({ context: request.spanContext() })),
      },
      ROOT_CONTEXT,
    );
    for (const request of requests) request.addLink({ context: span.spanContext() });
    const within = trace.setSpan(ROOT_CONTEXT, span);
    for (const { name, from, to, hasFailed } of stepsOf(batch)) {
      const step = this.tracer.startSpan(name, { startTime: offset + from }, within);
      if (hasFailed) step.setStatus({ code: SpanStatusCode.ERROR });
      step.end(offset + to);
    }
    if (batch.hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(offset + batch.endedAt);
  }
}

class WatchedDesk implements Desk {
  constructor(
    private readonly desk: Desk,
    private readonly requests: WeakMap<Command, Span>,
  ) {}

  submit<C extends Command>(command: C): MaybePromise<Result<ReplyTo<C>>> {
    const span = requestSpan();
    if (span !== undefined) this.requests.set(command, span);
    return this.desk.submit(command);
  }

  turnAway(): MaybePromise<Refusal> | null {
    return this.desk.turnAway();
  }

  reservationsOf(
    userId: UserId,
    page: { before: number; limit: number },
  ): MaybePromise<Result<ReservationView[]>> {
    return this.desk.reservationsOf(userId, page);
  }

  reservation(reservationId: ReservationId): MaybePromise<Result<OwnedReservation>> {
    return this.desk.reservation(reservationId);
  }
}

interface Step {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly hasFailed: boolean;
}

/** The steps that a batch took. The one in which it failed lasts until its end. */
function stepsOf(batch: BatchReport): Step[] {
  const { kind, startedAt, loadedAt, decidedAt, committedAt, endedAt } = batch;
  const steps: Step[] = [];
  let from = startedAt;
  for (const [name, at] of [
    ['load', loadedAt],
    ['decide', decidedAt],
    ['commit', committedAt],
  ] as const) {
    const hasFailed = at === null && batch.hasFailed;
    const to = hasFailed ? endedAt : at;
    if (to === null) break;
    // A sweep needs nothing that is not in memory.
    if (kind !== 'sweep' || name !== 'load') steps.push({ name, from, to, hasFailed });
    if (hasFailed) break;
    from = to;
  }
  return steps;
}
