import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceProcess } from './process.ts';

/** A disk that can be full. */
export interface SmallDisk {
  /** Where the database goes. */
  readonly folder: string;
  /** The words of a command that the service is to be started by. */
  readonly within: string[];
  /** Leaves no room. */
  fill(): void;
  /** Makes room again, for a service that runs. */
  free(service: ServiceProcess): void;
  remove(): void;
}

const TMPFS_BYTES = 8 * 1024 * 1024;

/** Whether this machine lets the tests mount file systems. */
export const canMount = attempt(['unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']);
/** Whether the limits of another process can be changed here. */
export const canLift = attempt(['prlimit', '--version']);

const hasTracer = attempt(['strace', '-V']);

/** A file system of its own, in memory. */
export function tmpfs(folder: string): SmallDisk {
  const mounted = join(folder, 'small');
  const filler = join(mounted, 'filler');
  mkdirSync(mounted);
  run(['mount', '-t', 'tmpfs', '-o', `size=${TMPFS_BYTES}`, 'none', mounted]);
  return {
    folder: mounted,
    within: [],
    fill() {
      try {
        // Only as much as there is room for is written.
        writeFileSync(filler, Buffer.alloc(TMPFS_BYTES));
      } catch (cause) {
        if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause;
      }
    },
    free: () => rmSync(filler),
    remove: () => run(['umount', '-l', mounted]),
  };
}

/** A limit on the size of each file that the service writes, which needs no rights. It is there from the start. */
export function limited(folder: string): SmallDisk {
  return {
    folder,
    within: ['sh', '-c', `trap '' XFSZ; ulimit -S -f 800; exec "$@"`, 'sh'],
    fill() {},
    free: ({ pid }) => run(['prlimit', '--pid', String(pid), '--fsize=unlimited:']),
    remove() {},
  };
}

/** Makes everything in the folder unchangeable for the time of the work, also for root. */
export async function readOnly(folder: string, work: () => Promise<void>): Promise<void> {
  run(['mount', '--bind', folder, folder]);
  run(['mount', '-o', 'remount,ro,bind', folder]);
  try {
    await work();
  } finally {
    run(['umount', '-l', folder]);
  }
}

/** Makes the system calls of a process fail as strace's `--inject` says; null where processes may not be traced. */
export async function sabotage(pid: number, inject: string): Promise<{ stop(): Promise<void> } | null> {
  if (!hasTracer) return null;
  // What it traces goes to a file, so that its complaints tell of its own doing only.
  const command = ['strace', '-o', '/dev/null', '-p', String(pid), `--inject=${inject}`];
  const tracer = Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' });
  const stop = async (): Promise<void> => {
    tracer.kill('SIGINT');
    await tracer.exited;
  };
  let said = '';
  const decoder = new TextDecoder();
  for await (const chunk of tracer.stderr) {
    said += decoder.decode(chunk, { stream: true });
    if (/ attached( |\n)/.test(said)) return { stop };
  }
  return null;
}

/** Whether `sabotage` works on this machine. */
export async function canSabotage(): Promise<boolean> {
  const victim = Bun.spawn(['cat'], { stdin: 'pipe', stdout: 'ignore', stderr: 'ignore' });
  const tracer = await sabotage(victim.pid, 'fsync:error=EIO');
  await tracer?.stop();
  victim.kill();
  return tracer !== null;
}

function run(command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
}

function attempt(command: string[]): boolean {
  try {
    return Bun.spawnSync(command).exitCode === 0;
  } catch {
    return false;
  }
}
