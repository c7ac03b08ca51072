import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { describe } from '../http/documentation.ts';

/** The version of the text format that is written. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const HEADERS = { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' };

/** Whoever knows what is measured of the service, on whichever host it runs. */
export interface MetricsText {
  /** In the text format of Prometheus. */
  text(): Promise<string>;
}

/** What is measured of the service. */
export function metricsRoutes({ metrics }: { metrics: MetricsText }) {
  return new Elysia().get('/metrics', async () => new Response(await metrics.text(), { headers: HEADERS }), {
    detail: describe({
      operationId: 'getMetrics',
      tag: 'Service',
      summary: 'Read what is measured of the service',
      description: "Counters, gauges and histograms in Prometheus' text format.",
      success: {
        description: 'What is measured now',
        contentType: 'text/plain',
        schema: Type.String(),
        example: 'seatline_waiting_users 1042\n',
      },
    }),
  });
}
