import type { Ask } from './client.ts';
import { expectAlike } from './likeness.ts';
import type { Load, Outcome } from './plan.ts';
import type { Processes, Server } from './processes.ts';

/** The compiler of the runtime needs a second of load before a rate is steady, and less where it has had one. */
const FIRST_WARM_UP_SECONDS = 1.6;
const WARM_UP_SECONDS = 0.4;

/** How often each load is put on each contender in turn, and how long it is measured each time. */
export interface Turns {
  readonly passes: number;
  readonly seconds: number;
}

/** One load, put in turn on whoever is measured and on what it is measured against. */
export interface Trial<Contender extends string> {
  readonly name: string;
  readonly connections: number;
  readonly subject: Contender;
  readonly references: readonly Reference<Contender>[];
  /** One request of the kind, that all of the contenders must answer alike. */
  readonly sample: Ask;
  load(contender: Contender): Load;
}

export interface Reference<Contender extends string> {
  readonly contender: Contender;
  /** How many times the reference's rate the subject must reach. */
  readonly ratioMin?: number;
  /** The rate that is enough, should the reference ask for more. */
  readonly rateEnough?: number;
}

/** What one load on one contender came to. */
export interface Sample<Contender extends string> {
  readonly trial: Trial<Contender>;
  readonly contender: Contender;
  readonly outcome: Outcome;
}

/** Puts one load after the other on its contenders, in turn, so that what is compared was measured in the same minute. */
export async function playTrials<Contender extends string>(
  processes: Processes,
  trials: readonly Trial<Contender>[],
  servers: Readonly<Record<Contender, Server>>,
  { passes, seconds }: Turns,
): Promise<Sample<Contender>[]> {
  await expectAllAlike(trials, servers);
  const asked = new Map<string, number>();
  const samples: Sample<Contender>[] = [];
  for (const { trial, pass, contender } of turnsOf(trials, passes)) {
    const key = `${trial.name}, ${contender}`;
    await settleDisk();
    const outcome = await processes.drive({
      port: servers[contender].port,
      connections: trial.connections,
      warmUpSeconds: pass === 0 ? FIRST_WARM_UP_SECONDS : WARM_UP_SECONDS,
      seconds,
      load: trial.load(contender),
      asked: asked.get(key) ?? 0,
    });
    // The bare route keeps nothing: it can be asked for the same again.
    if (contender !== 'bare route') asked.set(key, outcome.asked);
    samples.push({ trial, contender, outcome });
  }
  return samples;
}

export function contendersOf<Contender extends string>(trial: Trial<Contender>): Contender[] {
  return [trial.subject, ...trial.references.map(({ contender }) => contender)];
}

function* turnsOf<Contender extends string>(trials: readonly Trial<Contender>[], passes: number) {
  for (const trial of trials) {
    for (let pass = 0; pass < passes; pass++) {
      for (const contender of contendersOf(trial)) yield { trial, pass, contender };
    }
  }
}

/** Waits until what was written is on the disk: nobody pays for the writes of the one before. */
export async function settleDisk(): Promise<void> {
  await Bun.spawn(['sync']).exited;
}

async function expectAllAlike<Contender extends string>(
  trials: readonly Trial<Contender>[],
  servers: Readonly<Record<Contender, Server>>,
): Promise<void> {
  // A sample can be asked for once: it may be a reservation.
  const kinds = new Map(trials.map((trial) => [trial.sample, trial]));
  for (const [sample, { subject, references }] of kinds) {
    const others = references.map(({ contender }) => servers[contender]);
    await expectAlike([servers[subject], ...others], sample);
  }
}
