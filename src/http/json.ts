import { BadRequest } from './errors.ts';

export const BODY_BYTES_MAX = 64 * 1024;

/**
 * Reads the JSON body of a request. Throws a BadRequest: 413 past the limit, 415 for another content type, 400 when it
 * is missing, is not JSON, or names a key of one object twice, for then nobody can say which value was meant.
 */
export async function readJson(request: Request, contentType: string): Promise<unknown> {
  const text = await readText(request);
  if (text === '') throw new BadRequest(400, 'invalid body');
  if (contentType !== 'application/json') throw new BadRequest(415, 'unsupported content type');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequest(400, 'invalid JSON');
  }
  if (namesKeyTwice(text, value)) throw new BadRequest(400, 'duplicate key');
  return value;
}

/** How a route reads its body. The name after the function is for the documentation: it tells the content type. */
export const jsonBody: [
  'json' | (({ request, contentType }: { request: Request; contentType: string }) => Promise<unknown>),
  'json',
] = [({ request, contentType }) => readJson(request, contentType), 'json'];

async function readText(request: Request): Promise<string> {
  const declared = request.headers.get('content-length');
  if (declared !== null) {
    if (Number(declared) > BODY_BYTES_MAX) throw new BadRequest(413, 'body too large');
    return request.text();
  }
  if (request.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) throw new BadRequest(413, 'body too large');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** `text` is valid JSON, and `value` what it parsed to: the last of two equal keys has silently won. */
function namesKeyTwice(text: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  // When the quotes in the text are just those of the keys that came through, there was no other key.
  if (count(text, '"') === 2 * Object.keys(value).length) return false;
  const open: (Set<string> | null)[] = [];
  const tokens = text.matchAll(/"((?:[^"\\]|\\.)*)"\s*(:?)|[{}[\]]/gs);
  for (const [token, string = '', colon] of tokens) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (colon === ':') {
      const keys = open.at(-1);
      const key: string = JSON.parse(`"${string}"`);
      if (keys?.has(key)) return true;
      keys?.add(key);
    }
  }
  return false;
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found++;
  return found;
}
