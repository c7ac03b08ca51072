import { expect, test } from 'bun:test';
import { gunzipSync } from 'node:zlib';
import { Compressor, type Content } from '../../src/http/compressor.ts';
import { gzip } from '../../src/http/gzip.ts';
import { negotiate } from '../../src/http/negotiate.ts';
import { TestLog } from '../support/service.ts';

const LENGTH_MIN = 14_000;
const asked = new Request('http://localhost/', { headers: { 'accept-encoding': 'gzip' } });

const content = (name: string, length = LENGTH_MIN): Content => ({
  etag: `W/"${name}"`,
  body: name.repeat(length),
});

/** Asks for what is there now. */
function answer(compressor: Compressor) {
  const set: { headers: Record<string, string | number> } = { headers: {} };
  return { set, body: negotiate(asked, set, { content: compressor.latest, compressor }) };
}

test('what is as long as pays is compressed, and what is shorter is not', async () => {
  const long = answer(new Compressor({ gzip, log: new TestLog() }, content('1')));
  expect(await long.body).toBeInstanceOf(Uint8Array);
  expect(long.set.headers).toEqual({
    etag: 'W/"1"',
    vary: 'Accept-Encoding',
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  });
  const short = answer(new Compressor({ gzip, log: new TestLog() }, content('1', LENGTH_MIN - 1)));
  expect(short.body).toBe('1'.repeat(LENGTH_MIN - 1));
  expect(short.set.headers).toEqual({ etag: 'W/"1"', 'content-type': 'application/json' });
});

test('what has become newer by the time it is compressed comes under its own tag', async () => {
  const first = Promise.withResolvers<void>();
  const after = async (text: string): Promise<Uint8Array> => {
    await first.promise;
    return gzip(text);
  };
  const compressor = new Compressor({ gzip: after, log: new TestLog() }, content('1'));
  const answers = ['1', '2'].map((name) => {
    compressor.latest = content(name);
    return answer(compressor);
  });
  compressor.latest = content('3');
  first.resolve();
  for (const { body, set } of answers) {
    const bytes = await body;
    if (!(bytes instanceof Uint8Array)) throw new Error('it is not compressed');
    const [name] = gunzipSync(bytes).toString();
    expect(set.headers.etag).toBe(`W/"${name}"`);
  }
  expect(answers[1]?.set.headers.etag).toBe('W/"3"');
});

test('what cannot be compressed comes as it is', async () => {
  const log = new TestLog();
  const fails = () => Promise.reject(new Error('no memory'));
  const { set, body } = answer(new Compressor({ gzip: fails, log }, content('1')));
  expect(await body).toBe('1'.repeat(LENGTH_MIN));
  expect(set.headers).toEqual({ etag: 'W/"1"', vary: 'Accept-Encoding', 'content-type': 'application/json' });
  expect(log.errors).toEqual(['an answer could not be compressed: no memory']);
});
