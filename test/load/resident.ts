import { existsSync, readFileSync } from 'node:fs';

export const MB = 1024 * 1024;

/** How long the memory must not have fallen before it is taken to have settled. */
const REST_MS = 2_000;
const REST_MS_MAX = 15_000;
const LOOK_MS = 100;

/** The bytes of a process that are in memory, as Linux tells them, and elsewhere as `ps` does. */
export function residentBytes(pid: number): number {
  const file = `/proc/${pid}/status`;
  const kibibytes = existsSync(file)
    ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1]
    : Bun.spawnSync(['ps', '-o', 'rss=', '-p', String(pid)]).stdout.toString();
  return Number(kibibytes) * 1024;
}

/** The resident bytes of a process that has nothing to do, once it has given back what it does not need any more. */
export async function settledBytes(pid: number): Promise<number> {
  let least = residentBytes(pid);
  const lookUntil = performance.now() + REST_MS_MAX;
  let fellAt = performance.now();
  for (let now = fellAt; now - fellAt < REST_MS && now < lookUntil; now = performance.now()) {
    await Bun.sleep(LOOK_MS);
    const bytes = residentBytes(pid);
    // A fall of less says nothing.
    if (bytes > least - MB) continue;
    least = bytes;
    fellAt = performance.now();
  }
  return residentBytes(pid);
}
