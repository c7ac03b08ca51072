import fc, { type Arbitrary } from 'fast-check';
import type { OpenAPIV3 } from 'openapi-types';
import { BODY_DEPTH_MAX } from '../../src/http/json.ts';
import { type Described, given, operationsOf, parametersOf, type Schema } from '../support/document.ts';
import { bodyBytesMaxOf, TAME_PARAMETERS, weightOf } from './tame.ts';
import { soundValues, wrongTexts, wrongValues } from './values.ts';

/** A parameter and its value. */
export interface Part {
  readonly in: string;
  readonly name: string;
  readonly value: unknown;
}

/** What is done to the text of a body. */
export type TextFault =
  | { readonly kind: 'cut' | 'garbled'; readonly at: number }
  | { readonly kind: 'followed' | 'twice' | 'deep' | 'long' | 'UTF-16'; readonly by: string };

/** What is wrong with a request, at one place only. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'parameter'; readonly part: Omit<Part, 'value'>; readonly texts: readonly string[] }
  | { readonly kind: 'credentials'; readonly value: string | undefined }
  | { readonly kind: 'body'; readonly value: unknown }
  | { readonly kind: 'no body' }
  | { readonly kind: 'text'; readonly edit: TextFault }
  | { readonly kind: 'content type'; readonly value: string | undefined }
  | { readonly kind: 'method'; readonly method: string }
  | { readonly kind: 'path'; readonly edit: PathEdit }
  | { readonly kind: 'bytes'; readonly edits: readonly { readonly at: number; readonly byte: number }[] };

export interface PathEdit {
  readonly kind: 'insert' | 'replace' | 'remove' | 'append' | 'case';
  /** From 0 to 1, the place in the path. */
  readonly at: number;
  readonly text: string;
}

/** What may come with any request, and changes nothing. */
export interface Dress {
  readonly query: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** JSON under a key that nobody reads. */
  readonly extra: string | undefined;
  /** How numbers are written. */
  readonly digits: '' | '.0' | 'e0' | 'E+0';
  readonly space: string;
  readonly contentType: string;
  readonly chunked: boolean;
  /** What an operation that reads no body is sent all the same. */
  readonly idleBody: string | undefined;
  readonly asHead: boolean;
}

/** A request without the ids that only the service can tell. */
export interface Plan {
  readonly described: Described;
  readonly parts: readonly Part[];
  readonly body: unknown;
  readonly dress: Dress;
  readonly fault: Fault;
  /** Decides which of the learnt ids are taken. */
  readonly pick: number;
}

/** How many plans come from one seed: fast-check makes them fastest in runs. */
const RUN = 100;

/** The plans of a seed, the same ones each time. */
export function* plansOf(document: OpenAPIV3.Document, seed: number): Generator<Plan, never> {
  const plans = fc.oneof(
    ...operationsOf(document).map((described) => ({
      weight: weightOf(described.operation.operationId),
      arbitrary: planOf(document, described),
    })),
  );
  for (let run = 0; ; run++) {
    yield* fc.sample(plans, { seed: Bun.hash.crc32(`${seed} ${run}`) | 0, numRuns: RUN });
  }
}

/** The schema of a JSON body, if the operation has one. */
export function bodySchemaOf({ requestBody }: OpenAPIV3.OperationObject): Schema | undefined {
  return requestBody === undefined ? undefined : given(requestBody).content['application/json']?.schema;
}

/** Whether an operation asks for the operator's token. */
export function hasCredentials({ security = [] }: OpenAPIV3.OperationObject): boolean {
  return security.length > 0 && security.every((scheme) => Object.keys(scheme).length > 0);
}

/** The status with which a malformed parameter is refused; undefined when the document promises nothing. */
export function refusalOf(
  { responses }: OpenAPIV3.OperationObject,
  part: { name: string; required?: boolean },
) {
  const refused = responses[400];
  const names = refused === undefined ? {} : given(refused).content?.['application/json']?.examples;
  if (Object.hasOwn(names ?? {}, `invalid ${part.name}`)) return 400;
  return part.required === true ? 401 : undefined;
}

