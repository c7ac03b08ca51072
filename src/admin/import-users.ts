import { Value } from '@sinclair/typebox/value';
import type { Desk } from '../coordinator/commands.ts';
import { BadRequest } from '../http/errors.ts';
import { parseJson } from '../http/json.ts';
import type { UserId } from '../ids.ts';
import { granted, type Result } from '../refusal.ts';
import type { ImportView } from '../users/register.ts';
import { ImportedUser } from './user-model.ts';

export const IMPORT_BYTES_MAX = 64 * 1024 * 1024;
export const IMPORT_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];
export const BROKEN_LINES_MAX = 1_000;
/** How long a line may be, without what ends it. */
export const LINE_BYTES_MAX = 1024;
/** How many users one command brings: so many that a commit is shared, so few that nobody waits for it for long. */
const BATCH_USERS_MAX = 500;

/** How much is read before others go on: what comes in at once may be megabytes of empty lines. */
const PART_BYTES_MAX = 64 * 1024;

const TOO_LARGE = 'body too large';
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const NOTHING = new Uint8Array();

export interface ImportReport extends ImportView {
  readonly failed: readonly BrokenLine[];
}

interface BrokenLine {
  /** From 1 on, empty ones counted. */
  readonly line: number;
  readonly message: string;
}

/**
 * Makes users of the lines of a body, as it comes in, a batch at a time. A line that is none of a user is reported, and
 * the others are imported. Throws a BadRequest when the body is too large, has too many broken lines or breaks off, and
 * is refused when a batch is: then what came before is imported, and to send all of it again is harmless.
 */
export async function importUsers(
  desk: Pick<Desk, 'submit'>,
  request: Request,
): Promise<Result<ImportReport>> {
  const failed: BrokenLine[] = [];
  let imported = 0;
  let existing = 0;
  for await (const newUserIds of batchesOf(chunksOf(request), failed)) {
    const batch = await desk.submit({ kind: 'import-users', newUserIds });
    if (!batch.ok) return batch;
    imported += batch.value.imported;
    existing += batch.value.existing;
  }
  return granted({ imported, existing, failed });
}

/** Refuses at once what its headers show to be wrong. */
function chunksOf({ body, headers }: Request): AsyncGenerator<Uint8Array> {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  if (body !== null && !IMPORT_TYPES.includes(type.trim().toLowerCase())) {
    throw new BadRequest(415, 'unsupported content type');
  }
  if (Number(headers.get('content-length')) > IMPORT_BYTES_MAX) throw new BadRequest(413, TOO_LARGE);
  return limited(body);
}

/** The body as it comes in, in small parts, as far as the limit. */
async function* limited(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > IMPORT_BYTES_MAX) throw new BadRequest(413, TOO_LARGE);
      for (let start = 0; start < chunk.byteLength; start += PART_BYTES_MAX) {
        yield chunk.subarray(start, start + PART_BYTES_MAX);
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
  } catch (cause) {
    // The client went away, or broke the framing of its own body: no fault of ours, and nobody reads this answer.
    throw cause instanceof BadRequest ? cause : new BadRequest(400, 'invalid body');
  }
}

/** The users of the lines. What came before a failure comes before the failure. */
async function* batchesOf(body: AsyncGenerator<Uint8Array>, failed: BrokenLine[]): AsyncGenerator<UserId[]> {
  let batch: UserId[] = [];
  let line = 0;
  try {
    for await (const lines of linesOf(body)) {
      for (const bytes of lines) {
        line++;
        const read = readLine(bytes);
        if (typeof read === 'string') {
          if (failed.length === BROKEN_LINES_MAX) throw new BadRequest(400, 'too many broken lines');
          failed.push({ line, message: read });
        } else if (read !== null) {
          batch.push(read);
        }
        if (batch.length === BATCH_USERS_MAX) {
          yield batch;
          batch = [];
        }
      }
    }
  } catch (cause) {
    if (batch.length > 0) yield batch;
    if (!(cause instanceof BadRequest)) throw cause;
    throw new BadRequest(
      cause.statusCode,
      `${cause.message}: the users of the lines up to ${line} are imported`,
    );
  }
  if (batch.length > 0) yield batch;
}

/** The lines of a body, chunk by chunk, without what ends them. One that is too long is cut, and still too long. */
async function* linesOf(body: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let rest: Uint8Array = NOTHING;
  for await (const chunk of body) {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(joined(rest, chunk.subarray(start, end)));
      rest = NOTHING;
      start = end + 1;
    }
    rest = joined(rest, chunk.subarray(start));
    yield lines;
  }
  if (rest.length > 0) yield [rest];
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const part = second.subarray(0, LINE_BYTES_MAX + 1 - first.length);
  if (first.length === 0) return part;
  const both = new Uint8Array(first.length + part.length);
  both.set(first);
  both.set(part, first.length);
  return both;
}

/** The user of a line, or what is wrong with it; null for an empty line. */
function readLine(bytes: Uint8Array): UserId | string | null {
  if (bytes.length > LINE_BYTES_MAX) return 'line too long';
  if (bytes.every((byte) => byte === SPACE || byte === TAB || byte === RETURN)) return null;
  try {
    const value = parseJson(bytes);
    return Value.Check(ImportedUser, value) ? value.userId : 'invalid userId';
  } catch (cause) {
    if (cause instanceof BadRequest) return cause.message;
    throw cause;
  }
}
