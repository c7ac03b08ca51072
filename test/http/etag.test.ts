import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { isKnown } from '../../src/http/etag.ts';

const ETAG = 'W/"a-1"';

test('a tag is known by itself, strong or weak, alone, in a list, or by the star', () => {
  for (const header of [
    ...[
      'W/"a-1"',
      '"a-1"',
      '*',
      '"x", "a-1"',
      '"a-1","x"',
      'W/"x" ,\tW/"a-1" , "y"',
      ', ,"a-1",,',
      '"a,b", "a-1"',
    ],
    ...['"", "a-1"', '"\u00e9", "a-1"'],
  ]) {
    expect([header, isKnown(ETAG, header)]).toEqual([header, true]);
    expect([header, isKnown('"a-1"', header)]).toEqual([header, true]);
  }
});

test('another tag is not known, and what is malformed knows none', () => {
  for (const header of [
    ...['', ' ', ',', '"a-2"', '"A-1"', '"xa-1"', 'W/"a-1x"', '"x, W/\\"a-1\\""', '"a-1, "'],
    ...[
      'a-1',
      'w/"a-1"',
      'W"a-1"',
      'W/ "a-1"',
      'W/W/"a-1"',
      '"a-1',
      'a-1"',
      '""a-1""',
      '"a-1""x"',
      '"a-1" "x"',
    ],
    ...['"a-1", x', 'x, "a-1"', '"a-1", *', '*, "a-1"', '**', '"*"', "'a-1'", '"a-1";q=1', '"x y", "a-1"'],
  ]) {
    expect([header, isKnown(ETAG, header)]).toEqual([header, false]);
  }
});

const opaque = fc.string({ unit: fc.constantFrom(...'a-1,W/*;!#~é'), maxLength: 4 });
const tag = fc
  .tuple(fc.boolean(), opaque)
  .map(([isWeak, text]) => ({ text, written: `${isWeak ? 'W/' : ''}"${text}"` }));
const comma = fc.stringMatching(/^[ \t]{0,2},[ \t,]{0,3}$/);

test('in any well-formed list just those tags are known that stand in it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(tag, comma), { minLength: 1, maxLength: 5 }), tag, (list, own) => {
      const header = list.map(([{ written }, after]) => written + after).join('');
      const isListed = list.some(([{ text }]) => text === own.text);
      expect(isKnown(own.written, header)).toBe(isListed);
      expect(isKnown(own.written, `${header}"`)).toBe(false);
    }),
  );
});

test('a list as long as headers can be is read in time', () => {
  for (const piece of [',', ' ', '"a",', '"a" ', 'W/', '"', ' ,', '"a",,,,,,,, ']) {
    expect(isKnown(ETAG, `${piece.repeat(128_000 / piece.length)}x`)).toBe(false);
  }
});
