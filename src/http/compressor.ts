import type { Log } from '../deps.ts';

/** A state of something as JSON, and the tag that names it. */
export interface Content {
  readonly etag: string;
  readonly body: string;
}

export interface Compressed {
  readonly etag: string;
  /** The text itself when it could not be compressed. */
  readonly body: Uint8Array | string;
}

export interface CompressorDeps {
  /** Compresses a text, and not on the event loop. */
  readonly gzip: (text: string) => Promise<Uint8Array>;
  readonly log: Pick<Log, 'error'>;
}

/**
 * Compresses something that changes all the time: each state once at most, for all who ask, and one at a time. Whoever
 * asks while an older state is being compressed waits for the next, which is the latest of when it begins.
 */
export class Compressor {
  /** The last one that has begun, without its text. */
  private begun: { readonly etag: string; readonly compressed: Promise<Compressed> } | undefined;
  private next: Promise<Compressed> | undefined;

  constructor(
    private readonly deps: CompressorDeps,
    public latest: Content,
  ) {}

  /** The latest state of now, or one that is newer still. */
  compressed(): Promise<Compressed> {
    if (this.begun?.etag === this.latest.etag) return this.begun.compressed;
    this.next ??= this.begin();
    return this.next;
  }

  private async begin(): Promise<Compressed> {
    await this.begun?.compressed;
    this.next = undefined;
    const compressed = this.compress(this.latest);
    this.begun = { etag: this.latest.etag, compressed };
    return compressed;
  }

  private async compress({ etag, body }: Content): Promise<Compressed> {
    try {
      return { etag, body: await this.deps.gzip(body) };
    } catch (cause) {
      this.deps.log.error('an answer could not be compressed', cause);
      return { etag, body };
    }
  }
}
