import fc, { type Arbitrary } from 'fast-check';
import type { OpenAPIV3 } from 'openapi-types';
import { differences, resolve, type Schema } from '../support/document.ts';
import { nameOf } from './facts.ts';
import { TAME_FIELDS } from './tame.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const KIB = 1024;
const TEXT_LENGTH = 40;

/** A number that the answers so far tell, by its name. What it is shows when the request is sent. */
export class Learnt {
  readonly name: string;

  constructor(
    field: string,
    private readonly min: number,
    private readonly max: number,
  ) {
    this.name = nameOf(field);
  }

  /** The number that was learnt, or one that the schema allows. */
  from(number = this.min): number {
    const isAllowed = number >= this.min && number <= this.max;
    return isAllowed ? number : this.min + (Math.abs(number) % (this.max - this.min + 1));
  }
}

/** JSON as it stands, for what no value of ours would be written as. */
export class Raw {
  constructor(readonly text: string) {}
}

/** Values that a schema allows: mostly such as there are, the rest at the edges of what is allowed. */
export function soundValues(
  document: OpenAPIV3.Document,
  unresolved: Schema,
  field: string,
): Arbitrary<unknown> {
  const schema = resolve(document, unresolved);
  const fits = (value: unknown) => differences(document, schema, value, { ignoreExtra: true }).length === 0;
  switch (schema.type) {
    case 'object': {
      const { properties = {}, required = [] } = schema;
      const fields = Object.entries(properties).map(([name, part]): [string, Arbitrary<unknown>] => [
        name,
        TAME_FIELDS[name] ?? soundValues(document, part, name),
      ]);
      const model: Record<string, Arbitrary<unknown>> = Object.fromEntries(fields);
      const { minProperties = 0, maxProperties = fields.length } = schema;
      return fc.record(model, { requiredKeys: required, noNullPrototype: true }).filter((value) => {
        const { length } = Object.keys(value);
        return length >= minProperties && length <= maxProperties;
      });
    }
    case 'array': {
      const { minItems = 0, maxItems = 4 } = schema;
      return fc.array(soundValues(document, schema.items, field), {
        minLength: minItems,
        maxLength: Math.min(maxItems, minItems + 3),
      });
    }
    case 'integer': {
      const { minimum: min = 0, maximum: max = MAX } = schema;
      return fc.oneof(
        { weight: 80, arbitrary: fc.constant(new Learnt(field, min, max)) },
        { weight: 2, arbitrary: fc.integer({ min, max: Math.min(max, min + 100_000) }) },
        { weight: 1, arbitrary: fc.integer({ min, max }) },
        { weight: 1, arbitrary: fc.constantFrom(...[min, min + 1, max - 1, max].filter(fits)) },
      );
    }
    case 'boolean':
      return fc.boolean();
    case 'string': {
      if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
      const { pattern, minLength = 0, maxLength = TEXT_LENGTH } = schema;
      const length = { minLength, maxLength: Math.min(maxLength, minLength + TEXT_LENGTH) };
      const isOfPattern = pattern !== undefined && schema.minLength === undefined;
      const texts = (isOfPattern ? fc.stringMatching(new RegExp(pattern)) : visibleTexts(length)).filter(
        fits,
      );
      // A text that comes again is a retry, or a mistake.
      return fc.oneof(texts, fc.constantFrom(...fc.sample(texts, { seed: 1, numRuns: 8 })));
    }
    default:
      throw new Error(`${field} has the type ${schema.type}, which the service does not use`);
  }
}

/** Values with just one thing in them that a schema does not allow. */
export function wrongValues(
  document: OpenAPIV3.Document,
  unresolved: Schema,
  field: string,
): Arbitrary<unknown> {
  const schema = resolve(document, unresolved);
  const isWrong = (value: unknown) => differences(document, schema, value, { ignoreExtra: true }).length > 0;
  const wrong: Arbitrary<unknown>[] = [
    fc.constantFrom(...EDGES.filter((text) => isWrong(JSON.parse(text))).map((text) => new Raw(text))),
    fc.jsonValue().filter(isWrong),
  ];
  if (schema.type === 'array') {
    const items = fc.array(soundValues(document, schema.items, field), { maxLength: 3 });
    const inside = fc.tuple(items, wrongValues(document, schema.items, field), items);
    wrong.push(inside.map(([before, item, after]) => [...before, item, ...after]));
  }
  if (schema.type === 'object') {
    const sound = soundValues(document, schema, field);
    const withField = (name: string, value: unknown) =>
      sound.map((fields) => Object.assign({}, fields, { [name]: value }));
    for (const [name, part] of Object.entries(schema.properties ?? {})) {
      wrong.push(wrongValues(document, part, name).chain((value) => withField(name, value)));
      if (schema.required?.includes(name) === true) wrong.push(withField(name, undefined));
    }
  }
  return fc.oneof(...wrong);
}

/** Texts that a parameter's schema does not allow, as they stand in a header, or in a path or query. */
export function wrongTexts(document: OpenAPIV3.Document, unresolved: Schema): Arbitrary<string> {
  const schema = resolve(document, unresolved);
  const read = (text: string) => (schema.type !== 'string' && DECIMAL.test(text) ? Number(text) : text);
  const isWrong = (text: string) =>
    [text, decoded(text)].every((form) => differences(document, schema, read(form)).length > 0);
  return fc.oneof(
    fc.constantFrom(...TEXTS.filter(isWrong)),
    fc.string({ unit: fc.constantFrom(...PLAIN), minLength: 1, maxLength: 12 }).filter(isWrong),
  );
}

/** An integer as the contract has it written. */
const DECIMAL = /^(0|-?[1-9][0-9]*)$/;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // What is no code of a character stays as it is.
    return text;
  }
}

const words = (text: string) => text.trim().split(/\s+/);

/** Visible ASCII, as headers hold it. */
const visibleTexts = (length: fc.StringConstraints) =>
  fc.string({
    ...length,
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });

/** JSON at the edges of what can be said. */
const EDGES = [
  ...words(
    'null true false 0 -0 -1 1 1.5 1e-7 1e400 -1e400 9007199254740991 9007199254740992 9007199254740993 1e16',
  ),
  ...words('"" "1" "\\u0000" "\\ud800" "😀" [] [1] [null] [[1]] [{}] {} {"value":1} {"length":1,"0":1}'),
  ...words('{"__proto__":{"amount":1,"userId":1}} {"toString":1} "[1]" "true" "1e3" [0] [-1] ["1"] [1,1.5]'),
  `"${'a'.repeat(60 * KIB)}"`,
  `[${'0,'.repeat(30_000)}0]`,
  `[${'{},'.repeat(20_000)}{}]`,
];

const TEXTS = [
  ...words('0 -1 +1 01 00 1.0 1.5 1e3 1e400 0x1 abc NaN Infinity null true [1] {} 1,2 1;2 -0'),
  ...words('9007199254740992 9007199254740993 12345678901234567890 -9007199254740993'),
  ...words('%00 1%00 %F0%9F%98%80 😀 １ %EF%BC%91 %zz % 1% %ff 1%20 %0d%0aa:b 1\'-- " toString __proto__'),
  'a'.repeat(300),
  'a'.repeat(8 * KIB),
  '1'.repeat(60 * KIB),
];

/** What may stand in a path, a query and a header without ending it. */
const PLAIN = [...'0123456789abcXYZ-_~!$*()+,;:@\'"<>[]{}|^`é한😀%'];
