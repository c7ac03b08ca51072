const HEAD_END = '\r\n\r\n';

/** Finds where the reply on a connection ends, however it is cut into chunks. One reply at a time: nothing is pipelined. */
export class ReplyReader {
  private head: Buffer | undefined;
  private status = 0;
  private bodyBytesLeft = 0;

  /** Returns the status when the chunk completes the reply. Throws when it is not what HTTP/1.1 says. */
  read(chunk: Buffer): number | undefined {
    if (this.bodyBytesLeft > 0) return this.take(chunk.length);
    const bytes = this.head === undefined ? chunk : Buffer.concat([this.head, chunk]);
    const headEnd = bytes.indexOf(HEAD_END);
    if (headEnd === -1) {
      this.head = Buffer.from(bytes);
      return undefined;
    }
    this.head = undefined;
    const head = bytes.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (!head.startsWith('HTTP/1.1 ') || length === undefined) throw new Error(`not a reply: ${head}`);
    this.status = Number(head.slice(9, 12));
    this.bodyBytesLeft = Number(length);
    return this.take(bytes.length - headEnd - HEAD_END.length);
  }

  private take(bytes: number): number | undefined {
    this.bodyBytesLeft -= bytes;
    if (this.bodyBytesLeft < 0) throw new Error('more than one reply to one request');
    return this.bodyBytesLeft === 0 ? this.status : undefined;
  }
}
