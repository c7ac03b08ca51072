import { fileURLToPath } from 'node:url';

/**
 * Runs a program that reads much of a database file, and returns what it prints. Since the driver is synchronous it has a
 * process of its own: in a thread it would keep commits waiting for the memory of the driver, which all threads share.
 * Throws when it fails, or is stopped.
 */
export async function runAside(
  program: URL,
  args: readonly string[],
  stop: AbortSignal | null = null,
): Promise<string> {
  const child = Bun.spawn([process.execPath, fileURLToPath(program), ...args], {
    // Nothing that is only for the service.
    env: {},
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    ...(stop === null ? {} : { signal: stop, killSignal: 'SIGKILL' }),
  });
  const [output, complaint] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const code = await child.exited;
  if (stop?.aborted) throw new Error('it was stopped');
  if (code !== 0) throw new Error(complaint.trim() || `its process ended with ${child.signalCode ?? code}`);
  return output;
}
