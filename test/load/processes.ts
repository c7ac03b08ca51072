import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subprocess } from 'bun';
import type { Outcome, Plan } from './plan.ts';

export interface Server {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The processes of a bench and its folder: whatever happens, none of them stays behind. */
export class Processes {
  readonly folder = mkdtempSync(join(tmpdir(), 'seatline-bench-'));
  private readonly running = new Set<Subprocess>();

  /** Starts a server that prints its address, and returns when it has. `script` is relative to this folder. */
  async start(name: string, script: string, environment: Record<string, string>): Promise<Server> {
    const child = this.spawn(script, 'ignore', { ...environment, PORT: '0' });
    const port = await portOf(name, child.stdout);
    const stop = async (): Promise<void> => {
      // The database goes away with it, so there is nothing to finish.
      child.kill('SIGKILL');
      await child.exited;
    };
    return { name, port, pid: child.pid, stop };
  }

  /** Puts a load on a server from a process of its own. */
  async drive(plan: Plan): Promise<Outcome> {
    const child = this.spawn('driver.ts', new Blob([JSON.stringify(plan)]), {});
    const outcome = await new Response(child.stdout).text();
    if ((await child.exited) !== 0) throw new Error('the driver failed');
    return JSON.parse(outcome);
  }

  /** Can be called at any time, and twice. */
  clear(): void {
    for (const child of this.running) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private spawn(script: string, stdin: 'ignore' | Blob, environment: Record<string, string>) {
    // Only what is named: a setting that lies around must not change a measurement.
    const { PATH = '' } = process.env;
    const child = Bun.spawn([process.execPath, fileURLToPath(new URL(script, import.meta.url))], {
      stdin,
      stdout: 'pipe',
      stderr: 'inherit',
      env: { PATH, ...environment },
    });
    this.running.add(child);
    child.exited.then(() => this.running.delete(child));
    return child;
  }
}

async function portOf(name: string, stdout: ReadableStream<Uint8Array>): Promise<number> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    const port = /http:\/\/localhost:(\d+)\s/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`${name} ended without an address: ${text}`);
}
