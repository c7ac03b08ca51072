import { type Processes, type Server, serverIn } from '../processes.ts';

/** A server whose event loop is watched from within. */
export interface Monitored extends Server {
  /** How long its event loop stood still at most since this was last asked, in milliseconds. */
  longestStallMs(): Promise<number>;
}

/** Starts a server as `Processes.start` does, with the monitor in it. */
export async function startMonitored(
  processes: Processes,
  name: string,
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<Monitored> {
  let answer: (ms: number) => void = () => {};
  const child = processes.spawn(script, {
    name,
    environment: { ...environment, PORT: '0' },
    preload: 'stalls/monitor.ts',
    onMessage: (message) => answer(Number(message)),
  });
  const longestStallMs = (): Promise<number> =>
    new Promise((resolve) => {
      answer = resolve;
      child.send('longest stall');
    });
  return { ...(await serverIn(child, name)), longestStallMs };
}
