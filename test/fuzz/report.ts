import type { Reply } from '../support/wire.ts';
import type { Finding, Outcome } from './run.ts';
import { keptBytes } from './verdict.ts';

/** What a run came to, for a human; with the command that repeats it. */
export function report(outcome: Outcome): string {
  const { seed, requests, seconds, findings, answers, memory, ended } = outcome;
  const counts = [...answers].sort(([a], [b]) => a.localeCompare(b));
  return [
    `seed ${seed}: ${requests} requests in ${seconds.toFixed(1)} s`,
    `repeat it with: npm run fuzz -- --requests ${requests} --seed ${seed}`,
    ...counts.map(([operationId, byStatus]) => `  ${operationId}: ${countsOf(byStatus)}`),
    `memory: ${memory.map((bytes) => Math.round(bytes / 2 ** 20)).join(' ')} MiB`,
    `it grew by ${keptBytes(memory, requests)} bytes a request after the warm-up`,
    ...findings.map(describe),
    ...(ended.code === 0 ? [] : [`the service ended with ${ended.code}`]),
    ...(ended.errors === '' ? [] : [`the service complained: ${ended.errors}`]),
  ].join('\n');
}

function countsOf(byStatus: ReadonlyMap<string, number>): string {
  const counts = [...byStatus].sort(([a], [b]) => a.localeCompare(b));
  return counts.map(([status, count]) => `${status} ×${count}`).join(', ');
}

/** The request byte for byte, so that it can be sent again. */
function describe({ number, plan, sent, reply, faults }: Finding): string {
  return [
    `\nrequest ${number} (${plan.described.operation.operationId}, ${plan.fault.kind}): ${faults.join('; ')}`,
    `  sent:     ${escaped(Buffer.from(sent.bytes).toString('latin1'))}`,
    `  answered: ${reply === null ? 'nothing' : answerOf(reply)}`,
  ].join('\n');
}

function answerOf({ status, headers, body }: Reply): string {
  return `${status} ${JSON.stringify(Object.fromEntries(headers))} ${escaped(body)}`;
}

/** Each character as one byte; what is repeated over and over is counted. */
function escaped(text: string): string {
  return JSON.stringify(text).replaceAll(/(.{1,6}?)\1{99,}/g, (all, unit: string) => {
    return `«${unit}» × ${all.length / unit.length} `;
  });
}
