/** How long a browser waits before it connects again, in milliseconds. */
const RETRY_MS = 3_000;

const encoder = new TextEncoder();
const PRELUDE = encoder.encode(`retry: ${RETRY_MS}\n\n`);
const HEARTBEAT = encoder.encode(':\n\n');

/** One event, with an id that the client sends back as `Last-Event-ID` when it connects again. */
export function eventOf(id: string, data: string): Uint8Array {
  return encoder.encode(`id: ${id}\ndata: ${data}\n\n`);
}

/**
 * A stream of server-sent events that tell of one state, of which only the latest matters: an event that the client was
 * too slow to take gives way to the next one, so that a stream never keeps more than one, however slow its reader.
 */
export class EventStream {
  readonly response: Response;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** The connection has room. */
  private isWanted = false;
  private waiting: Uint8Array | undefined;
  private isEnding = false;
  private isClosed = false;

  /** `onClose` is called once, when either side has closed the stream. */
  constructor(private readonly onClose: () => void) {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
          // At once, or else the client would not even see the headers before the first event.
          controller.enqueue(PRELUDE);
        },
        // Not called as long as the connection is full.
        pull: () => {
          this.isWanted = true;
          this.flush();
        },
        // The client is gone, and has closed the stream for both.
        cancel: () => this.finish(),
      },
      { highWaterMark: 0 },
    );
    this.response = new Response(body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // A proxy that gathers answers before it passes them on would keep the events back.
        'x-accel-buffering': 'no',
      },
    });
  }

  /** Whether the client has not taken what was sent last. */
  get isBehind(): boolean {
    return this.waiting !== undefined;
  }

  send(event: Uint8Array): void {
    this.waiting = event;
    this.flush();
  }

  /** Shows the client, and whatever stands in between, that the connection lives. */
  beat(): void {
    if (!this.isBehind) this.send(HEARTBEAT);
  }

  /** Closes the stream once the client has taken what was sent. */
  end(): void {
    this.isEnding = true;
    this.flush();
  }

  /** Closes the stream as it is. */
  close(): void {
    if (this.isClosed) return;
    this.controller?.close();
    this.finish();
  }

  private finish(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.waiting = undefined;
    this.onClose();
  }

  private flush(): void {
    if (this.isClosed) return;
    if (this.waiting !== undefined && this.isWanted) {
      this.isWanted = false;
      this.controller?.enqueue(this.waiting);
      this.waiting = undefined;
    }
    if (this.isEnding && this.waiting === undefined) this.close();
  }
}
