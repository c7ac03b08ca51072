import type { Processes } from '../processes.ts';
import { isSound } from '../report.ts';
import type { Heard, ListenersPlan } from './plan.ts';

const OPENING_MS_MAX = 60_000;
const LOOK_MS = 100;

/** The process with the listeners, as the bench sees it. */
export interface Audience {
  /** What was heard since this was last asked. */
  heard(): Promise<Heard>;
  /** Closes all of the streams. */
  close(): Promise<void>;
}

/** Opens all of the streams. Returns when each has brought its first event, or one has failed. */
export async function openStreams(processes: Processes, plan: ListenersPlan): Promise<Audience> {
  let answer: (heard: Heard) => void = () => {};
  const child = processes.spawn('streams/listeners.ts', {
    stdin: new Blob([JSON.stringify(plan)]),
    onMessage: (message) => answer(JSON.parse(String(message))),
  });
  const heard = (): Promise<Heard> =>
    new Promise((resolve) => {
      answer = resolve;
      child.send('heard');
    });
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await child.exited;
  };
  await untilOpen(heard, plan.streams);
  return { heard, close };
}

async function untilOpen(hear: () => Promise<Heard>, streams: number): Promise<void> {
  const giveUpAt = performance.now() + OPENING_MS_MAX;
  while (performance.now() < giveUpAt) {
    const heard = await hear();
    if (heard.open === streams || !isSound(heard)) return;
    await Bun.sleep(LOOK_MS);
  }
  throw new Error(`${streams} streams are not open after ${OPENING_MS_MAX} ms`);
}
