import { describe, expect, test } from 'bun:test';
import { BadRequest } from '../../src/http/errors.ts';
import { BODY_BYTES_MAX, BODY_DEPTH_MAX, readJson } from '../../src/http/json.ts';
import { SeededRandom } from '../support/seeded-random.ts';

type Body = string | Uint8Array<ArrayBuffer>;

/** Reads a body that tells its length, as nearly all do. */
const read = (body: Body, type = 'application/json') =>
  readJson(request(body, { 'content-length': String(Buffer.byteLength(body)) }), type);

const request = (body: Body | ReadableStream, headers: Record<string, string> = {}) =>
  new Request('http://localhost', { method: 'POST', body, headers });

/** What a body is refused with: the status and the message. */
async function refusal(reading: Promise<unknown>): Promise<string | undefined> {
  try {
    await reading;
    return undefined;
  } catch (error) {
    if (error instanceof BadRequest) return `${error.statusCode} ${error.message}`;
    throw error;
  }
}

describe('a body', () => {
  test('is parsed, whatever value it holds', async () => {
    for (const value of [
      { amount: 1 },
      [],
      [{ a: 1 }, { a: 1 }],
      'text',
      1.5,
      true,
      null,
      { a: { a: { a: [] } } },
    ]) {
      expect(await read(JSON.stringify(value))).toEqual(value);
    }
  });

  test('that is missing reads as null, so that its first field is what is invalid', async () => {
    expect(await readJson(new Request('http://localhost', { method: 'POST' }), '')).toBeNull();
    expect(await readJson(request('', { 'content-length': '0' }), '')).toBeNull();
  });

  test('has the content type of JSON, in any case', async () => {
    for (const type of ['application/json', 'Application/JSON', 'application/json ']) {
      expect(await read('1', type)).toBe(1);
    }
    for (const type of ['', 'text/plain', 'application/jsonp', 'json', 'application/json, text/plain']) {
      expect(await refusal(read('1', type))).toBe('415 unsupported content type');
    }
  });

  test('may be as long as the limit, and one byte longer it is refused', async () => {
    const parts = (bytes: number) => {
      const text = new TextEncoder().encode('"é"'.padStart(bytes - 1));
      return new ReadableStream({
        start(controller) {
          for (let at = 0; at < text.length; at += 1000) controller.enqueue(text.slice(at, at + 1000));
          controller.close();
        },
      });
    };
    const inParts = (bytes: number) => readJson(request(parts(bytes)), 'application/json');
    expect(await read('"é"'.padStart(BODY_BYTES_MAX - 1))).toBe('é');
    expect(await inParts(BODY_BYTES_MAX)).toBe('é');
    const longer = request('"é"'.padStart(BODY_BYTES_MAX), { 'content-length': String(BODY_BYTES_MAX + 1) });
    expect(await readJson(longer, 'application/json', BODY_BYTES_MAX + 1)).toBe('é');
    expect(await refusal(read('"é"'.padStart(BODY_BYTES_MAX)))).toBe('413 body too large');
    expect(await refusal(inParts(BODY_BYTES_MAX + 1))).toBe('413 body too large');
  });

  test('that says it is too long is not read', async () => {
    const unread = request('1', { 'content-length': String(BODY_BYTES_MAX + 1) });
    expect(await refusal(readJson(unread, 'application/json'))).toBe('413 body too large');
    expect(unread.bodyUsed).toBe(false);
  });

  test('that breaks off is the mistake of the client', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) });
    expect(await refusal(readJson(request(broken), 'application/json'))).toBe('400 invalid body');
  });

  test('that is not JSON in UTF-8 is refused', async () => {
    for (const text of [
      ' ',
      '{',
      '{"a":1',
      "{'a':1}",
      '{"a":NaN}',
      '{"a":01}',
      '[1,]',
      '{"a":1}x',
      '\u{feff}',
    ]) {
      expect(await refusal(read(text))).toBe('400 invalid JSON');
    }
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xf0, 0x9f, 0x98, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x31, 0],
    ]) {
      expect(await refusal(read(new Uint8Array(bytes)))).toBe('400 invalid JSON');
    }
  });
});

describe('depth', () => {
  const arrays = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  test('goes to the limit and no further', async () => {
    for (const nest of [arrays, objects]) {
      expect(await refusal(read(nest(BODY_DEPTH_MAX)))).toBeUndefined();
      expect(await refusal(read(nest(BODY_DEPTH_MAX + 1)))).toBe('400 nested too deeply');
    }
    for (const inner of ['1', '{}', '"text"']) {
      const inField = (depth: number) => `{"a":${'['.repeat(depth)}${inner}${']'.repeat(depth)}}`;
      const levels = inner === '{}' ? 2 : 1;
      expect(await refusal(read(inField(BODY_DEPTH_MAX - levels)))).toBeUndefined();
      expect(await refusal(read(inField(BODY_DEPTH_MAX - levels + 1)))).toBe('400 nested too deeply');
    }
  });

  test('is not counted in brackets that are closed, or in a text', async () => {
    expect(await read(`{"a":[${'[],'.repeat(100)}[]]}`)).toBeObject();
    expect(await read(`{"a":"${'['.repeat(100)}"}`)).toBeObject();
    expect(await read(`{"${'{'.repeat(100)}":1}`)).toBeObject();
  });
});

