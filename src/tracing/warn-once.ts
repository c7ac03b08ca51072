import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Log } from '../deps.ts';

/** The same exporter, which complains when spans begin to be lost, and is silent until some have arrived again. */
export class WarnOnce implements SpanExporter {
  private isLosing = false;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly log: Log,
  ) {}

  export(...[spans, done]: Parameters<SpanExporter['export']>): void {
    this.exporter.export(spans, (result) => {
      const isLost = result.error !== undefined;
      if (isLost && !this.isLosing) {
        this.log.error('the collector does not take the spans, which are lost', result.error?.message);
      }
      this.isLosing = isLost;
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }
}
