import { statSync } from 'node:fs';

/**
 * Returns as soon as a file is written to, and a little later; or after `msMax`. It holds the event loop, since a reply
 * that a commit makes known comes before any turn of the loop: whoever is to die between the two dies now.
 */
export function holdUntilWritten(file: string, laterMs: number, msMax: number): void {
  const begin = performance.now();
  const before = writtenAt(file);
  while (writtenAt(file) === before && performance.now() < begin + msMax);
  const end = performance.now() + laterMs;
  while (performance.now() < end);
}

function writtenAt(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.mtimeNs} ${stat.size}`;
}
