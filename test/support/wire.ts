import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** One request, byte for byte: nothing is escaped, completed or refused on the way. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** Sends the body in one chunk, without saying its length beforehand. */
  readonly chunked?: boolean;
}

const HEAD_END = '\r\n\r\n';

/** A connection that carries what `fetch` would tidy up, or not send at all. */
export class Wire {
  private bytes: Buffer = Buffer.alloc(0);
  private isClosed = false;
  private notice = () => {};

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.notice();
    });
    // A connection that is reset has ended too: `close` follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.notice();
    });
  }

  static async open(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new Wire(socket);
  }

  /** Returns when the bytes are on their way, so that a long body need not be kept whole. */
  async send(bytes: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** The next reply; null when the service closed the connection without one. */
  async reply(toMethod = 'GET'): Promise<Reply | null> {
    for (;;) {
      const reply = this.take(toMethod);
      if (reply !== null || this.isClosed) return reply;
      await this.change();
    }
  }

  async ask(request: WireRequest): Promise<Reply | null> {
    await this.send(requestBytes(request));
    return this.reply(request.method);
  }

  /** What has come after the last reply, once it looks like this or nothing more comes: a reply that does not end. */
  async rest(wanted: RegExp): Promise<string> {
    for (;;) {
      const text = this.bytes.toString('utf8');
      if (wanted.test(text) || this.isClosed) return text;
      await this.change();
    }
  }

  /** Says that nothing more will come; what the service still sends can be read. */
  end(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.notice = resolve;
    });
  }

  private take(toMethod: string): Reply | null {
    const headEnd = this.bytes.indexOf(HEAD_END);
    if (headEnd === -1) return null;
    const [statusLine = '', ...lines] = this.bytes.toString('latin1', 0, headEnd).split('\r\n');
    const headers = new Headers();
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    }
    const start = headEnd + HEAD_END.length;
    if (toMethod !== 'HEAD' && comesInChunks(headers)) {
      const whole = unchunked(this.bytes.subarray(start));
      if (whole === null) return null;
      this.bytes = this.bytes.subarray(start + whole.length);
      return { status: Number(statusLine.split(' ')[1]), headers, body: whole.body };
    }
    const length = toMethod === 'HEAD' ? 0 : Number(headers.get('content-length') ?? 0);
    if (this.bytes.length < start + length) return null;
    const body = this.bytes.toString('utf8', start, start + length);
    this.bytes = this.bytes.subarray(start + length);
    return { status: Number(statusLine.split(' ')[1]), headers, body };
  }
}

/** A stream of events is left for whoever reads it: it may have no end. */
function comesInChunks(headers: Headers): boolean {
  const isEvents = headers.get('content-type')?.startsWith('text/event-stream') === true;
  return headers.get('transfer-encoding') === 'chunked' && !isEvents;
}

/** A body that came in chunks, and how many bytes they take; null as long as the last one has not come. */
function unchunked(bytes: Buffer): { body: string; length: number } | null {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    // What follows is no chunk: an answer without a body told how it would have come, and this is the next answer.
    if (Number.isNaN(size)) return { body: Buffer.concat(parts).toString('utf8'), length: at };
    const start = lineEnd + 2;
    if (bytes.length < start + size + 2) return null;
    if (size === 0) return { body: Buffer.concat(parts).toString('utf8'), length: start + 2 };
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}

export function requestBytes({ method, target, headers, body, chunked = false }: WireRequest): Uint8Array {
  const bytes = Buffer.from(body ?? '');
  const length = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(bytes.length) };
  const all = { Host: 'localhost', ...(body === undefined ? {} : length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), chunked ? chunk(bytes) : bytes]);
}

/** A chunked body that is one chunk. */
function chunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n0\r\n\r\n'),
  ]);
}
