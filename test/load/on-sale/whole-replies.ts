const HEAD_END = '\r\n\r\n';

export interface WholeReply {
  readonly status: number;
  readonly retryAfterSeconds: number | null;
  readonly body: Buffer;
}

interface Head {
  readonly status: number;
  readonly retryAfterSeconds: number | null;
  readonly bytes: number;
  readonly bodyBytes: number;
}

/** Puts the replies on a connection together, however they are cut into chunks. Nothing is pipelined. */
export class WholeReplies {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private head: Head | undefined;

  /** Returns the reply when the chunk completes it. Throws when it is not what HTTP/1.1 says. */
  read(chunk: Buffer): WholeReply | undefined {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    this.head ??= headOf(this.joined());
    if (this.head === undefined) return undefined;
    const { status, retryAfterSeconds, bytes, bodyBytes } = this.head;
    if (this.bytes < bytes + bodyBytes) return undefined;
    if (this.bytes > bytes + bodyBytes) throw new Error('more than one reply to one request');
    const body = this.joined().subarray(bytes);
    this.chunks = [];
    this.bytes = 0;
    this.head = undefined;
    return { status, retryAfterSeconds, body };
  }

  private joined(): Buffer {
    const [first] = this.chunks;
    if (first !== undefined && this.chunks.length === 1) return first;
    const all = Buffer.concat(this.chunks);
    this.chunks = [all];
    return all;
  }
}

function headOf(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const text = bytes.toString('latin1', 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (!text.startsWith('HTTP/1.1 ') || length === undefined) throw new Error(`not a reply: ${text}`);
  const retryAfter = /\r\nretry-after: *(\d+)/i.exec(text)?.[1];
  return {
    status: Number(text.slice(9, 12)),
    retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter),
    bytes: end + HEAD_END.length,
    bodyBytes: Number(length),
  };
}
