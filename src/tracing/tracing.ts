import { context, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { AnyElysia } from 'elysia';
import type { TracingConfig } from '../config.ts';
import type { Clock, Log } from '../deps.ts';
import { BatchSpans } from './batch-spans.ts';
import { requestSpans } from './request-spans.ts';
import { WarnOnce } from './warn-once.ts';

/** How many finished spans wait for the collector at most; what comes while it is full is dropped. */
const SPANS_MAX = 2_048;
/** How long the last spans may take to reach the collector when the service stops. */
const FLUSH_MS_MAX = 1_000;

/** What a service that is traced has, and one that is not does without. */
export interface Tracing {
  /** For an app, before its routes: makes a span of each request. */
  readonly requests: AnyElysia;
  readonly batches: BatchSpans;
  /** Sends what is left, within bounded time. */
  stop(): Promise<void>;
}

/** Begins to send spans to a collector, as JSON over HTTP. There can be one of it in a process at a time. */
export function startTracing(
  { endpoint, serviceName }: TracingConfig,
  host: { readonly clock: Clock; readonly stopwatch: () => number; readonly log: Log },
): Tracing {
  const collector = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const finished = new BatchSpanProcessor(new WarnOnce(collector, host.log), { maxQueueSize: SPANS_MAX });
  const resource = defaultResource().merge(resourceFromAttributes({ 'service.name': serviceName }));
  // The plugin takes the provider of the process. Its spans go no further than to `requestSpans`.
  new NodeTracerProvider({ resource }).register();
  const provider = new NodeTracerProvider({ resource, spanProcessors: [finished] });
  return {
    requests: requestSpans(serviceName, finished),
    batches: new BatchSpans(provider.getTracer(serviceName), host),
    async stop() {
      trace.disable();
      context.disable();
      propagation.disable();
      // What could not be sent is in the log.
      const flushed = finished.shutdown().catch(() => {});
      await Promise.race([flushed, Bun.sleep(FLUSH_MS_MAX)]);
    },
  };
}