describe('a key that stands twice in one object', () => {
  const twice = [
    '{"amount":1,"amount":2}',
    '{"amount":1,"\\u0061mount":2}',
    '{"\\u0061mount":1,"\\u0061\\u006dount":1}',
    '{"a/b":1,"a\\/b":2}',
    '{"é":1,"\\u00e9":2}',
    '{"😀":1,"\\ud83d\\ude00":2}',
    '{"":1,"":2}',
    '{"\\"":1,"\\u0022":2}',
    '{"\\\\":1,"\\u005c":2}',
    '{"a" : 1, "a"\n\t\r :2}',
    '{"__proto__":1,"__proto__":2}',
    '{"__proto__":{},"a":1,"__proto__":{}}',
    '{"constructor":1,"constructor":2}',
    '{"a":{"x":1,"x":2}}',
    '{"a":[{"x":1},{"x":1,"x":1}]}',
    '[{"x":1,"x":1}]',
    '{"a":{"b":1},"c":{"a":1},"a":1}',
    '{"a":"}","a":1}',
    '{"a":"\\"}","a":1}',
    '{"a":"\\\\","a":1}',
    '{"x":{"a":1},"a":[{"a":1}],"x":1}',
    '{"a":"\\"a\\":","b":1,"a":1}',
    '{"a":1,"b":2,"a":"two quotes more"}',
  ];
  const once = [
    '{"a":{"x":1},"b":{"x":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":{"a":{"a":1}}}',
    '{"a":"a","b":"a"}',
    '{"a":["a","a","b"],"b":1}',
    '{"a":"\\"a\\":1","b":1}',
    '{"a":"{\\"b\\":1","b":1}',
    '{"a":"x\\\\","b":1}',
    '{"a":1,"A":2,"a ":3," a":4,"á":5}',
    '{"__proto__":1,"constructor":2,"a":{"__proto__":3}}',
    '{"a":":","b":": ","c":"a\\":"}',
    '{"a":[[],{}],"b":{"a":[]}}',
    '{"a":"]","b":"}","c":"["}',
  ];

  test('is refused, for nobody can say which value was meant', async () => {
    for (const text of twice) expect([text, await refusal(read(text))]).toEqual([text, '400 duplicate key']);
  });

  test('is not the same key in two objects, or a text that only looks like it', async () => {
    for (const text of once) expect(await read(text)).toEqual(JSON.parse(text));
  });

  test('is found by chance where, and only where, it was put by chance', async () => {
    const random = new SeededRandom(20_260_704);
    let found = 0;
    for (let round = 0; round < 3_000; round++) {
      const { text, hasTwin } = randomValue(random, 4);
      expect([text, await refusal(read(text))]).toEqual([text, hasTwin ? '400 duplicate key' : undefined]);
      if (hasTwin) found++;
    }
    expect(found).toBeGreaterThan(500);
    expect(found).toBeLessThan(2_500);
  });
});

test('no text within the limit takes long', async () => {
  const full = (start: string, unit: string, end: string) =>
    start + unit.repeat(Math.floor((BODY_BYTES_MAX - start.length - end.length) / unit.length)) + end;
  const keys = Array.from({ length: 5_000 }, (_, index) => `"\\u0061${index}":1`);
  const texts = [
    full('[', '"",', '""]'),
    full('[', '{"a":1},', '{}]'),
    full('[', '[],', '[]]'),
    full('"', '\\\\', '"'),
    full('{"a":"', '\\"', '"}'),
    full('{"a"', ' ', ':1}'),
    full('["a"', ' ', ']'),
    full('["a"', ' "a"', ''),
    full('"', 'a', ''),
    full('', '[', ''),
    full('', '{"a":', ''),
    full('', '\\', ''),
    full('{"a":', '[', ''),
    `{${keys.join(',').slice(0, 60_000)}`,
    `{${keys.slice(0, 4_000).join(',')}}`,
  ];
  for (const text of texts) {
    const start = performance.now();
    await refusal(read(text));
    // A few milliseconds; the bound only tells them from what grows faster than the text.
    expect(performance.now() - start).toBeLessThan(250);
  }
});

/** A JSON text made at random, and whether one of its objects has a key twice. */
function randomValue(random: SeededRandom, depth: number): { text: string; hasTwin: boolean } {
  const below = (count: number) => Math.floor(random.next() * count);
  const pick = (texts: readonly string[]) => texts[below(texts.length)] ?? '';
  const space = () => pick(['', '', '', ' ', '\n\t ']);
  const simple = [
    '1',
    'null',
    '"a"',
    '"a\\":"',
    '"}"',
    '"{\\"a\\":1}"',
    '"\\\\"',
    '"]["',
    '":"',
    '""',
    '-1.5e3',
  ];
  const kind = depth === 0 ? 0 : below(3);
  if (kind === 0) return { text: pick(simple), hasTwin: false };
  const children = Array.from({ length: below(5) }, () => randomValue(random, depth - 1));
  const inChildren = children.some(({ hasTwin }) => hasTwin);
  const join = (texts: string[]) => texts.map((text) => space() + text + space()).join(',') || space();
  if (kind === 1) return { text: `[${join(children.map(({ text }) => text))}]`, hasTwin: inChildren };
  // The index of a key in its row is what it means; the columns are ways to write it.
  const spellings = [
    ['a', '\\u0061'],
    ['"', '\\u0022'],
    ['b:', 'b\\u003a'],
    ['__proto__', '\\u005f_proto__'],
    ['}', '\\u007d'],
    ['\\\\'],
    ['c', '\\u0063'],
    ['d', 'd'],
  ];
  const meanings = children.map(() => below(spellings.length));
  const members = children.map(({ text }, index) => {
    const key = pick(spellings[meanings[index] ?? 0] ?? []).replace(/^"$/, '\\"');
    return `"${key}"${space()}:${space()}${text}`;
  });
  return { text: `{${join(members)}}`, hasTwin: inChildren || new Set(meanings).size < meanings.length };
}
