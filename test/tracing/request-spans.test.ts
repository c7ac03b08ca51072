import { afterAll, beforeAll, expect, test } from 'bun:test';
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { NodeTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { Elysia } from 'elysia';
import { requestSpans } from '../../src/tracing/request-spans.ts';

beforeAll(() => new NodeTracerProvider().register());
afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

test('a request whose client goes away has one span, which ends when it does', async () => {
  const finished = Promise.withResolvers<ReadableSpan>();
  const reached = Promise.withResolvers<void>();
  const app = new Elysia()
    .use(requestSpans('test', { onEnd: finished.resolve }))
    .get('/slow', async ({ request }) => {
      const gone = new Promise((resolve) => request.signal.addEventListener('abort', resolve));
      reached.resolve();
      await gone;
      return 'nobody reads this';
    })
    .listen(0);
  const abort = new AbortController();
  const asked = fetch(`http://localhost:${app.server?.port}/slow`, { signal: abort.signal });
  await reached.promise;
  abort.abort();
  await expect(asked).rejects.toThrow();
  expect(told(await finished.promise)).toEqual(['GET /slow', { code: SpanStatusCode.UNSET }]);
  await app.stop(true);
});

test('what a handler throws is not told', async () => {
  const finished: ReadableSpan[] = [];
  const app = new Elysia()
    .use(requestSpans('test', { onEnd: (span) => finished.push(span) }))
    .get('/', () => {
      throw new Error('a secret');
    });
  expect((await app.handle(new Request('http://localhost/'))).status).toBe(500);
  expect(finished.map(told)).toEqual([['GET /', { code: SpanStatusCode.ERROR }]]);
  expect(finished[0]?.events).toEqual([]);
});

test('a request whose failure cannot even be answered has failed, and the failure goes on to the host', async () => {
  const finished: ReadableSpan[] = [];
  const app = new Elysia()
    // What is wrapped first is the innermost.
    .wrap(() => () => Promise.reject(new Error('a secret')))
    .use(requestSpans('test', { onEnd: (span) => finished.push(span) }))
    .get('/', () => 'fine');
  await expect(app.handle(new Request('http://localhost/'))).rejects.toThrow('a secret');
  expect(finished.map(told)).toEqual([['GET', { code: SpanStatusCode.ERROR }]]);
  expect(finished[0]?.events).toEqual([]);
});

function told({ name, status }: ReadableSpan): unknown[] {
  return [name, status];
}
