import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subprocess } from 'bun';
import { ANYBODY } from '../../src/main.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HEAP_MONITOR = fileURLToPath(new URL('heap-monitor.ts', import.meta.url));

/** How a process ended, and what it complained of until then. */
interface End {
  readonly code: number;
  readonly errors: string;
}

/** The service as a process of its own, started as `npm start` starts it, on a database of its own. */
export class ServiceProcess {
  private constructor(
    readonly url: string,
    private readonly child: Subprocess<'ignore', 'pipe', 'pipe'>,
    /** What it printed until it listened. */
    readonly banner: string,
    /** All that it printed, once it has ended. */
    readonly output: Promise<string>,
    /** Resolves when it has ended, whether or not it was told to. */
    readonly ended: Promise<End>,
  ) {}

  /** `within` is what the process is started by, when that is not the test: the words of a command that go before. */
  static start(environment: Record<string, string>, within: string[] = []): Promise<ServiceProcess> {
    return ServiceProcess.of(spawn(environment, within));
  }

  /** Starts the service with something in it that tells how much memory is in use. */
  static async startMonitored(
    environment: Record<string, string>,
  ): Promise<{ service: ServiceProcess; usedBytes: () => Promise<number> }> {
    let answer: (bytes: number) => void = () => {};
    const child = spawn(environment, [], {
      preload: HEAP_MONITOR,
      onMessage: (message) => answer(Number(message)),
    });
    const service = await ServiceProcess.of(child);
    const usedBytes = (): Promise<number> =>
      new Promise((resolve) => {
        answer = resolve;
        child.send('used bytes');
      });
    return { service, usedBytes };
  }

  private static async of(child: Subprocess<'ignore', 'pipe', 'pipe'>): Promise<ServiceProcess> {
    const ended = endOf(child);
    const listening = Promise.withResolvers<{ url: string; banner: string }>();
    const output = outputOf(child, (text) => {
      const url = text.match(/listens on (\S+)\n/)?.[1];
      if (url === undefined || !text.includes('/swagger\n')) return false;
      listening.resolve({ url, banner: text });
      return true;
    });
    const failed = output.then(async (text) => {
      throw new Error(`the service did not start: ${text}${(await ended).errors}`);
    });
    const { url, banner } = await Promise.race([listening.promise, failed]);
    failed.catch(() => {});
    return new ServiceProcess(url, child, banner, output, ended);
  }

  /** Sends a signal, and waits for the end. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<End & { ms: number }> {
    const begin = performance.now();
    this.signal(signal);
    const end = await this.ended;
    return { ...end, ms: performance.now() - begin };
  }

  /** Sends a signal, and waits for nothing. */
  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  get pid(): number {
    return this.child.pid;
  }
}

/** Runs the service until it ends by itself, or until it is told to. */
export function runToItsEnd(environment: Record<string, string>, tell?: Promise<unknown>): Promise<End> {
  const child = spawn(environment);
  tell?.then(() => child.kill('SIGTERM'));
  return endOf(child);
}

/** Starts the service, and kills it after some milliseconds, wherever it is by then. Tells whether it listened. */
export async function killWhileStarting(
  environment: Record<string, string>,
  ms: number,
): Promise<{ listened: boolean; errors: string }> {
  const child = spawn(environment);
  await Bun.sleep(ms);
  child.kill('SIGKILL');
  await child.exited;
  const output = await new Response(child.stdout).text();
  return { listened: output.includes('listens on'), errors: await complaintsOf(child) };
}

/** A folder that is gone after the work. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'seatline-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads its complaints all along, or else it would be stopped by a full pipe. */
async function endOf(child: Subprocess<'ignore', 'pipe', 'pipe'>): Promise<End> {
  const [code, errors] = await Promise.all([child.exited, complaintsOf(child)]);
  return { code, errors };
}

/** Without what it always says where anybody may act for any user. */
async function complaintsOf({ stderr }: Subprocess<'ignore', 'pipe', 'pipe'>): Promise<string> {
  const lines = (await new Response(stderr).text()).split('\n');
  return lines.filter((line) => !line.includes(ANYBODY)).join('\n');
}

/** Reads what it prints all along, for the same reason; `look` sees all of it so far until it says that it has seen enough. */
async function outputOf(
  child: Subprocess<'ignore', 'pipe', 'pipe'>,
  look: (text: string) => boolean,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let hasSeenEnough = false;
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (!hasSeenEnough) hasSeenEnough = look(text);
  }
  return text;
}

/** Starts the service, for a test that reads itself what it says. */
export function spawn(
  environment: Record<string, string>,
  within: string[] = [],
  monitor?: { readonly preload: string; readonly onMessage: (message: unknown) => void },
): Subprocess<'ignore', 'pipe', 'pipe'> {
  const preloads = monitor === undefined ? [] : ['--preload', monitor.preload];
  return Bun.spawn([...within, process.execPath, ...preloads, MAIN], {
    env: { ...environment, PATH: process.env.PATH ?? '' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    ...(monitor === undefined ? {} : { ipc: monitor.onMessage }),
  });
}
