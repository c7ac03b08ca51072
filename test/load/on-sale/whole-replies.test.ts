import { expect, test } from 'bun:test';
import { WholeReplies, type WholeReply } from './whole-replies.ts';

const BODY = '{"status":"WAITING"}';
const REPLY = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nRetry-After: 12\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const REFUSAL = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n';

function read(replies: WholeReplies, chunks: readonly string[]): (WholeReply | undefined)[] {
  return chunks.map((chunk) => replies.read(Buffer.from(chunk)));
}

test('a reply is whole with its last byte, wherever it is cut', () => {
  const replies = new WholeReplies();
  for (let first = 1; first < REPLY.length - 1; first++) {
    for (const second of [first + 1, REPLY.length - 1]) {
      const chunks = [REPLY.slice(0, first), REPLY.slice(first, second), REPLY.slice(second)];
      const answers = read(
        replies,
        chunks.filter((chunk) => chunk !== ''),
      );
      expect(answers.slice(0, -1).every((reply) => reply === undefined)).toBe(true);
      const reply = answers.at(-1);
      expect([reply?.status, reply?.retryAfterSeconds, reply?.body.toString()]).toEqual([200, 12, BODY]);
    }
  }
});

test('nothing of one reply is left for the next', () => {
  const [first, second] = read(new WholeReplies(), [REPLY, REFUSAL]);
  expect([first?.status, first?.retryAfterSeconds]).toEqual([200, 12]);
  expect([second?.status, second?.retryAfterSeconds, second?.body.length]).toEqual([503, null, 0]);
});

test('what is no reply, or more than one, is an error', () => {
  expect(() => read(new WholeReplies(), ['SSH-2.0-OpenSSH\r\n\r\n'])).toThrow('not a reply');
  expect(() => read(new WholeReplies(), ['HTTP/1.1 200 OK\r\n\r\n'])).toThrow('not a reply');
  expect(() => read(new WholeReplies(), [REPLY + REFUSAL])).toThrow('more than one reply');
});
