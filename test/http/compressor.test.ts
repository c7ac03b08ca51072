import { beforeEach, expect, test } from 'bun:test';
import { type Compressed, Compressor, type Content } from '../../src/http/compressor.ts';
import { gzipAtOnce } from '../../src/http/gzip.ts';
import { TestLog } from '../support/service.ts';

const state = (name: string): Content => ({ etag: `W/"${name}"`, body: name });

let log: TestLog;
let compressor: Compressor;
/** The texts that are being compressed, in the order in which that began; the test says when each is done. */
let begun: { readonly text: string; readonly end: PromiseWithResolvers<Uint8Array> }[];
beforeEach(() => {
  log = new TestLog();
  begun = [];
  const gzip = (text: string): Promise<Uint8Array> => {
    const end = Promise.withResolvers<Uint8Array>();
    begun.push({ text, end });
    return end.promise;
  };
  compressor = new Compressor({ gzip, log }, state('1'));
});

/** Everything that follows from what is done already. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const finish = async (index: number): Promise<void> => {
  const { text, end } = begun[index] ?? {};
  end?.resolve(new TextEncoder().encode(`gzip of ${text}`));
  await settle();
};

const texts = () => begun.map(({ text }) => text);
const read = async (compressed: Promise<Compressed>): Promise<string> => {
  const { body } = await compressed;
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
};

test('a state is compressed once, for those who come meanwhile and for those who come later', async () => {
  const answers = [compressor.compressed(), compressor.compressed()];
  await settle();
  answers.push(compressor.compressed());
  await finish(0);
  answers.push(compressor.compressed());
  expect(await Promise.all(answers.map(read))).toEqual(Array(4).fill('gzip of 1'));
  expect(texts()).toEqual(['1']);
});

test('while one is under way, whoever wants a newer state waits for the next, which is the latest of then', async () => {
  const first = compressor.compressed();
  await settle();
  compressor.latest = state('2');
  const second = compressor.compressed();
  compressor.latest = state('3');
  const third = compressor.compressed();
  await settle();
  expect(texts()).toEqual(['1']);
  compressor.latest = state('4');
  await finish(0);
  expect(texts()).toEqual(['1', '4']);
  compressor.latest = state('5');
  const fifth = compressor.compressed();
  await settle();
  expect(texts()).toEqual(['1', '4']);
  await finish(1);
  await finish(2);
  expect(await Promise.all([first, second, third, fifth].map(read))).toEqual([
    'gzip of 1',
    'gzip of 4',
    'gzip of 4',
    'gzip of 5',
  ]);
  expect(texts()).toEqual(['1', '4', '5']);
});

test('the tag that comes with it is that of the state that was compressed', async () => {
  void compressor.compressed();
  await settle();
  compressor.latest = state('2');
  const second = compressor.compressed();
  compressor.latest = state('3');
  await finish(0);
  await finish(1);
  expect((await second).etag).toBe('W/"3"');
  expect(await read(second)).toBe('gzip of 3');
});

test('a state that cannot be compressed comes as it is, is complained of, and holds up no other', async () => {
  const first = compressor.compressed();
  await settle();
  compressor.latest = state('2');
  const second = compressor.compressed();
  begun[0]?.end.reject(new Error('no memory'));
  expect(await first).toEqual(state('1'));
  await settle();
  await finish(1);
  expect(await read(second)).toBe('gzip of 2');
  expect(log.errors).toEqual(['an answer could not be compressed: no memory']);
});

test('where it is done at once, nobody ever waits for what another request has begun', async () => {
  const atOnce = new Compressor({ gzip: gzipAtOnce, log }, state('1'));
  let isDone = false;
  for (const name of ['1', '2']) {
    atOnce.latest = state(name);
    isDone = false;
    atOnce.compressed().then(() => {
      isDone = true;
    });
    // All that follows without an event from outside, as between two requests.
    await settled();
    expect(isDone).toBe(true);
  }
});

/** Returns when no microtask is left that was there. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await null;
}
