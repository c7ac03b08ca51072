import { expect, test } from 'bun:test';
import { Progress, type Terminal } from './progress.ts';

/** A terminal that keeps what is written to it, and a time of the test's own. */
function watched(properties: Pick<Terminal, 'isTTY' | 'columns'>) {
  const written: string[] = [];
  const time = { ms: 0 };
  const terminal = { ...properties, write: (text: string) => written.push(text) };
  return { written, time, progress: new Progress(terminal, () => time.ms) };
}

test('without a terminal each step is one line, also when it is told twice', () => {
  const { written, time, progress } = watched({ isTTY: false });
  progress.begin('growth', 2, 4);
  time.ms = 64_999;
  progress.step(0.255, '10 schedules');
  progress.step(0.255, '10 schedules');
  progress.tell('seatline: disk is full');
  progress.end();
  expect(written).toEqual([
    '0:00 2/4 growth: 0 %, starting\n',
    '1:04 2/4 growth: 25 %, 10 schedules\n',
    'seatline: disk is full\n',
  ]);
});

test('each part begins with a line, also after one that tells no steps', () => {
  const { written, progress } = watched({ isTTY: false });
  progress.begin('growth', 1, 2);
  progress.begin('on-sale', 2, 2);
  expect(written).toEqual(['0:00 1/2 growth: 0 %, starting\n', '0:00 2/2 on-sale: 0 %, starting\n']);
});

test('on a terminal one line is written anew, and what stays stands above it', () => {
  const { written, progress } = watched({ isTTY: true, columns: 80 });
  progress.begin('growth', 1, 1);
  progress.step(0.5, '10 schedules');
  progress.tell('seatline: disk is full');
  progress.end();
  const half = '\r\x1b[K0:00 growth ██████████░░░░░░░░░░ 50 %, 10 schedules';
  expect(written.slice(1)).toEqual([half, '\r\x1b[Kseatline: disk is full\n', half, '\r\x1b[K']);
  expect(written.join('').match(/\n/g)).toHaveLength(1);
});

test('the line is never longer than the terminal is wide, nor the bar than it is', () => {
  const { written, progress } = watched({ isTTY: true, columns: 40 });
  progress.begin('growth', 1, 1);
  progress.step(1.7, 'a step with a name that is far too long for a small window');
  progress.step(-1, 'before the start');
  progress.end();
  const [, full = '', none = ''] = written.map((text) => text.replace('\r\x1b[K', ''));
  expect(full).toHaveLength(39);
  expect(full).toStartWith(`0:00 growth ${'█'.repeat(20)} 100 %`);
  expect(none).toStartWith(`0:00 growth ${'░'.repeat(20)} 0 %`);
});
