import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, createClient } from '@libsql/client';
import { drizzle } from 'drizzle-orm/libsql';
import { migrate } from 'drizzle-orm/libsql/migrator';
import { askFile } from './ask-file.ts';
import { audit, type Check, checksOf } from './audit.ts';
import type { Database } from './database.ts';
import { FileWriter, STARTING_LOCK_MS_MAX } from './file-writer.ts';
import { guardedBy } from './guard.ts';
import { onceMore } from './once-more.ts';
import { commitAtServer } from './server-writer.ts';

const MIGRATIONS = fileURLToPath(new URL('../../drizzle', import.meta.url));

/** One connection is enough to read a file with, since its driver is synchronous. It writes at the start only. */
const FILE_CONFIG = { concurrency: 1, timeout: STARTING_LOCK_MS_MAX };

/** A file up to this size is read through for damage in a quarter of a second: a larger one takes a process of its own. */
const SMALL_BYTES_MAX = 16 * 1024 * 1024;

/** Reads every page, and tells of the first that is damaged. */
const CHECK = 'quick_check(1)';

/** What only a remote server needs. */
export interface ServerOptions {
  readonly authToken?: string | undefined;
  /** How long each request may take until it is given up. Without it, a server that never answers is waited for. */
  readonly timeoutMs?: number;
}

/**
 * Opens a libSQL database, a local file or a remote server, and brings its tables up to date.
 * Throws when it cannot be opened, when a file is damaged, or when a commit to it would not be durable.
 */
export async function openLibsql(url: string, options: ServerOptions = {}): Promise<Database> {
  const path = pathOf(url);
  if (path !== null) mkdirSync(dirname(path), { recursive: true });
  const client = createClient({ url, ...(path === null ? serverConfig(options) : FILE_CONFIG) });
  let writer: FileWriter | null = null;
  const close = (): void => {
    client.close();
    writer?.close();
  };
  try {
    if (path !== null) {
      writer = FileWriter.open(path);
      if (isSmall(path)) mustBeSound(writer.pragma(CHECK));
    }
    const db = drizzle(client);
    await onceMore(() => migrate(db, { migrationsFolder: MIGRATIONS }));
    const guarded = guardedBy(db);
    return {
      drizzle: db,
      isExclusive: false,
      glance: writer?.glance.bind(writer) ?? null,
      async commit(statements) {
        if (writer === null) await commitAtServer(client, guarded(statements));
        else writer.commit(guarded(statements));
      },
      writeBack() {
        writer?.writeBack();
      },
      async audit() {
        if (path !== null) return auditFile(path);
        const results = await client.batch([...audit], 'read');
        return checksOf(results.flatMap(({ rows }) => rows));
      },
      async check() {
        if (path !== null && !isSmall(path)) await checkFile(path);
      },
      close,
    };
  } catch (cause) {
    close();
    throw cause;
  }
}

/** Counts where the invariants do not hold in a file. */
export async function auditFile(path: string): Promise<Check[]> {
  return checksOf(await Promise.all(audit.map((query) => askFile(path, query))));
}

/** Throws when a page of a file is damaged. */
export async function checkFile(path: string): Promise<void> {
  mustBeSound(Object.values(await askFile(path, `pragma ${CHECK}`))[0]);
}

/** Where the file is that a URL names; null when it names a server. */
export function pathOf(url: string): string | null {
  const [scheme] = /^file:(\/\/(localhost)?)?/.exec(url) ?? [];
  return scheme === undefined ? null : decodeURIComponent(url.slice(scheme.length));
}

function isSmall(path: string): boolean {
  return statSync(path).size <= SMALL_BYTES_MAX;
}

function mustBeSound(verdict: unknown): void {
  if (verdict !== 'ok') throw new Error(`the file is damaged: ${String(verdict).replaceAll('\n', ' ')}`);
}

function serverConfig({ authToken, timeoutMs }: ServerOptions): Omit<Config, 'url'> {
  return {
    ...(authToken === undefined ? {} : { authToken }),
    ...(timeoutMs === undefined
      ? {}
      : { fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(timeoutMs) }) }),
  };
}
