import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BunFile, Subprocess } from 'bun';
import { ANYBODY } from '../../src/main.ts';
import type { Outcome, Plan } from './plan.ts';

/** The script of the service. As all scripts, it is named relative to this folder. */
export const SERVICE = '../../src/main.ts';

/** How often a file is looked at for an address. */
const LOOK_MS = 20;

export interface Server {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A load that is under way. */
export interface Drive {
  readonly outcome: Promise<Outcome>;
  /** Ends the load before its time is up. */
  stop(): void;
}

export interface Spawning {
  /** Who complains, where the process does; the script's own name without it. */
  readonly name?: string;
  readonly stdin?: Blob;
  readonly environment?: Readonly<Record<string, string>>;
  /** A script that runs in the process before its own. */
  readonly preload?: string;
  /** Opens a channel for messages between the two processes. */
  readonly onMessage?: (message: unknown) => void;
}

type Child = Subprocess<'ignore' | Blob, 'pipe', 'pipe'>;

/** The processes of a bench and its folder: whatever happens, none of them stays behind. */
export class Processes {
  readonly folder = mkdtempSync(join(tmpdir(), 'seatline-bench-'));
  private readonly running = new Set<Subprocess>();
  private readonly listening: Promise<void>[] = [];
  private started = 0;

  /** `complain` is told each line of a standard error, and whose it is. */
  constructor(private readonly complain: (line: string) => void) {}

  /** Starts a server that prints its address, and returns when it has. All that it logs goes to a file. */
  async start(name: string, script: string, environment: Record<string, string>): Promise<Server> {
    const { PATH = '' } = process.env;
    const file = join(this.folder, `server-${++this.started}.log`);
    const child = Bun.spawn([process.execPath, pathOf(script)], {
      stdin: 'ignore',
      stdout: Bun.file(file),
      stderr: 'pipe',
      env: { PATH, ...environment, PORT: '0' },
    });
    this.watch(child, name);
    for (;;) {
      const port = portIn(await Bun.file(file).text());
      if (port !== undefined) return { name, port, pid: child.pid, stop: () => killed(child) };
      if (child.exitCode !== null) throw new Error(`${name} ended without an address`);
      await Bun.sleep(LOOK_MS);
    }
  }

  /** Puts a load on a server from a process of its own. */
  drive(plan: Plan): Promise<Outcome> {
    return this.begin(plan).outcome;
  }

  /** Begins to put a load on a server. */
  begin(plan: Plan): Drive {
    const child = this.spawn('driver.ts', { name: 'the driver', stdin: new Blob([JSON.stringify(plan)]) });
    return { outcome: outcomeOf(child), stop: () => child.kill('SIGTERM') };
  }

  spawn(script: string, { name = script, stdin, environment, preload, onMessage }: Spawning): Child {
    // Only what is named: a setting that lies around must not change a measurement.
    const { PATH = '' } = process.env;
    const preloads = preload === undefined ? [] : ['--preload', pathOf(preload)];
    const child = Bun.spawn([process.execPath, ...preloads, pathOf(script)], {
      stdin: stdin ?? 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      env: { PATH, ...environment },
      ...(onMessage === undefined ? {} : { ipc: onMessage }),
    });
    this.watch(child, name);
    return child;
  }

  /** Can be called at any time, and twice. */
  clear(): void {
    for (const child of this.running) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Clears, and waits for the last complaints: they tell why the bench has failed, if it has. */
  async end(): Promise<void> {
    this.clear();
    await Promise.all(this.listening);
  }

  private watch(child: Subprocess<'ignore' | Blob, 'pipe' | BunFile, 'pipe'>, name: string): void {
    this.running.add(child);
    child.exited.then(() => this.running.delete(child));
    this.listening.push(this.listen(child.stderr, name));
  }

  private async listen(stderr: ReadableStream<Uint8Array>, name: string): Promise<void> {
    for await (const line of linesOf(stderr)) {
      // Every service here says so at its start, and is meant to be that open.
      if (!line.includes(ANYBODY)) this.complain(`${name}: ${line}`);
    }
  }
}

/** The server in a process that prints its address, when it has. */
export async function serverIn(child: Child, name: string): Promise<Server> {
  const port = await portOf(name, child.stdout);
  return { name, port, pid: child.pid, stop: () => killed(child) };
}

async function killed(child: Subprocess): Promise<void> {
  // The database goes away with it, so there is nothing to finish.
  child.kill('SIGKILL');
  await child.exited;
}

function portIn(text: string): number | undefined {
  const port = /http:\/\/localhost:(\d+)\s/.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

function pathOf(script: string): string {
  return fileURLToPath(new URL(script, import.meta.url));
}

async function outcomeOf(child: Child): Promise<Outcome> {
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error('the driver failed');
  return JSON.parse(text);
}

async function portOf(name: string, stdout: ReadableStream<Uint8Array>): Promise<number> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    const port = portIn(text);
    if (port !== undefined) return port;
  }
  throw new Error(`${name} ended without an address: ${text}`);
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
