import { given } from '../support/document.ts';
import { requestBytes } from '../support/wire.ts';
import {
  bodySchemaOf,
  type Dress,
  hasCredentials,
  type Part,
  type PathEdit,
  type Plan,
  type TextFault,
} from './plans.ts';
import { Learnt, Raw } from './values.ts';

export const ADMIN_TOKEN = 'the-token-of-the-operator-of-the-fuzz';

/** A request as it is sent. */
export interface Sent {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly bodyBytes: number;
  readonly bytes: Uint8Array;
  /** The values of its parameters and of its body, by name. */
  readonly asked: Readonly<Record<string, unknown>>;
}

/** The names of the ids that a plan leaves open, in the order in which they are filled in. */
export function openNames({ parts, body, fault }: Plan): string[] {
  const names = (value: unknown): string[] => {
    if (value instanceof Learnt) return [value.name];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(names) : [];
  };
  return names([parts, fault.kind === 'body' ? fault.value : body]);
}

/** Fills in the ids, and puts in what is wrong. */
export function requestOf(plan: Plan, numbers: readonly (number | undefined)[]): Sent {
  const { fault, dress } = plan;
  const { parts, body } = filled(plan, numbers);
  const content = contentOf(plan, body);
  const method = methodOf(plan);
  const path = pathOf(plan, parts);
  const query = textsIn('query', plan, parts).flatMap(([name, texts]) =>
    texts.map((text) => `${name}=${text}`),
  );
  const search = [...query, ...dress.query].join('&');
  const bytes = Buffer.from(
    requestBytes({
      method,
      target: search === '' ? path : `${path}?${search}`,
      headers: headersOf(plan, parts, content !== undefined),
      body: content,
      chunked: dress.chunked && content !== undefined,
    }),
  );
  if (fault.kind === 'bytes') {
    for (const { at, byte } of fault.edits) bytes[Math.floor(at * bytes.length)] = byte;
  }
  const asked = {
    ...Object.fromEntries(parts.map(({ name, text }) => [name, Number(text)])),
    ...Object(body),
  };
  return { method, path, bodyBytes: Buffer.byteLength(content ?? ''), bytes, asked };
}

/** A parameter as it is written. */
type FilledPart = Omit<Part, 'value'> & { readonly text: string };

function filled({ parts, body, fault }: Plan, numbers: readonly (number | undefined)[]) {
  let next = 0;
  const fill = (value: unknown): unknown => {
    if (value instanceof Learnt) return value.from(numbers[next++]);
    if (value instanceof Raw || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(fill);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
  };
  return {
    parts: parts.map(({ value, ...part }): FilledPart => ({ ...part, text: String(fill(value)) })),
    body: fill(fault.kind === 'body' ? fault.value : body),
  };
}

/** The parameters of one place, each with its texts: one, unless it is the one that is wrong. */
function textsIn(
  place: string,
  { fault }: Plan,
  parts: readonly FilledPart[],
): [name: string, texts: readonly string[]][] {
  const texts = new Map<string, readonly string[]>();
  for (const { name, text } of parts.filter((part) => part.in === place)) texts.set(name, [text]);
  if (fault.kind === 'parameter' && fault.part.in === place) texts.set(fault.part.name, fault.texts);
  return [...texts];
}

function pathOf(plan: Plan, parts: readonly FilledPart[]): string {
  const texts = new Map(textsIn('path', plan, parts));
  const path = plan.described.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => texts.get(name)?.[0] ?? '');
  return plan.fault.kind === 'path' ? edited(path, plan.fault.edit) : path;
}

function headersOf(plan: Plan, parts: readonly FilledPart[], hasBody: boolean): Record<string, string> {
  const { described, fault, dress } = plan;
  const headers: Record<string, string> = { ...dress.headers };
  const set = (name: string, text: string | undefined): void => {
    if (text !== undefined) headers[name] = text;
  };
  for (const [name, [first, second]] of textsIn('header', plan, parts)) {
    set(name, first);
    set(name.toLowerCase(), second);
  }
  if (hasCredentials(described.operation)) {
    delete headers.Authorization;
    set('Authorization', fault.kind === 'credentials' ? fault.value : `Bearer ${ADMIN_TOKEN}`);
  }
  if (hasBody) set('Content-Type', fault.kind === 'content type' ? fault.value : contentTypeOf(plan));
  return headers;
}

