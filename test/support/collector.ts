/** A span as the collector has received it, with its times in milliseconds. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly begin: number;
  readonly end: number;
  readonly hasFailed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The ids of the spans that it names. */
  readonly links: readonly string[];
}

/** What arrives, in JSON of OTLP, as far as the tests look at it. */
interface Delivery {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

interface OtlpSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number };
  readonly attributes: readonly Attribute[];
  readonly links: readonly { readonly spanId: string }[];
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

const ERROR = 2;

/** An OpenTelemetry collector, which keeps what it is sent and takes as long, or refuses as often, as a test says. */
export class Collector {
  readonly spans: ReceivedSpan[] = [];
  /** The names of services that spans came from. */
  readonly services = new Set<unknown>();
  /** All that has arrived, as it came: paths, headers and bodies. */
  text = '';
  /** How it answers; without one, it takes everything. */
  answer: () => Response | Promise<Response> = () => Response.json({});
  private waiting: (() => void)[] = [];
  private readonly server = Bun.serve({ port: 0, fetch: (request) => this.receive(request) });

  /** What the service is to be told of it. */
  get environment(): { OTEL_EXPORTER_OTLP_ENDPOINT: string } {
    return { OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${this.server.port}/` };
  }

  named(name: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** Resolves when it is sent something, from now on. */
  next(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async stop(): Promise<void> {
    await this.server.stop(true);
  }

  private async receive(request: Request): Promise<Response> {
    const body = await request.text();
    this.text += `${request.method} ${request.url}\n${JSON.stringify(request.headers)}\n${body}\n`;
    if (new URL(request.url).pathname === '/v1/traces') this.keep(JSON.parse(body));
    for (const resolve of this.waiting.splice(0)) resolve();
    return this.answer();
  }

  private keep({ resourceSpans }: Delivery): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      this.services.add(read(resource.attributes)['service.name']);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans.map(received)));
    }
  }
}

function received(span: OtlpSpan): ReceivedSpan {
  return {
    name: span.name,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    begin: Number(span.startTimeUnixNano) / 1e6,
    end: Number(span.endTimeUnixNano) / 1e6,
    hasFailed: span.status.code === ERROR,
    attributes: read(span.attributes),
    links: span.links.map(({ spanId }) => spanId),
  };
}

function read(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
