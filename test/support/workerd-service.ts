import { fileURLToPath } from 'node:url';
import { MEANINGLESS } from '../../src/cloudflare/variables.ts';
import type { Environment } from '../../src/config.ts';
import type { Command, Desk, ReplyTo } from '../../src/coordinator/commands.ts';
import type { Result } from '../../src/refusal.ts';
import type { Fixture } from './fixture.ts';
import type { Running, TestLog } from './service.ts';
import type { TestClock } from './test-clock.ts';
import { Workerd } from './workerd.ts';

/** The program for Cloudflare, with time and chance of the test's. */
export const WORKER_UNDER_TEST = fileURLToPath(
  new URL('../cloudflare/worker-under-test.ts', import.meta.url),
);

/** Starts the program for Cloudflare on workerd, each time on the state that the last one has left in the folder. */
export function onWorkerd({
  folder,
  clock,
  log,
  fixture,
}: {
  folder: string;
  clock: TestClock;
  log: TestLog;
  fixture: Fixture;
}): (environment: Environment) => Promise<Running> {
  let starts = 0;
  const test = async (request: Request): Promise<Response> => {
    if (request.method === 'GET') return new Response(String(clock.now()));
    for (const line of (await request.text()).split('\n')) write(log, line);
    return new Response();
  };
  return async (environment) => {
    const workerd = await Workerd.start({
      entry: WORKER_UNDER_TEST,
      folder,
      variables: {
        // Whoever asks is told what is, as on Bun.
        EDGE_STALE_MS: '0',
        ...given(environment),
        TEST_SEED: String(++starts),
        TEST_FIXTURE: JSON.stringify(fixture),
      },
      services: { TEST: test },
    });
    const aside = async (what: 'open' | 'pass' | 'submit', body?: unknown) => {
      const response = await fetch(`${workerd.url}/test/${what}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    };
    const desk: Pick<Desk, 'submit'> = {
      async submit<C extends Command>(command: C) {
        // The reply to a command of a kind is the reply of that kind.
        return (await aside('submit', command)) as Result<ReplyTo<C>>;
      },
    };
    // The object opens its database when it is first asked.
    await aside('open');
    return {
      url: workerd.url,
      databaseUrl: `file:${workerd.databaseFile}`,
      desk,
      async idle() {
        await aside('pass');
      },
      drain: () => Promise.reject(new Error('the platform does not let an object finish')),
      stop: () => workerd.kill(),
    };
  };
}

function given(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !MEANINGLESS.includes(entry[0]),
    ),
  );
}

/** Takes up a line that `consoleLog` or `consoleRequestLog` has written; whatever else is printed is a complaint. */
function write(log: TestLog, line: string): void {
  const said = parsed(line);
  if (said === undefined) log.error(line);
  else if (said.level === 'error') log.error(said.msg, said.cause && new Error(said.cause.message));
  else if (said.level === 'warn') log.warn(said.msg);
  else log.requestLog(said.method, said.route)(said.status, said.durationMs, said.requestId);
}

// biome-ignore lint/suspicious/noExplicitAny: a line of the log is read as whoever collects it would.
function parsed(line: string): any {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
