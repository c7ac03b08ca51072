import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { DrizzleQueryError } from 'drizzle-orm';
import type { LogLevel } from '../src/deps.ts';
import { jsonLog, requestLog } from '../src/log.ts';

let lines: string[] = [];
const to = { write: (line: string) => void lines.push(line) };
const logAt = (level: LogLevel) => jsonLog(to, { level, secrets: ['hunter2'] });
const written = () => lines.map((line) => JSON.parse(line));

beforeEach(() => {
  lines = [];
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('a fault is told with the stack and the causes of its cause', () => {
  const cause = new Error('outer', { cause: Object.assign(new Error('inner'), { code: 'SQLITE_FULL' }) });
  logAt('info').error('a batch failed', cause);
  expect(written()).toEqual([
    {
      level: 'error',
      time: expect.any(Number),
      msg: 'a batch failed',
      cause: {
        type: 'Error',
        message: 'outer',
        stack: expect.stringMatching(/^at .*log\.test\.ts/),
        cause: { type: 'Error', message: 'inner', stack: expect.any(String), code: 'SQLITE_FULL' },
      },
    },
  ]);
});

test('a fault that comes again within a second is counted, and told once more with the count', () => {
  const log = logAt('info');
  for (let time = 0; time < 5; time++) log.error('a batch failed', new Error('the disk is full'));
  log.error('a batch failed', new Error('something else'));
  log.error('a sweep failed', new Error('the disk is full'));
  expect(lines).toHaveLength(3);
  jest.advanceTimersByTime(999);
  expect(lines).toHaveLength(3);
  jest.advanceTimersByTime(1);
  expect(written().slice(3)).toMatchObject([
    { msg: 'a batch failed', repeated: 4, cause: { message: 'the disk is full' } },
  ]);
  log.error('a batch failed', new Error('the disk is full'));
  expect(written()[4]).toMatchObject({ msg: 'a batch failed', cause: { stack: expect.any(String) } });
});

test('no parameter of a query and no secret is told, in a message, a cause or a stack', () => {
  const query = new DrizzleQueryError('select ?', ['[[1,6209817345021873]]'], new Error('for hunter2'));
  logAt('info').error('hunter2 failed', query);
  logAt('info').error('a text', 'with hunter2 in it');
  expect(lines.join()).not.toMatch(/6209817345021873|hunter2|params/);
  expect(lines.join()).toContain('Failed query: select ?');
});

test('a level lets through what is as grave, and nothing less', () => {
  const counts = (['silent', 'fatal', 'error', 'warn', 'info', 'debug'] as const).map((level) => {
    lines = [];
    logAt(level).error('a fault');
    logAt(level).warn('a warning');
    requestLog(to, level, () => 7)('GET', '/health')(200, 0.12345, 'a-1');
    return lines.length;
  });
  expect(counts).toEqual([0, 0, 1, 2, 3, 3]);
});

test('the line of a request has the shape of all others', () => {
  requestLog(to, 'info', () => 7)('GET', '/v1/concerts')(200, 0.12345, 'a-1');
  expect(lines).toEqual([
    '{"level":"info","time":7,"method":"GET","route":"/v1/concerts","status":200,"durationMs":0.12,"requestId":"a-1"}\n',
  ]);
});
