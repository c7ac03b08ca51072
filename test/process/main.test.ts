import { expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANYBODY } from '../../src/main.ts';
import { inFolder, runToItsEnd, ServiceProcess, spawn } from '../support/process.ts';

// Each test starts processes, some of them several.
setDefaultTimeout(30_000);

test('it prints its address and that of the documentation, and nothing that looks like an error', () =>
  inFolder(async (folder) => {
    const service = await ServiceProcess.start({ PORT: '0', DATABASE_URL: `file:${folder}/deep/er/x.db` });
    expect(service.banner).toBe(
      `seatline listens on ${service.url}\nDocumentation: ${service.url}/swagger\n`,
    );
    expect(existsSync(join(folder, 'deep/er/x.db'))).toBe(true);
    expect(await service.end('SIGTERM')).toMatchObject({ code: 0, errors: '' });
  }));

test('it warns at the start where nothing tells who somebody is, and only there', () =>
  inFolder(async (folder) => {
    // A folder is no database: the start is over at once.
    const complaints = async (environment: Record<string, string>) => {
      const child = spawn({ PORT: '0', DATABASE_URL: `file:${folder}`, ...environment });
      return new Response(child.stderr).text();
    };
    expect(ANYBODY).toContain('AUTH_JWT_SECRET');
    expect(await complaints({})).toContain(ANYBODY);
    const secret = 'a secret of 32 bytes, and of more';
    const quiet = await complaints({ AUTH_JWT_SECRET: secret });
    expect(quiet).not.toContain(ANYBODY);
    expect(quiet).not.toContain(secret);
    const refused = await complaints({ AUTH_JWT_SECRET: 'too short' });
    expect(refused).toStartWith('AUTH_JWT_SECRET is not allowed: ');
    expect(refused).not.toContain('too short');
  }));

test('an empty database is filled with the demo data, once, and not in production or when it is off', () =>
  inFolder(async (folder) => {
    const concerts = async (environment: Record<string, string>) => {
      const service = await ServiceProcess.start({ PORT: '0', ...environment });
      const response = await fetch(`${service.url}/v1/concerts`);
      const body = (await response.json()) as { concerts: unknown[] };
      const users = await Promise.all(
        [1, 1000, 1001].map((id) =>
          fetch(`${service.url}/v1/balance/users/${id}`).then(({ status }) => status),
        ),
      );
      await service.end('SIGTERM');
      return [body.concerts.length, ...users];
    };
    const url = (name: string) => ({ DATABASE_URL: `file:${folder}/${name}.db` });
    expect(await concerts(url('demo'))).toEqual([3, 200, 200, 404]);
    expect(await concerts(url('demo'))).toEqual([3, 200, 200, 404]);
    expect(await concerts({ ...url('off'), DEMO: 'off' })).toEqual([0, 404, 404, 404]);
    expect(await concerts({ ...url('production'), NODE_ENV: 'production' })).toEqual([0, 404, 404, 404]);
  }));

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} in the middle of a load: what was acknowledged is kept, and it ends with 0 within five seconds`, () =>
    inFolder(async (folder) => {
      const environment = { PORT: '0', DATABASE_URL: `file:${folder}/x.db` };
      const service = await ServiceProcess.start(environment);
      const acknowledged = new Map<number, number>();
      let stopped = false;
      const { promise: everyoneHasOne, resolve } = Promise.withResolvers<void>();
      const recharge = async (userId: number): Promise<void> => {
        while (!stopped) {
          const response = await fetch(`${service.url}/v1/balance/users/${userId}/recharge`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: '{"amount":1}',
          }).catch(() => undefined);
          if (response?.status !== 200) return;
          const body = (await response.json()) as { currentAmount: number };
          acknowledged.set(userId, body.currentAmount);
          if (acknowledged.size === 20) resolve();
        }
      };
      const clients = Array.from({ length: 20 }, (_, index) => recharge(index + 1));
      await everyoneHasOne;
      const ended = await service.end(signal);
      stopped = true;
      await Promise.all(clients);
      expect(ended).toMatchObject({ code: 0, errors: '' });
      expect(ended.ms).toBeLessThan(5_000);

      const again = await ServiceProcess.start(environment);
      for (const [userId, amount] of acknowledged) {
        const response = await fetch(`${again.url}/v1/balance/users/${userId}`);
        const body = (await response.json()) as { currentAmount: number };
        expect(body.currentAmount).toBeGreaterThanOrEqual(amount);
      }
      await again.end('SIGTERM');
    }));
}

test('killed in the middle of a load, it comes back with everything that it acknowledged', () =>
  inFolder(async (folder) => {
    const environment = { PORT: '0', DATABASE_URL: `file:${folder}/x.db` };
    const service = await ServiceProcess.start(environment);
    const tokens = new Map<number, string>();
    const join = async (userId: number): Promise<void> => {
      const url = `${service.url}/v1/queue-tokens/users/${userId}`;
      const response = await fetch(url, { method: 'POST' }).catch(() => undefined);
      if (response?.status === 200) tokens.set(userId, await response.text());
    };
    const joining = Array.from({ length: 900 }, (_, index) => join(index + 1));
    await Promise.race(joining.slice(200, 300));
    await service.end('SIGKILL');
    await Promise.all(joining);
    expect(tokens.size).toBeGreaterThan(0);

    const again = await ServiceProcess.start(environment);
    for (const [userId, text] of tokens) {
      const response = await fetch(`${again.url}/v1/queue-tokens/users/${userId}`);
      const { tokenId } = (await response.json()) as { tokenId: number };
      expect(tokenId).toBe(JSON.parse(text).tokenId);
    }
    await again.end('SIGTERM');
  }));

test('SIGTERM while it still waits for its database ends it with 0 within five seconds', async () => {
  const asked = Promise.withResolvers<void>();
  const silence = Promise.withResolvers<Response>();
  const database = Bun.serve({
    port: 0,
    fetch() {
      asked.resolve();
      return silence.promise;
    },
  });
  const ending = asked.promise.then(() => performance.now());
  const ended = await runToItsEnd({ PORT: '0', DATABASE_URL: `http://localhost:${database.port}` }, ending);
  expect(ended).toEqual({ code: 0, errors: '' });
  expect(performance.now() - (await ending)).toBeLessThan(5_000);
  await database.stop(true);
});

test('a bad value stops the start, and is named with what is allowed', async () => {
  const ended = await runToItsEnd({ QUEUE_MAX_ACTIVE: 'many' });
  expect(ended.code).toBe(1);
  expect(ended.errors).toBe(
    'QUEUE_MAX_ACTIVE="many" is not allowed: it must be an integer from 1 to 1000000\n',
  );
});

test('a file that is no database, and a port that is taken, stop the start with a message', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'x.db');
    writeFileSync(file, 'this is not a database, but it is long enough to look like one of them'.repeat(100));
    const corrupt = await runToItsEnd({ PORT: '0', DATABASE_URL: `file:${file}` });
    expect(corrupt.code).toBe(1);
    expect(corrupt.errors).toContain('file is not a database');

    const service = await ServiceProcess.start({ PORT: '0', DATABASE_URL: `file:${folder}/good.db` });
    const port = new URL(service.url).port;
    const second = await runToItsEnd({ PORT: port, DATABASE_URL: `file:${folder}/good.db` });
    expect(second.code).toBe(1);
    expect(second.errors).toContain(`port ${port}`);
    // The second one has not taken the database away from the first.
    const ready = await fetch(`${service.url}/ready`);
    expect(await ready.json()).toEqual({ status: 'ready' });
    await service.end('SIGTERM');
  }));
