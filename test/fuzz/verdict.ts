import type { Outcome } from './run.ts';

/** How much the memory may grow with each request: a leak of 1 KB a request is twice as much. */
const LEAK_BYTES_MAX = 512;
/** Until then the heap takes what it needs, and caches fill. */
const WARM_UP = 0.4;
/** One look in so many; the middle one of several looks is no chance of the garbage collector's. */
const LOOKS = 8;
/** One success in so many requests is the least of each operation. */
const SUCCESS_EVERY = 5_000;

/** What a run has against the service; nothing, as it should be. */
export function wrongsOf({ findings, ended, answers, requests, memory }: Outcome): string[] {
  const rare = [...answers].filter(([, byStatus]) => (byStatus.get('200') ?? 0) < requests / SUCCESS_EVERY);
  const leak = bytesPerRequest(memory, 1_000);
  return [
    ...findings.map(({ number, faults }) => `request ${number}: ${faults.join('; ')}`),
    ...(ended.code === 0 && ended.errors === '' ? [] : [`it ended with ${ended.code}: ${ended.errors}`]),
    ...rare.map(([operationId]) => `${operationId} hardly ever succeeded`),
    ...(leak > LEAK_BYTES_MAX ? [`it keeps ${Math.round(leak)} bytes of each request`] : []),
  ];
}

/** By how much the memory grew with each request after the warm-up. */
export function bytesPerRequest(memory: readonly number[], requestsApart: number): number {
  const begin = Math.floor(memory.length * WARM_UP);
  const first = median(memory.slice(begin, begin + LOOKS));
  const last = median(memory.slice(-LOOKS));
  const requests = (memory.length - begin - LOOKS) * requestsApart;
  return requests <= 0 ? 0 : (last - first) / requests;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
