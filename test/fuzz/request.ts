import { requestBytes } from '../support/wire.ts';
import type { Dress, PathEdit, Plan, TextFault } from './plans.ts';
import { bodySchemaOf, hasCredentials } from './plans.ts';
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
  const { described, fault, dress } = plan;
  let next = 0;
  const fill = (value: unknown): unknown => {
    if (value instanceof Learnt) return value.from(numbers[next++]);
    if (value instanceof Raw || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(fill);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
  };
  const parts = plan.parts.map(({ value, ...part }) => ({ ...part, text: String(fill(value)) }));
  const body = fill(fault.kind === 'body' ? fault.value : plan.body);
  const asked = Object.fromEntries([
    ...parts.map(({ name, text }) => [name, Number(text)]),
    ...Object.entries(Object(body)),
  ]);
  const textsOf = (name: string, place: string): readonly string[] => {
    const isWrong = fault.kind === 'parameter' && fault.part.name === name && fault.part.in === place;
    if (isWrong) return fault.texts;
    return parts.filter((part) => part.name === name && part.in === place).map(({ text }) => text);
  };
  const namesIn = (place: string): string[] => {
    const names = parts.filter((part) => part.in === place).map(({ name }) => name);
    if (fault.kind === 'parameter' && fault.part.in === place) names.push(fault.part.name);
    return [...new Set(names)];
  };

  const filled = described.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => textsOf(name, 'path')[0] ?? '');
  const path = fault.kind === 'path' ? edited(filled, fault.edit) : filled;
  const query = namesIn('query').flatMap((name) => textsOf(name, 'query').map((text) => `${name}=${text}`));
  const search = [...query, ...dress.query].join('&');
  const headers: Record<string, string> = { ...dress.headers };
  for (const name of namesIn('header')) {
    const [first, second] = textsOf(name, 'header');
    if (first !== undefined) headers[name] = first;
    if (second !== undefined) headers[name.toLowerCase()] = second;
  }
  if (hasCredentials(described.operation)) {
    const value = fault.kind === 'credentials' ? fault.value : `Bearer ${ADMIN_TOKEN}`;
    delete headers.Authorization;
    if (value !== undefined) headers.Authorization = value;
  }

  const content = contentOf(plan, body);
  const type = fault.kind === 'content type' ? fault.value : dress.contentType;
  if (content !== undefined && type !== undefined) headers['Content-Type'] = type;
  const method = methodOf(plan);
  const request = {
    method,
    target: search === '' ? path : `${path}?${search}`,
    headers,
    body: content,
    chunked: dress.chunked && content !== undefined,
  };
  const bytes = Buffer.from(requestBytes(request));
  if (fault.kind === 'bytes') {
    for (const { at, byte } of fault.edits) bytes[Math.floor(at * bytes.length)] = byte;
  }
  return { method, path, bodyBytes: Buffer.byteLength(content ?? ''), bytes, asked };
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
