export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** The service says that it has answered this call before. */
  readonly replayed: boolean;
}

/** A number in a body. Throws when it is not there: no reply of the service may lack what it promises. */
export function numberIn(body: unknown, name: string): number {
  const value = fieldIn(body, name);
  if (typeof value === 'number') return value;
  throw new Error(`no number ${name} in ${JSON.stringify(body)}`);
}

export function textIn(body: unknown, name: string): string {
  const value = fieldIn(body, name);
  if (typeof value === 'string') return value;
  throw new Error(`no text ${name} in ${JSON.stringify(body)}`);
}

export function listIn(body: unknown, name: string): readonly unknown[] {
  const value = fieldIn(body, name);
  if (Array.isArray(value)) return value;
  throw new Error(`no list ${name} in ${JSON.stringify(body)}`);
}

function fieldIn(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}
