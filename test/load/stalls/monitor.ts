import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Runs in a process before its own script, and watches its event loop. To each message it answers how long the loop
 * stood still at most since the last one, in milliseconds.
 */

const NANOSECONDS = 1e6;

const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
process.on('message', () => {
  const longestMs = delays.max / NANOSECONDS;
  delays.reset();
  process.send?.(longestMs);
});
