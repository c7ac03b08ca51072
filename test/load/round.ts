import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectAlike } from './likeness.ts';
import type { Outcome } from './plan.ts';
import type { Processes, Server } from './processes.ts';
import { ACTIVE } from './seed.ts';
import { type Contender, type Trial, trials } from './trials.ts';

/** The compiler of the runtime needs a second of load before a rate is steady. */
const WARM_UP_SECONDS = 1.6;
const MEASURED_SECONDS = 1.2;

/** What one load on one contender came to. */
export interface Sample {
  readonly trial: Trial;
  readonly contender: Contender;
  readonly outcome: Outcome;
}

type Servers = Readonly<Record<Contender, Server>>;

/**
 * Puts every load on every contender, in turn, so that what is compared was measured in the same minute. All of them
 * start anew, from the same database: no round is shaped by what an earlier one has left in memory or on disk.
 */
export async function playRound(processes: Processes, seedFile: string, number: number): Promise<Sample[]> {
  const servers = await startAll(processes, seedFile, number);
  await expectAllAlike(servers);
  const pairsAsked = new Map<Contender, number>();
  const samples: Sample[] = [];
  for (const trial of trials) {
    for (const contender of contendersOf(trial)) {
      await settleDisk();
      const outcome = await processes.drive({
        port: servers[contender].port,
        connections: trial.connections,
        warmUpSeconds: WARM_UP_SECONDS,
        seconds: MEASURED_SECONDS,
        load: trial.load(pairsAsked.get(contender) ?? 0),
      });
      // The bare route keeps nothing: it can be asked for the same seats again.
      if (contender !== 'bare route') pairsAsked.set(contender, outcome.pairsAsked);
      samples.push({ trial, contender, outcome });
    }
  }
  for (const server of Object.values(servers)) await server.stop();
  return samples;
}

export function contendersOf({ references }: Trial): Contender[] {
  return ['seatline', ...references.map(({ contender }) => contender)];
}

/** Waits until what was written is on the disk: nobody pays for the writes of the one before. */
async function settleDisk(): Promise<void> {
  await Bun.spawn(['sync']).exited;
}

async function startAll(processes: Processes, seedFile: string, number: number): Promise<Servers> {
  const copy = (name: string): string => {
    const file = join(processes.folder, `${name}-${number}.db`);
    copyFileSync(seedFile, file);
    return `file:${file}`;
  };
  return {
    seatline: await processes.start('seatline', '../../src/main.ts', {
      DATABASE_URL: copy('seatline'),
      DEMO: 'off',
      // All slots are taken, so those who wait keep waiting.
      QUEUE_MAX_ACTIVE: String(ACTIVE),
    }),
    'bare route': await processes.start('the bare route', 'bare.ts', {}),
    'transaction per request': await processes.start('the transaction per request', 'per-request.ts', {
      DATABASE_URL: copy('per-request'),
    }),
  };
}

async function expectAllAlike(servers: Servers): Promise<void> {
  // A sample can be asked for once: it may be a reservation.
  const kinds = new Map(trials.map((trial) => [trial.sample, trial]));
  for (const [sample, { references }] of kinds) {
    await expectAlike([servers.seatline, ...references.map(({ contender }) => servers[contender])], sample);
  }
}
