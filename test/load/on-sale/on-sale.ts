import { join } from 'node:path';
import type { Bench, Findings } from '../part.ts';
import { SERVICE, type Server } from '../processes.ts';
import { residentBytes } from '../resident.ts';
import { settleDisk } from '../trial.ts';
import { differences } from './books.ts';
import { ADMIN_TOKEN, audit, lineOf, salesOf } from './operator.ts';
import type { CrowdCount, CrowdOutcome, CrowdPlan } from './plan.ts';
import { figuresOf, type Moment, type OnSale, plotsOf, report } from './report.ts';
import { CONCERT_ID, SCHEDULE_IDS, SEATS, seed, USERS } from './seed.ts';

const ACTIVE_SECONDS = 20;
const HOLD_SECONDS = 5;
/** Everything is over in a minute, so it is short; whoever waits is told to ask again in half a minute at the most. */
const SETTINGS = {
  TOKEN_WAITING_SECONDS: '60',
  TOKEN_ACTIVE_SECONDS: String(ACTIVE_SECONDS),
  HOLD_SECONDS: String(HOLD_SECONDS),
  QUEUE_ADMIT_INTERVAL_MS: '500',
  QUEUE_ADMIT_BATCH: '200',
  QUEUE_MAX_ACTIVE: '2000',
};
const CROWD: Omit<CrowdPlan, 'port'> = {
  connections: 512,
  seed: 6,
  users: USERS,
  arrivalMs: 10_000,
  concertId: CONCERT_ID,
  seats: SEATS,
  holdMs: HOLD_SECONDS * 1000,
  tokenMs: ACTIVE_SECONDS * 1000,
  msMax: 180_000,
};
const LOOK_MS = 100;

/** 100,000 users come within ten seconds for 10,000 seats, and do what people do until the last one has gone. */
export async function measureOnSale({ processes, progress }: Bench): Promise<Findings> {
  const path = join(processes.folder, 'on-sale');
  await seed(`file:${path}.db`, Date.now());
  const service = await processes.start('seatline', SERVICE, {
    ...SETTINGS,
    DATABASE_URL: `file:${path}.db`,
    DEMO: 'off',
    ADMIN_TOKEN,
  });
  await settleDisk();
  let peakBytes = 0;
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, residentBytes(service.pid));
  }, LOOK_MS);
  const { crowd, moments } = await play(processes, service, progress);
  clearInterval(watch);
  const faults = {
    ...differences(crowd, await salesOf(service, SCHEDULE_IDS)),
    ...(await audit(service)),
  };
  await service.stop();
  const onSale: OnSale = { crowd, moments, peakBytes, faults };
  return {
    text: report(onSale),
    outcomes: [{ failures: { ...crowd.failures, ...faults }, driverBusy: crowd.driverBusy }],
    figures: figuresOf(onSale),
    plots: plotsOf(onSale),
  };
}

/** Lets the crowd in, and looks at the line each time that it tells how far it is. */
async function play(
  processes: Bench['processes'],
  service: Server,
  progress: Bench['progress'],
): Promise<{ crowd: CrowdOutcome; moments: Moment[] }> {
  const moments: Moment[] = [];
  const look = async (count: CrowdCount): Promise<void> => {
    const line = await lineOf(service);
    moments.push({ ...count, ...line });
    const { ended, seatsSold } = count;
    progress(ended / USERS, `${line.waiting} wait, ${line.active} are in, ${seatsSold} seats are sold`);
  };
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const child = processes.spawn('on-sale/crowd-process.ts', {
    stdin: new Blob([JSON.stringify({ ...CROWD, port: service.port })]),
    onMessage: (message) => look(message as CrowdCount).catch(reject),
  });
  const text = await Promise.race([new Response(child.stdout).text(), failed]);
  if ((await child.exited) !== 0) throw new Error('the crowd failed');
  return { crowd: JSON.parse(text), moments };
}
