import { join } from 'node:path';
import { call } from '../client.ts';
import type { Bench, Findings } from '../part.ts';
import type { Caller, Outcome } from '../plan.ts';
import { SERVICE, type Server } from '../processes.ts';
import { isSound, noFigure, remark } from '../report.ts';
import { MB, residentBytes } from '../resident.ts';
import { spreadOf } from '../spread.ts';

const RESIDENT_MB_MAX = 200;
const BUYERS = 40;
const LOOKERS = 60;
const LOAD = { connections: 64, warmUpSeconds: 0.5, seconds: 1.5, asked: 0 };

/** How much memory the service takes for the demo data, when it has started and when it has worked for a while. */
export async function measureDemo({ processes, progress }: Bench): Promise<Findings> {
  progress(0, 'some users buy a seat each, others poll and look');
  const service = await processes.start('seatline', SERVICE, {
    DATABASE_URL: `file:${join(processes.folder, 'demo.db')}`,
    DEMO: 'on',
  });
  const startedBytes = residentBytes(service.pid);
  for (let userId = 1; userId <= BUYERS; userId++) await buySeat(service, userId);
  const lookers: Caller[] = [];
  for (let looker = 1; looker <= LOOKERS; looker++) lookers.push(await enter(service, BUYERS + looker));
  const polls = lookers.map(({ userId, tokenId }) => ({ path: `/v1/queue-status/users/${userId}`, tokenId }));
  const seatMaps = lookers.map(({ tokenId }) => ({ path: '/v1/concerts/1/schedules/1/seats', tokenId }));
  const outcomes: Outcome[] = [];
  for (const requests of [polls, seatMaps]) {
    const load = { kind: 'get' as const, requests };
    outcomes.push(await processes.drive({ ...LOAD, port: service.port, load }));
  }
  const workedBytes = residentBytes(service.pid);
  await service.stop();
  return {
    text: outcomes.every(isSound)
      ? remark(`${Math.round(startedBytes / MB)} MB at the start`)
      : noFigure('seatline', outcomes),
    outcomes,
    figures: [
      {
        name: 'resident memory with the demo data, after some work',
        spread: spreadOf([workedBytes / MB]),
        unit: 'MB',
        atMost: RESIDENT_MB_MAX,
      },
    ],
  };
}

async function enter(service: Server, userId: number): Promise<Caller> {
  const { tokenId } = await call(service, { method: 'POST', path: `/v1/queue-tokens/users/${userId}` });
  return { userId, tokenId: Number(tokenId) };
}

/** The whole way of a user, from the line to the payment. */
async function buySeat(service: Server, userId: number): Promise<void> {
  const { tokenId } = await enter(service, userId);
  const get = (path: string) => call(service, { method: 'GET', path, tokenId });
  const post = (path: string, body: unknown) => call(service, { method: 'POST', path, tokenId, body });
  await get('/v1/concerts/1/schedules');
  await get('/v1/concerts/1/schedules/1/seats');
  const choice = { userId, concertId: 1, scheduleId: 1, seatIds: [userId] };
  const { reservationId } = await post('/v1/reservations', choice);
  await post(`/v1/balance/users/${userId}/recharge`, { amount: 20_000 });
  await post(`/v1/payments/users/${userId}`, { reservationId });
}
