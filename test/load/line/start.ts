import { call } from '../client.ts';
import type { Bench } from '../part.ts';
import { SERVICE, type Server } from '../processes.ts';

/** All slots are taken by the one user who is in, so those who wait keep waiting. */
export const STANDSTILL = { QUEUE_MAX_ACTIVE: '1' };

/** Starts the service on a database with a line that stands still. Returns when it is ready, and how long that took. */
export async function startLine(
  { processes, databases }: Bench,
  waiting: number,
  name: string,
): Promise<{ server: Server; seconds: number }> {
  const environment = { ...STANDSTILL, DATABASE_URL: await databases.copy(waiting, name), DEMO: 'off' };
  const startedAt = performance.now();
  const server = await processes.start(`seatline with ${waiting} waiting`, SERVICE, environment);
  await call(server, { method: 'GET', path: '/ready' });
  return { server, seconds: (performance.now() - startedAt) / 1000 };
}
