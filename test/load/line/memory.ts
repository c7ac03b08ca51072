import type { Bench, Findings } from '../part.ts';
import type { Outcome } from '../plan.ts';
import { isSound, noFigure, remark, verdict } from '../report.ts';
import { MB, residentBytes, settledBytes } from '../resident.ts';
import { insider, LONG_LINE, waiters } from './seed.ts';
import { startLine } from './start.ts';

const BYTES_A_USER_MAX = 150;
const LOAD = { connections: 64, warmUpSeconds: 0, seconds: 2, asked: 0 };

interface Memory {
  readonly startedBytes: number;
  readonly settledBytes: number;
  readonly outcome: Outcome;
}

/** What those who wait cost in memory: the service with a million of them, beside the service with none. */
export async function measureLineMemory(bench: Bench): Promise<Findings> {
  bench.progress(0, 'nobody waits');
  const none = await measure(bench, 0);
  bench.progress(0.5, 'a million wait');
  const long = await measure(bench, LONG_LINE);
  const outcomes = [none.outcome, long.outcome];
  const bytes = (long.settledBytes - none.settledBytes) / LONG_LINE;
  return {
    text: [
      'resident memory of the service, when what it needed to start and to answer polls is given back',
      outcomes.every(isSound)
        ? verdict(
            bytes <= BYTES_A_USER_MAX,
            `${Math.round(bytes)} bytes a waiting user, required ${BYTES_A_USER_MAX} at most`,
          )
        : noFigure('seatline', outcomes),
      remark(`1,000,000 waiting: ${describe(long)}`),
      remark(`nobody waiting:    ${describe(none)}`),
      '',
    ].join('\n'),
    outcomes,
  };
}

/** The same users are there, and as many connections poll for as long, whether those they poll for wait or are in. */
async function measure(bench: Bench, waiting: number): Promise<Memory> {
  const { server } = await startLine(bench, waiting, 'memory');
  const startedBytes = residentBytes(server.pid);
  const users = waiting === 0 ? insider : waiters(waiting);
  const outcome = await bench.processes.drive({ ...LOAD, port: server.port, load: { kind: 'poll', users } });
  const memory = { startedBytes, settledBytes: await settledBytes(server.pid), outcome };
  await server.stop();
  return memory;
}

function describe({ startedBytes, settledBytes, outcome }: Memory): string {
  const mb = (bytes: number) => `${Math.round(bytes / MB)} MB`;
  return `${mb(settledBytes)} after ${outcome.replies.toLocaleString('en-US')} polls and a rest, ${mb(startedBytes)} straight after the start`;
}
