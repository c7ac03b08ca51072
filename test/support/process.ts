import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subprocess } from 'bun';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The service as a process of its own, started as `npm start` starts it, on a database of its own. */
export class ServiceProcess {
  private constructor(
    readonly url: string,
    private readonly child: Subprocess<'ignore', 'pipe', 'pipe'>,
    /** What it printed until it listened. */
    readonly banner: string,
  ) {}

  static async start(environment: Record<string, string>): Promise<ServiceProcess> {
    const child = spawn(environment);
    let banner = '';
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      banner += decoder.decode(chunk, { stream: true });
      const url = banner.match(/listens on (\S+)\n/)?.[1];
      if (url !== undefined && banner.includes('/swagger\n')) return new ServiceProcess(url, child, banner);
    }
    throw new Error(`the service did not start: ${banner}${await new Response(child.stderr).text()}`);
  }

  /** Sends a signal, and waits for nothing. */
  signal(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void {
    this.child.kill(signal);
  }

  get pid(): number {
    return this.child.pid;
  }

  /** The end that it comes to by itself. */
  async ownEnd(): Promise<{ code: number; errors: string }> {
    return { code: await this.child.exited, errors: await new Response(this.child.stderr).text() };
  }

  /** Sends a signal, and waits for the end. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<{ code: number; ms: number; errors: string }> {
    const begin = performance.now();
    this.signal(signal);
    const code = await this.child.exited;
    return { code, ms: performance.now() - begin, errors: await new Response(this.child.stderr).text() };
  }
}

/** Runs the service until it ends by itself, or until it is told to. */
export async function runToItsEnd(
  environment: Record<string, string>,
  tell?: Promise<unknown>,
): Promise<{ code: number; errors: string }> {
  const child = spawn(environment);
  tell?.then(() => child.kill('SIGTERM'));
  return { code: await child.exited, errors: await new Response(child.stderr).text() };
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
  return { listened: output.includes('listens on'), errors: await new Response(child.stderr).text() };
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

function spawn(environment: Record<string, string>): Subprocess<'ignore', 'pipe', 'pipe'> {
  return Bun.spawn([process.execPath, MAIN], {
    env: { ...environment, PATH: process.env.PATH ?? '' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
}
