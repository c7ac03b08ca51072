import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { runAside } from './aside.ts';
import type { Check } from './audit.ts';
import { auditFile, checkFile, pathOf } from './libsql.ts';

const PROGRAM = new URL('./copy-process.ts', import.meta.url);

/** What a backup came to. */
export interface Backup {
  readonly bytes: number;
  /** Of the copy; the database that it was made of is then no better. */
  readonly checks: readonly Check[];
}

/**
 * Copies the database that a URL names to a file that is not there yet, as it is in one committed state, while a service
 * may be at work on it. The copy stands there whole, sound and on the disk, or not at all. Throws when the URL names a
 * server or nothing, when something is in the way, and when the copy cannot be made or is stopped.
 */
export async function backUp(url: string, target: string, stop: AbortSignal): Promise<Backup> {
  const path = pathOf(url);
  if (path === null) throw new Error('DATABASE_URL names a server, which has its own means for a backup');
  if (!existsSync(path)) throw new Error(`there is no database ${path}`);
  if (existsSync(target)) throw new Error(`${target} is there already`);
  const partial = `${target}.partial`;
  create(partial);
  try {
    await runAside(PROGRAM, [path, partial], stop);
    await checkFile(partial);
    const checks = await auditFile(partial);
    if (stop.aborted) throw new Error('it was stopped');
    sync(partial);
    renameSync(partial, target);
    sync(dirname(target));
    return { bytes: statSync(target).size, checks };
  } catch (cause) {
    rmSync(partial, { force: true });
    throw cause;
  }
}

/** Keeps others from reading what is in it, and from making a copy in the same place at the same time. */
function create(partial: string): void {
  try {
    closeSync(openSync(partial, 'wx', 0o600));
  } catch (cause) {
    if (!existsSync(partial)) throw cause;
    throw new Error(`${partial} is there: another backup is being made, or was killed and left it behind`);
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
