import { expect, test } from 'bun:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { acceptsGzip, gzip } from '../../src/http/gzip.ts';

test('gzip is taken where it is named, or the star is, with a weight above nought', () => {
  for (const header of [
    ...[
      'gzip',
      'GZIP',
      'x-gzip',
      '*',
      'gzip, deflate, br, zstd',
      'br;q=1.0, gzip;q=0.8, *;q=0.1',
      'gzip;q=1',
    ],
    ...[
      'gzip;Q=0.001',
      'gzip ; q=1.000',
      ' , gzip',
      'identity, gzip',
      'gzip;q=0.5, identity;q=0.5',
      'br;q=0, *',
    ],
    ...['identity;q=0, *', 'gzip;q=1.', '*;q=0, gzip', 'nonsense;;, gzip'],
  ]) {
    expect([header, acceptsGzip(header)]).toEqual([header, true]);
  }
});

test('it is not where it has no weight, is not named, is malformed, or is liked less than the plain text', () => {
  for (const header of [
    ...[
      '',
      'identity',
      'br',
      'deflate, br',
      'gzip;q=0',
      'gzip;q=0.000',
      '*;q=0',
      'br, gzip;q=0, *',
      'identity, *;q=0',
    ],
    ...[
      'gzip;q=0.5, identity',
      'identity;q=0.6, gzip;q=0.5',
      'gzip;q=nonsense',
      'gzip;q=1.1',
      'gzip;q=-1',
      'gzip;q',
    ],
    ...['gzip q=1', 'gzipped', '"gzip"', 'gzip;level=1', 'gzip/1'],
  ]) {
    expect([header, acceptsGzip(header)]).toEqual([header, false]);
  }
});

const weight = fc.integer({ min: 0, max: 1_000 }).map((thousandths) => (thousandths / 1_000).toFixed(3));
const other = fc.constantFrom('br', 'deflate', 'zstd', 'compress');
const rest = fc.array(fc.tuple(other, weight), { maxLength: 4 });

test('whatever else stands in the list, the weights of gzip, of the star and of the plain text decide', () => {
  const optional = fc.option(weight, { nil: undefined });
  fc.assert(
    fc.property(optional, optional, optional, rest, fc.nat(), (gzip, star, identity, others, seed) => {
      const named = Object.entries({ gzip, '*': star, identity }).flatMap(([name, q]) =>
        q === undefined ? [] : [[name, q]],
      );
      const all = [...others, ...named].map(([name, q]) => `${name};q=${q}`);
      const header = [...all.slice(seed % (all.length + 1)), ...all.slice(0, seed % (all.length + 1))].join(
        ', ',
      );
      const weighs = Number(gzip ?? star ?? 0);
      expect(acceptsGzip(header)).toBe(weighs > 0 && weighs >= Number(identity ?? 0));
    }),
  );
});

test('what was compressed is the same again', async () => {
  const text = `{"seats":"${'자리'.repeat(10_000)}"}`;
  const bytes = await gzip(text);
  expect(bytes.length).toBeLessThan(1_000);
  expect(gunzipSync(bytes).toString()).toBe(text);
});
