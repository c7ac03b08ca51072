import { expect, setDefaultTimeout, test } from 'bun:test';
import { openLibsql } from '../../src/store/libsql.ts';
import { fill } from '../support/fixture.ts';
import { inFolder, ServiceProcess } from '../support/process.ts';

setDefaultTimeout(60_000);

const WAITING = 10_000;
const CLIENTS = 64;

test('killed with 10,000 waiting, the service comes back with everyone in their place', () =>
  inFolder(async (folder) => {
    const url = `file:${folder}/x.db`;
    const database = await openLibsql(url);
    await fill(database, Date.now(), { users: WAITING + 1 });
    database.close();
    const environment = {
      PORT: '0',
      DATABASE_URL: url,
      QUEUE_MAX_ACTIVE: '1',
      TOKEN_ACTIVE_SECONDS: '36000',
    };

    const service = await ServiceProcess.start(environment);
    const tokens = new Map<number, number>();
    // Whoever joins first is let in; the others come as fast as they can.
    tokens.set(1, await join(service, 1));
    await eachUser(async (userId) => {
      tokens.set(userId, await join(service, userId));
    });
    const before = await allPlaces(service, tokens);
    await service.end('SIGKILL');
    const again = await ServiceProcess.start(environment);
    const after = await allPlaces(again, tokens);

    expect(after).toEqual(before);
    const inOrder = [...after.values()].sort((a, b) => a.queueId - b.queueId);
    expect(inOrder.map(({ queueId }) => queueId)).toEqual(
      Array.from({ length: WAITING + 1 }, (_, at) => at + 1),
    );
    expect(inOrder.map(({ ahead }) => ahead)).toEqual([0, ...Array.from({ length: WAITING }, (_, at) => at)]);
    expect(inOrder.map(({ status }) => status)).toEqual(['ACTIVE', ...Array(WAITING).fill('WAITING')]);
    await again.end('SIGTERM');
  }));

interface Place {
  readonly queueId: number;
  readonly status: string;
  readonly ahead: number;
}

async function join({ url }: ServiceProcess, userId: number): Promise<number> {
  const response = await fetch(`${url}/v1/queue-tokens/users/${userId}`, { method: 'POST' });
  const { tokenId } = (await response.json()) as { tokenId: number };
  return tokenId;
}

async function allPlaces({ url }: ServiceProcess, tokens: Map<number, number>): Promise<Map<number, Place>> {
  const places = new Map<number, Place>();
  const ask = async (userId: number): Promise<void> => {
    const headers = { 'TOKEN-ID': String(tokens.get(userId)) };
    const response = await fetch(`${url}/v1/queue-status/users/${userId}`, { headers });
    const body = (await response.json()) as {
      queueId: number;
      status: string;
      remainingWaitListCount: number;
    };
    places.set(userId, { queueId: body.queueId, status: body.status, ahead: body.remainingWaitListCount });
  };
  await ask(1);
  await eachUser(ask);
  return new Map([...places].sort(([a], [b]) => a - b));
}

/** Does something for each user who waits, as many clients at once as there are. */
async function eachUser(work: (userId: number) => Promise<void>): Promise<void> {
  let next = 2;
  const client = async (): Promise<void> => {
    while (next <= WAITING + 1) await work(next++);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}
