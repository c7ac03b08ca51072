import { BadRequest } from './errors.ts';

export const BODY_BYTES_MAX = 64 * 1024;
/** No body of the contract comes near. Far deeper ones fit in the bytes, and to report on one took half a minute. */
export const BODY_DEPTH_MAX = 16;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Reads the JSON body of a request; null when there is none. Throws a BadRequest: 413 past the limit, 415 for another
 * content type, 400 when it is not JSON in UTF-8, is nested too deeply, or names a key of one object twice, for then
 * nobody can say which value was meant.
 */
export async function readJson(
  request: Request,
  contentType: string,
  bytesMax = BODY_BYTES_MAX,
): Promise<unknown> {
  const bytes = await readBytes(request, bytesMax);
  if (bytes.byteLength === 0) return null;
  if (!isJson(contentType)) throw new BadRequest(415, 'unsupported content type');
  return parseJson(bytes);
}

/** Reads JSON as a body has it, or a line of one. Throws a BadRequest for the same reasons. */
export function parseJson(bytes: Uint8Array | ArrayBuffer): unknown {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new BadRequest(400, 'invalid JSON');
  }
  if (typeof value === 'object' && value !== null && !isPlain(text, value)) checkStructure(text);
  return value;
}

/** How a route reads its body. The name after the function is for the documentation: it tells the content type. */
type JsonBody = [
  'json' | (({ request, contentType }: { request: Request; contentType: string }) => Promise<unknown>),
  'json',
];

export const jsonBody: JsonBody = jsonBodyOf(BODY_BYTES_MAX);

/** For a route whose bodies are longer than most. */
export function jsonBodyOf(bytesMax: number): JsonBody {
  return [
    async ({ request, contentType }) => objectOf(await readJson(request, contentType, bytesMax)),
    'json',
  ];
}

/** For a route that reads no body, behind a hook that comes before the reading: or else whatever comes would be parsed. */
export function unreadBody(): null {
  return null;
}

/** Null where the body is no object: a schema without a required field would take a list or a number for an empty one. */
function objectOf(value: unknown): unknown {
  return typeof value === 'object' && !Array.isArray(value) ? value : null;
}

/** `contentType` comes without its parameters. Types are compared without regard to case. */
function isJson(contentType: string): boolean {
  return contentType === 'application/json' || contentType.trim().toLowerCase() === 'application/json';
}

async function readBytes(request: Request, bytesMax: number): Promise<ArrayBuffer> {
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > bytesMax) throw new BadRequest(413, 'body too large');
  try {
    return declared === null ? await readChunks(request.body, bytesMax) : await request.arrayBuffer();
  } catch (error) {
    // The client went away, or broke the framing of its own body: no fault of ours, and nobody reads this answer.
    throw error instanceof BadRequest ? error : new BadRequest(400, 'invalid body');
  }
}

/** Reads a body that does not tell its length, and stops at the limit. */
async function readChunks(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  bytesMax: number,
): Promise<ArrayBuffer> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new BadRequest(413, 'body too large');
    chunks.push(chunk);
  }
  return new Blob(chunks).arrayBuffer();
}

/**
 * A quick look that most bodies pass. When the quotes in the text are just those of the keys that came through, there
 * was no other key; and then only arrays can be deep, between this object and one without keys.
 */
function isPlain(text: string, value: object): boolean {
  if (Array.isArray(value)) return false;
  return count(text, '"') === 2 * Object.keys(value).length && count(text, '[') <= BODY_DEPTH_MAX - 2;
}

/** Walks the text of a valid JSON value once, by hand: a regular expression takes many times as long on a long one. */
function checkStructure(text: string): void {
  /** The keys so far of each object that is open; null for an array. */
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') {
      if (open.length === BODY_DEPTH_MAX) throw new BadRequest(400, 'nested too deeply');
      open.push(character === '{' ? new Set() : null);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) {
        const key: string = JSON.parse(text.slice(at, end));
        const keys = open.at(-1);
        if (keys?.has(key)) throw new BadRequest(400, 'duplicate key');
        keys?.add(key);
      }
      at = end - 1;
    }
  }
}

/** Where the string that begins at `at` is over. */
function endOfString(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

/** Whether a string that is over at `end` is a key: then a colon is next. */
function isKey(text: string, end: number): boolean {
  let next = end;
  while (text[next] === ' ' || text[next] === '\n' || text[next] === '\r' || text[next] === '\t') next++;
  return text[next] === ':';
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found++;
  return found;
}