function planOf(document: OpenAPIV3.Document, described: Described): Arbitrary<Plan> {
  const { operation } = described;
  const parts = parametersOf(operation).map(({ name, in: place, required = false, schema = {} }) => {
    const sound = soundValues(document, schema, name);
    const tame = TAME_PARAMETERS[name];
    const values =
      tame === undefined ? sound : fc.oneof({ weight: 4, arbitrary: tame }, { weight: 1, arbitrary: sound });
    const part = values.map((value): Part => ({ in: place, name, value }));
    return required ? part : fc.option(part, { nil: undefined });
  });
  const schema = bodySchemaOf(operation);
  return fc.record({
    described: fc.constant(described),
    parts: fc.tuple(...parts).map((all) => all.filter((part) => part !== undefined)),
    body: schema === undefined ? fc.constant(undefined) : soundValues(document, schema, 'body'),
    dress: fc.oneof({ weight: 2, arbitrary: fc.constant(PLAIN) }, { weight: 1, arbitrary: dresses }),
    fault: fc.oneof(
      { weight: 5, arbitrary: fc.constant({ kind: 'none' as const }) },
      { weight: 4, arbitrary: faultOf(document, described) },
    ),
    pick: fc.nat(),
  });
}

function faultOf(document: OpenAPIV3.Document, described: Described): Arbitrary<Fault> {
  const { operation } = described;
  const faults: Arbitrary<Fault>[] = [wrongMethods, wrongPaths, wrongBytes];
  for (const parameter of parametersOf(operation)) {
    if (refusalOf(operation, parameter) === undefined) continue;
    const { name, in: place, required = false, schema = {} } = parameter;
    const texts: Arbitrary<string[]>[] = [wrongTexts(document, schema).map((text) => [text])];
    if (place !== 'path') texts.push(fc.constantFrom([''], ['1', '1']));
    if (place !== 'path' && required) texts.push(fc.constant([]));
    faults.push(fc.oneof(...texts).map((texts) => ({ kind: 'parameter', part: { in: place, name }, texts })));
  }
  if (hasCredentials(operation)) faults.push(wrongCredentials);
  const schema = bodySchemaOf(operation);
  if (schema !== undefined) {
    const values = wrongValues(document, schema, 'body');
    faults.push(values.map((value) => ({ kind: 'body', value })));
    faults.push(wrongBodyTexts(bodyBytesMaxOf(operation)), wrongTypes);
  }
  return fc.oneof(...faults);
}

const words = (text: string) => text.trim().split(/\s+/);

const PLAIN: Dress = {
  query: [],
  headers: {},
  extra: undefined,
  digits: '',
  space: '',
  contentType: 'application/json',
  chunked: false,
  idleBody: undefined,
  asHead: false,
};

const unit = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const visible = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.~%=;,"[]{}'), maxLength: 30 });
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

/** Headers that have been known to mean something to somebody. */
const HEADERS: Record<string, string>[] = [
  { Cookie: '%zz=%; a=b; a=%ff; __proto__=1' },
  { Cookie: ';;;=;' },
  { Accept: 'text/html;q=0.9, */*;q=nonsense' },
  { 'Accept-Encoding': 'br, gzip;q=0, *' },
  { Range: 'bytes=0-1,5-' },
  { 'If-None-Match': '*', 'If-Modified-Since': 'yesterday' },
  { 'X-Forwarded-Host': 'elsewhere', 'X-Forwarded-For': '::1, 127.0.0.1', Forwarded: 'for=_x;host="' },
  { 'X-HTTP-Method-Override': 'DELETE' },
  { Origin: 'null', Referer: 'http://[' },
  { Host: '[' },
  { Host: '😀' },
  { Authorization: 'Basic !' },
  { TE: 'trailers', Trailer: 'X' },
  { 'User-Agent': '' },
  { 'X-Long': 'a'.repeat(20_000) },
  Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`X-${index}`, 'a'])),
];

