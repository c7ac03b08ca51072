import type { Server } from './processes.ts';

export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly tokenId?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** One request, where speed is not the question. Throws unless the answer is a success. */
export async function call({ name, port }: Server, { method, path, tokenId, headers, body }: Ask) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      ...headers,
      ...(tokenId === undefined ? {} : { 'TOKEN-ID': String(tokenId) }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${name}: ${method} ${path} answered ${response.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