/** Lines are of a type of their own, whatever stands in them. */
function contentTypeOf({ described: { operation }, dress }: Plan): string | undefined {
  const { requestBody } = operation;
  const types = requestBody === undefined ? [] : Object.keys(given(requestBody).content);
  return types.length === 0 || types.includes('application/json') ? dress.contentType : types[0];
}

function methodOf({ described, dress, fault }: Plan): string {
  if (fault.kind === 'method') return fault.method;
  const canBeHead = described.method === 'GET' && (fault.kind === 'none' || fault.kind === 'parameter');
  return canBeHead && dress.asHead ? 'HEAD' : described.method;
}

function contentOf({ described, dress, fault }: Plan, body: unknown): string | Uint8Array | undefined {
  if (bodySchemaOf(described.operation) === undefined) return dress.idleBody;
  if (fault.kind === 'no body') return undefined;
  const text = write(body, dress);
  const dressed = dress.extra === undefined ? text : withKey(text, '\\u0078-nobody', dress.extra);
  return fault.kind === 'text' ? spoilt(dressed, body, fault.edit) : dressed;
}

/** A value as JSON. Keys without a value are left out. */
function write(value: unknown, dress: Dress): string {
  const { space, digits } = dress;
  const list = (open: string, items: string[], close: string) =>
    `${open}${space}${items.join(`${space},${space}`)}${space}${close}`;
  if (value instanceof Raw) return value.text;
  if (typeof value === 'number')
    return Number.isInteger(value) && !Object.is(value, -0)
      ? `${value}${/e/.test(`${value}`) ? '' : digits}`
      : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value))
    return list(
      '[',
      value.map((item) => write(item, dress)),
      ']',
    );
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  return list(
    '{',
    fields.map(([key, item]) => `${JSON.stringify(key)}${space}:${space}${write(item, dress)}`),
    '}',
  );
}

/** The text of an object with one key more; any other text as it is. */
function withKey(text: string, key: string, value: string): string {
  if (!/^\s*\{/.test(text)) return text;
  const isEmpty = /^\s*\{\s*\}/.test(text);
  return text.replace('{', () => `{"${key}":${value}${isEmpty ? '' : ','}`);
}

function spoilt(text: string, body: unknown, edit: TextFault): string | Uint8Array {
  switch (edit.kind) {
    case 'cut':
      return text.slice(0, Math.max(1, Math.floor(edit.at * text.trimEnd().length)));
    case 'garbled': {
      const bytes = Buffer.from(text);
      bytes[Math.floor(edit.at * bytes.length)] = edit.at < 0.5 ? 0 : 0xff;
      return bytes;
    }
    case 'followed':
      return text + edit.by;
    case 'twice': {
      const [key = 'x'] = Object.keys(Object(body));
      return withKey(withKey(text, key, edit.by), key, edit.by);
    }
    case 'deep':
      return withKey(text, 'x', edit.by);
    case 'long':
      return text + edit.by;
    case 'UTF-16':
      return Buffer.from(text, 'utf16le');
  }
}

function edited(path: string, { kind, at, text }: PathEdit): string {
  // The first slash makes it a path.
  const index = 1 + Math.floor(at * (path.length - 1));
  const before = path.slice(0, index);
  const character = path.slice(index, index + 1);
  const after = path.slice(index + 1);
  switch (kind) {
    case 'insert':
      return before + text + character + after;
    case 'replace':
      return before + text + after;
    case 'remove':
      return before + after;
    case 'append':
      return path + text;
    case 'case':
      return (
        before +
        (character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase()) +
        after
      );
  }
}
