export interface ServerEvent {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads the data as a client without types would.
  readonly data: any;
}

/** A stream of server-sent events, read block by block as they come over HTTP. */
export class EventReader {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private readonly decoder = new TextDecoder();
  private text = '';

  private constructor(
    readonly response: Response,
    private readonly abort: AbortController,
  ) {
    if (response.body === null) throw new Error('the answer has no body');
    this.chunks = response.body[Symbol.asyncIterator]();
  }

  /** Opens a stream, and reads past the line that tells when to connect again. Throws when the answer is no stream. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const abort = new AbortController();
    const response = await fetch(url, { headers, signal: abort.signal });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    const reader = new EventReader(response, abort);
    const prelude = await reader.block();
    if (prelude !== 'retry: 3000') throw new Error(`the stream begins with ${prelude}`);
    return reader;
  }

  /** What comes next up to an empty line; null when the stream has ended. */
  async block(): Promise<string | null> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.text.slice(0, end);
        this.text = this.text.slice(end + 2);
        return block;
      }
      const { done, value } = await this.chunks.next();
      if (done) return null;
      this.text += this.decoder.decode(value, { stream: true });
    }
  }

  /** The next event. Throws when something else comes. */
  async event(): Promise<ServerEvent> {
    const block = await this.block();
    const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(block ?? '') ?? [];
    if (id === undefined || data === undefined) throw new Error(`no event, but ${JSON.stringify(block)}`);
    return { id, data: JSON.parse(data) };
  }

  /** Goes away, as a client whose tab is closed. */
  close(): void {
    this.abort.abort();
  }
}
