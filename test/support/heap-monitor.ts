import { heapStats } from 'bun:jsc';

/** Runs in a process before its own script. To each message it answers how many bytes are in use, once all garbage is gone. */

process.on('message', () => {
  Bun.gc(true);
  process.send?.(heapStats().heapSize);
});
