import { residentBytes } from '../resident.ts';
import { spreadOf } from '../spread.ts';

const LOOK_MS = 100;

export interface MemoryWatch {
  /**
   * Ends the watch. The least in the first and in the last third of the seconds that are over now: what is left when the
   * garbage has just been collected.
   */
  thirds(seconds: number): { readonly first: number; readonly last: number };
}

/** Looks at the resident memory of a process over time. */
export function watchMemory(pid: number): MemoryWatch {
  const looks: number[] = [];
  const timer = setInterval(() => looks.push(residentBytes(pid)), LOOK_MS);
  return {
    thirds(seconds) {
      clearInterval(timer);
      const window = looks.slice(-(seconds * 1000) / LOOK_MS);
      const third = Math.floor(window.length / 3);
      return {
        first: spreadOf(window.slice(0, third)).min,
        last: spreadOf(window.slice(-third)).min,
      };
    },
  };
}
