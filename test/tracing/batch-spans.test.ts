import { expect, test } from 'bun:test';
import { SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { BatchReport } from '../../src/coordinator/batch-report.ts';
import { BatchSpans } from '../../src/tracing/batch-spans.ts';

const NOW = Date.parse('2026-07-04T01:00:00Z');
/** What the stopwatch shows at that time. */
const STOPWATCH_MS = 5_000;

const report: BatchReport = {
  kind: 'batch',
  commands: 3,
  startedAt: STOPWATCH_MS - 40,
  loadedAt: STOPWATCH_MS - 30,
  decidedAt: STOPWATCH_MS - 20,
  committedAt: STOPWATCH_MS - 10,
  endedAt: STOPWATCH_MS,
  hasFailed: false,
};

/** The spans of a batch, each with its begin and end in milliseconds from now, in the order of their begin. */
function spansOf(
  changes: Partial<BatchReport>,
): [name: string, begin: number, end: number, failed: boolean][] {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const host = { clock: { now: () => NOW }, stopwatch: () => STOPWATCH_MS };
  new BatchSpans(provider.getTracer('test'), host).add({ ...report, ...changes }, []);
  const spans = exporter.getFinishedSpans();
  const ms = ([seconds, nanos]: readonly [number, number]): number => seconds * 1_000 + nanos / 1e6 - NOW;
  // The outermost one is over last.
  return [...spans.slice(-1), ...spans.slice(0, -1)].map(({ name, startTime, endTime, status }) => [
    name,
    ms(startTime),
    ms(endTime),
    status.code === SpanStatusCode.ERROR,
  ]);
}

test('a batch is a tick of three steps, one after the other, at the time of the clock', () => {
  expect(spansOf({})).toEqual([
    ['tick', -40, 0, false],
    ['load', -40, -30, false],
    ['decide', -30, -20, false],
    ['commit', -20, -10, false],
  ]);
});

test('a batch that has nothing to commit has no commit', () => {
  expect(spansOf({ committedAt: null }).map(([name]) => name)).toEqual(['tick', 'load', 'decide']);
});

test('a sweep loads nothing', () => {
  expect(spansOf({ kind: 'sweep', loadedAt: report.startedAt }).map(([name]) => name)).toEqual([
    'sweep',
    'decide',
    'commit',
  ]);
});

test('a batch fails in the step that was not over, which lasts until its end', () => {
  const failed = { hasFailed: true, committedAt: null };
  expect(spansOf(failed)).toEqual([
    ['tick', -40, 0, true],
    ['load', -40, -30, false],
    ['decide', -30, -20, false],
    ['commit', -20, 0, true],
  ]);
  expect(spansOf({ ...failed, loadedAt: null, decidedAt: null })).toEqual([
    ['tick', -40, 0, true],
    ['load', -40, 0, true],
  ]);
  // What follows a commit has failed, and the commit has not.
  expect(spansOf({ hasFailed: true }).map(([, , , hasFailed]) => hasFailed)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