const dresses: Arbitrary<Dress> = fc.record({
  query: fc.array(
    fc.oneof(visible, fc.constantFrom('&', '%zz', '__proto__=1', 'x=1&x=2', '?', 'a'.repeat(10_000))),
    {
      maxLength: 3,
    },
  ),
  headers: fc.oneof(
    fc.constant({}),
    fc.constantFrom(...HEADERS),
    fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((text) => ({ 'X-Text': text.replaceAll(/\p{Cc}/gu, '') })),
  ),
  extra: fc.option(
    fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.constantFrom(
        nested(BODY_DEPTH_MAX - 1),
        '"\\u0000"',
        '"\\ud800"',
        '1e400',
        '"[[[[[[{"',
        '{"a":{"a":1}}',
      ),
    ),
    { nil: undefined },
  ),
  digits: fc.constantFrom('', '.0', 'e0', 'E+0'),
  space: fc.constantFrom('', ' ', '\r\n\t'),
  contentType: fc.constantFrom('application/json', 'Application/JSON', 'application/json; charset=utf-8'),
  chunked: fc.boolean(),
  idleBody: fc.option(fc.oneof(fc.json(), fc.constantFrom('{', '\0', 'a'.repeat(100_000))), {
    nil: undefined,
  }),
  asHead: fc.boolean(),
});

const METHODS = words('GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND');
const wrongMethods = fc.constantFrom(...METHODS).map((method): Fault => ({ kind: 'method', method }));

/** Characters that end a path, or that lead to another one, are left to what is done to the bytes. */
const wrongPaths = fc
  .record({
    kind: fc.constantFrom('insert', 'replace', 'remove', 'append', 'case'),
    at: unit,
    text: fc.constantFrom(
      ...'aZ09-_~!$&\'()*+,;=:@"<>[]{}|^`/é😀',
      '%',
      '%00',
      '%2F',
      '%zz',
      '//',
      '/x',
      '/1',
    ),
  })
  .map((edit): Fault => ({ kind: 'path', edit }));

const wrongBytes = fc
  .array(fc.record({ at: unit, byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 13, 32, 58)) }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((edits): Fault => ({ kind: 'bytes', edits }));

const wrongCredentials = fc
  .constantFrom(undefined, '', 'Bearer', 'Bearer ', 'Bearer wrong', 'Basic YTpi', 'bearer null', 'Bearer 😀')
  .map((value): Fault => ({ kind: 'credentials', value }));

const wrongTypes = fc
  .constantFrom(
    undefined,
    '',
    'application/ json',
    'application/json, text/plain',
    'a'.repeat(20_000),
    ...words('text/plain text/json application/jsonx application/x-www-form-urlencoded multipart/form-data'),
    ...words(
      'multipart/form-data;boundary=x application/octet-stream application/json-patch+json */* json 😀',
    ),
  )
  .map((value): Fault => ({ kind: 'content type', value }));

const deep = BODY_DEPTH_MAX + 1;
const wrongBodyTexts = (bytesMax: number): Arbitrary<Fault> =>
  fc.oneof(
    fc.constant<Fault>({ kind: 'no body' }),
    fc
      .oneof(
        fc.record({ kind: fc.constantFrom('cut' as const, 'garbled' as const), at: unit }),
        fc.record({
          kind: fc.constant('followed' as const),
          by: fc.constantFrom(...words('x , } ] {} \0 // é 1')),
        }),
        fc.record({ kind: fc.constant('twice' as const), by: fc.constantFrom(...words('1 null "" [] {}')) }),
        fc.record({
          kind: fc.constant('deep' as const),
          by: fc.constantFrom(nested(deep), nested(10_000), `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`),
        }),
        fc.record({
          kind: fc.constant('long' as const),
          by: fc.constantFrom(' '.repeat(bytesMax), '\n'.repeat(bytesMax + 300_000)),
        }),
        fc.constant({ kind: 'UTF-16' as const, by: '' }),
      )
      .map((edit): Fault => ({ kind: 'text', edit })),
  );
