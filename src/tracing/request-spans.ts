import { AsyncLocalStorage } from 'node:async_hooks';
import { opentelemetry } from '@elysiajs/opentelemetry';
import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { type AnyElysia, Elysia } from 'elysia';

/** A request that is being answered. */
interface Course {
  readonly span: Span;
  /** The pattern of its route, once it is known; a path that is none has no route. */
  route: string | undefined;
}

const courses = new AsyncLocalStorage<Course>();

/**
 * Makes a span of each request, from its arrival to the head of its answer, and hands it on when it is over. The plugin
 * begins the span, as a child of the one that a `traceparent` names. What else it writes into spans (headers, queries,
 * bodies, errors) must not leave this process, and nor do its spans of Elysia's steps: what is handed on is made here.
 */
export function requestSpans(serviceName: string, finished: Pick<SpanProcessor, 'onEnd'>): AnyElysia {
  const noteRoute = ({ route }: { route?: string }): void => {
    const course = courses.getStore();
    if (course !== undefined) course.route = route;
  };
  return (
    new Elysia()
      // The wrapper that comes first is the inner one.
      .wrap((handle, request) => async (...args: unknown[]) => {
        const span = trace.getActiveSpan();
        // What the service asks of itself while it answers is part of that request.
        if (span === undefined || courses.getStore() !== undefined) return handle(...args);
        const course: Course = { span, route: undefined };
        let status = 500;
        try {
          const response: unknown = await courses.run(course, () => handle(...args));
          if (response instanceof Response) status = response.status;
          return response;
        } finally {
          // Of a client that has gone away, the plugin has ended it already.
          if (span.isRecording()) span.end();
          if (isReadable(span)) finished.onEnd(describe(span, request.method, course.route, status));
        }
      })
      .use(opentelemetry({ serviceName }))
      .onTransform({ as: 'global' }, noteRoute)
      // A body that cannot be read fails before that.
      .onError({ as: 'global' }, noteRoute)
  );
}

/** The span of the request that is being answered, for whoever is called on its behalf. */
export function requestSpan(): Span | undefined {
  return courses.getStore()?.span;
}

/** One that is not sampled has nothing to read. */
function isReadable(span: Span): span is Span & ReadableSpan {
  return 'startTime' in span && 'endTime' in span;
}

/** What the collector is told of a request: nothing that it carried. */
function describe(
  span: ReadableSpan,
  method: string,
  route: string | undefined,
  status: number,
): ReadableSpan {
  return {
    name: route === undefined ? method : `${method} ${route}`,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    ended: true,
    status: { code: status >= 500 ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: {
      'http.request.method': method,
      ...(route === undefined ? {} : { 'http.route': route }),
      'http.response.status_code': status,
    },
    links: span.links,
    events: [],
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
