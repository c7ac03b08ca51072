import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { Processes, SERVICE } from './processes.ts';

setDefaultTimeout(30_000);

let complaints: string[];
let processes: Processes;
beforeEach(() => {
  complaints = [];
  processes = new Processes((line) => complaints.push(line));
});
afterEach(() => processes.end());

test('a service that has nothing to complain of is silent, though anybody may act for any user', async () => {
  const service = await processes.start('seatline', SERVICE, {
    DATABASE_URL: `file:${processes.folder}/x.db`,
  });
  expect((await fetch(`http://localhost:${service.port}/ready`)).status).toBe(200);
  await service.stop();
  await processes.end();
  expect(complaints).toEqual([]);
});

test('what a service complains of is told with its name, also when the bench ends because of it', async () => {
  const starting = processes.start('the second', SERVICE, { DATABASE_URL: 'nowhere' });
  await expect(starting).rejects.toThrow('the second ended without an address');
  await processes.end();
  expect(complaints.length).toBeGreaterThan(0);
  expect(complaints.filter((line) => !line.startsWith('the second: '))).toEqual([]);
  expect(complaints.join('\n')).toContain('DATABASE_URL');
});
