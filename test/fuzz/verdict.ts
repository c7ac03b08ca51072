import type { Outcome } from './run.ts';

/** How much the memory may grow with each request: a leak of 1 KB a request is more than three times as much. */
const LEAK_BYTES_MAX = 300;
/** Until then the heap takes what it needs, and caches fill. */
const WARM_UP = 0.4;
/** Fewer requests tell a leak from the swing of the garbage collector no more. */
const REQUESTS_MIN = 60_000;
/** One success in so many requests is the least of each operation. */
const SUCCESS_EVERY = 5_000;

/** What a run has against the service; nothing, as it should be. */
export function wrongsOf({ findings, ended, answers, requests, memory }: Outcome): string[] {
  const rare = [...answers].filter(([, byStatus]) => (byStatus.get('200') ?? 0) < requests / SUCCESS_EVERY);
  const kept = keptBytes(memory, requests);
  return [
    ...findings.map(({ number, faults }) => `request ${number}: ${faults.join('; ')}`),
    ...(ended.code === 0 && ended.errors === '' ? [] : [`it ended with ${ended.code}: ${ended.errors}`]),
    ...rare.map(([operationId]) => `${operationId} hardly ever succeeded`),
    ...(kept > LEAK_BYTES_MAX && requests >= REQUESTS_MIN ? [`it keeps ${kept} bytes of each request`] : []),
  ];
}

/**
 * By how many bytes the memory grew with each request after the warm-up. Of all pairs of looks the middle slope is taken,
 * which no single look can bend (the estimator of Theil and Sen).
 */
export function keptBytes(memory: readonly number[], requests: number): number {
  const looks = memory.slice(Math.floor(memory.length * WARM_UP));
  const slopes = looks.flatMap((before, at) =>
    looks.slice(at + 1).map((after, steps) => (after - before) / (steps + 1)),
  );
  const middle = slopes.sort((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? 0;
  return Math.round((middle * memory.length) / requests);
}
