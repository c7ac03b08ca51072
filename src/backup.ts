import { resolve } from 'node:path';
import { readConfig } from './config.ts';
import { backUp } from './store/backup.ts';

/** `npm run backup -- <file>` copies the database of `DATABASE_URL` to that file, also while the service runs. */
async function main(): Promise<void> {
  const [, , file, ...more] = process.argv;
  if (file === undefined || more.length > 0) throw new Error('name one file: npm run backup -- ./copy.db');
  const { databaseUrl } = readConfig(process.env);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const target = resolve(file);
  const { bytes, checks } = await backUp(databaseUrl, target, stop.signal);
  console.log(`${target}: ${bytes} bytes`);
  const violated = checks.filter(({ violations }) => violations !== 0);
  for (const { name, violations } of violated) console.error(`the audit counts ${violations} times: ${name}`);
  if (violated.length > 0) throw new Error('the copy is made, and the books in it are not right');
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
