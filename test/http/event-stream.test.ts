import { afterEach, expect, test } from 'bun:test';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { EventStream, eventOf } from '../../src/http/event-stream.ts';

/** Large, so that few of them fill the connection. */
const FILLING = 'x'.repeat(64 * 1024);
const EVENTS_MAX = 1_000;

let server: ReturnType<typeof Bun.serve>;
let socket: Socket;
let stream: EventStream;
let closed = 0;
afterEach(async () => {
  socket.destroy();
  await server.stop(true);
});

/** A client that has asked for the stream, and reads nothing of it. */
async function openUnread(): Promise<void> {
  closed = 0;
  const opened = Promise.withResolvers<void>();
  server = Bun.serve({
    port: 0,
    fetch() {
      stream = new EventStream(() => closed++);
      opened.resolve();
      return stream.response;
    },
  });
  socket = connect(server.port ?? 0, 'localhost');
  await once(socket, 'connect');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await opened.promise;
}

/** Sends events until the connection takes no more of them; returns the number of the last one. */
async function fill(): Promise<number> {
  for (let number = 1; number <= EVENTS_MAX; number++) {
    stream.send(eventOf(String(number), FILLING));
    await new Promise((resolve) => setImmediate(resolve));
    if (stream.isBehind) return number;
  }
  throw new Error('the connection takes whatever is sent');
}

/** All that the client finds, once it reads, up to the end of the answer. */
async function readAll(): Promise<string> {
  let text = '';
  socket.setEncoding('latin1');
  const ended = Promise.withResolvers<void>();
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.endsWith('\r\n0\r\n\r\n')) ended.resolve();
  });
  socket.resume();
  await ended.promise;
  return text;
}

/** Returns when the service has noticed that the client is gone. */
function untilClosed(): Promise<void> {
  return new Promise((resolve) => {
    const check = () => (closed > 0 ? resolve() : setImmediate(check));
    check();
  });
}

const numbersIn = (text: string): number[] => [...text.matchAll(/id: (\d+)\n/g)].map(([, id]) => Number(id));

test('a reader that does not read costs one event, however many are sent; when it reads, it finds the latest', async () => {
  await openUnread();
  const filled = await fill();
  for (let number = filled + 1; number <= filled + 5_000; number++) stream.send(eventOf(String(number), 'y'));
  expect(stream.isBehind).toBe(true);
  stream.end();
  expect(closed).toBe(0);
  const numbers = numbersIn(await readAll());
  expect(numbers.at(-1)).toBe(filled + 5_000);
  expect(numbers.length).toBeLessThan(filled + 1);
  expect(closed).toBe(1);
});

test('a sign of life takes no place of an event that waits', async () => {
  await openUnread();
  const filled = await fill();
  stream.beat();
  stream.end();
  expect(numbersIn(await readAll()).at(-1)).toBe(filled);
});

test('a stream that is cut off while its reader is behind sends nothing more', async () => {
  await openUnread();
  const filled = await fill();
  stream.close();
  expect([stream.isBehind, closed]).toEqual([false, 1]);
  stream.send(eventOf('999999', 'late'));
  const numbers = numbersIn(await readAll());
  expect(numbers.length).toBeGreaterThan(0);
  expect(numbers.at(-1)).toBeLessThan(filled);
  stream.close();
  expect(closed).toBe(1);
});

test('what is sent to a client that has gone, and was not behind, goes nowhere', async () => {
  await openUnread();
  stream.send(eventOf('1', 'y'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(stream.isBehind).toBe(false);
  socket.destroy();
  await untilClosed();
  stream.send(eventOf('2', 'late'));
  stream.beat();
  stream.end();
  expect(closed).toBe(1);
});

test('a client that goes away closes the stream, also when it is behind', async () => {
  await openUnread();
  await fill();
  socket.destroy();
  await untilClosed();
  stream.send(eventOf('1', 'late'));
  stream.end();
  expect(closed).toBe(1);
});
