import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Figure, Findings } from '../part.ts';
import type { Outcome } from '../plan.ts';
import { type Processes, SERVICE } from '../processes.ts';
import { busiest, rateOf, ratioOf } from '../rates.ts';
import { isSound, noFigure, percent, row, whole, writeSpread } from '../report.ts';
import { spreadOf } from '../spread.ts';
import { settleDisk } from '../trial.ts';
import { type Generator, generatorIn } from './generator.ts';
import { measureOpenLoop } from './open-loop.ts';
import { ACTIVE, seed } from './seed.ts';
import { textsOf } from './texts.ts';
import { CONTENDERS, type Contender, type Operation, operations, reserve, type Servers } from './trials.ts';

const ROUNDS = 3;
const SECONDS = 1;
/** The compiler of the runtime needs some load before a rate is steady. */
const WARM_UP_SECONDS = 0.3;
const CONNECTIONS = [64, 256, 1_024];
/** Those at which everything is measured in a short run. */
const USUAL = 256;
/** More than any contender can be asked for in a second, and more times as many than one that has just been warmed up. */
const REQUESTS_A_SECOND_MAX = 70_000;
const FASTER_BY_MAX = 8;

/** What one load on one contender came to, round by round. */
interface Measured {
  readonly operation: Operation;
  readonly connections: number;
  readonly contender: Contender;
  readonly outcomes: readonly Outcome[];
}

/**
 * Every operation beside a route that only validates and answers, and beside a transaction a request: all of them at the
 * usual number of connections, at the others what is asked of the service there.
 */
export async function measureOperations(bench: Bench): Promise<Findings> {
  return measure(bench, (connections) => connections === USUAL);
}

/** The same with each operation at each number of connections. */
export async function measureAllOperations(bench: Bench): Promise<Findings> {
  return measure(bench, () => true);
}

async function measure(
  { processes, progress }: Bench,
  isWhole: (connections: number) => boolean,
): Promise<Findings> {
  const generator = generatorIn(processes.folder);
  progress(0, 'seeding');
  const seedFile = join(processes.folder, 'operations.db');
  await seed(`file:${seedFile}`, Date.now());
  const plan = CONNECTIONS.map((connections) => ({
    connections,
    all: isWhole(connections) ? operations : [reserve],
    hasTransactions: isWhole(connections),
  }));
  const steps = plan.flatMap(({ all }) => all).length + 1;
  let step = 0;
  const measured: Measured[] = [];
  for (const { connections, all, hasTransactions } of plan) {
    // Each number of connections finds the same database, and processes that have done nothing yet.
    const servers = await startAll(processes, seedFile, { name: `${connections}`, hasTransactions });
    for (const operation of all) {
      progress(step++ / steps, `${operation.name}, ${whole(connections)} connections`);
      measured.push(...(await compare({ processes, generator }, servers, operation, connections)));
    }
    for (const server of Object.values(servers)) await server.stop();
  }
  progress(step / steps, 'reservations that come at a rate');
  const servers = await startAll(processes, seedFile, { name: 'open', hasTransactions: false });
  const peak = spreadOf(outcomesOf(measured, reserve, USUAL, 'seatline').map(rateOf)).median;
  const open = await measureOpenLoop({ processes, generator }, servers, peak);
  for (const server of Object.values(servers)) await server.stop();
  return {
    text: [
      `The load is ${generator.name}'s: the median of ${ROUNDS} runs of ${SECONDS} s, and the lowest and the highest.\n`,
      table(measured),
      open.text,
    ].join('\n'),
    outcomes: [...measured.flatMap(({ outcomes }) => outcomes), ...open.outcomes],
    figures: [...figuresOf(measured), ...open.figures],
  };
}

/** Puts one load on its contenders in turn, so that what is compared was measured in the same minute. */
async function compare(
  { processes, generator }: { processes: Processes; generator: Generator },
  servers: Servers,
  operation: Operation,
  connections: number,
): Promise<Measured[]> {
  const runs = CONTENDERS.flatMap((contender) => {
    const server = servers[contender];
    const isMeant = contender !== 'transaction per request' || operation.ofTransaction !== undefined;
    return server !== undefined && isMeant
      ? [{ contender, port: server.port, count: 0, asked: 0, outcomes: [] as Outcome[] }]
      : [];
  });
  for (const run of runs) {
    const { load } = operation;
    const { port } = run;
    const warmUp = { port, connections, load, warmUpSeconds: 0, seconds: WARM_UP_SECONDS, asked: 0 };
    const answer = operation.expected === undefined ? {} : { expected: operation.expected };
    const warm = await processes.drive({ ...warmUp, ...answer });
    run.asked = warm.asked;
    run.count = SECONDS * Math.min(REQUESTS_A_SECOND_MAX, Math.ceil(FASTER_BY_MAX * rateOf(warm)));
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const run of runs) {
      await settleDisk();
      const outcome = await generator.shoot({
        port: run.port,
        connections,
        seconds: SECONDS,
        texts: textsOf(operation, { asked: run.asked, count: run.count }),
        expected: operation.expected ?? 200,
      });
      run.asked += outcome.asked;
      run.outcomes.push(outcome);
    }
  }
  return runs.map(({ contender, outcomes }) => ({ operation, connections, contender, outcomes }));
}

/** Starts the contenders at once: each of them reads a database, or nothing. */
async function startAll(
  processes: Processes,
  seedFile: string,
  { name, hasTransactions }: { name: string; hasTransactions: boolean },
): Promise<Servers> {
  const copy = (contender: string): string => {
    const file = join(processes.folder, `${contender}-${name}.db`);
    copyFileSync(seedFile, file);
    return `file:${file}`;
  };
  const [seatline, bareRoute, transactions] = await Promise.all([
    processes.start('seatline', SERVICE, {
      DATABASE_URL: copy('seatline'),
      DEMO: 'off',
      // All slots are taken, and hardly anyone gets one that comes free: those who wait keep waiting.
      QUEUE_MAX_ACTIVE: String(ACTIVE),
      QUEUE_ADMIT_BATCH: '1',
      QUEUE_ADMIT_INTERVAL_MS: '3600000',
    }),
    processes.start('the bare route', 'bare.ts', {}),
    hasTransactions
      ? processes.start('the transaction per request', 'operations/per-request.ts', {
          DATABASE_URL: copy('transaction'),
        })
      : undefined,
  ]);
  return {
    seatline,
    'bare route': bareRoute,
    ...(transactions === undefined ? {} : { 'transaction per request': transactions }),
  };
}

function outcomesOf(
  measured: readonly Measured[],
  operation: Operation,
  connections: number,
  contender: Contender,
): readonly Outcome[] {
  return (
    measured.find(
      (one) => one.operation === operation && one.connections === connections && one.contender === contender,
    )?.outcomes ?? []
  );
}

function figuresOf(measured: readonly Measured[]): Figure[] {
  return measured
    .filter(({ contender }) => contender !== 'seatline')
    .flatMap(({ operation, connections, contender, outcomes }) => {
      const asked = contender === 'bare route' ? operation.ofBareRoute : operation.ofTransaction;
      const atLeast = asked?.[connections];
      if (atLeast === undefined) return [];
      const subject = outcomesOf(measured, operation, connections, 'seatline');
      const name = `${operation.name} ÷ ${contender}, ${whole(connections)} connections`;
      const driverBusy = busiest([...subject, ...outcomes]);
      return [{ name, spread: ratioOf(subject, outcomes), unit: '', atLeast, driverBusy }];
    });
}

function table(measured: readonly Measured[]): string {
  const titles = new Set(measured.map(titleOf));
  return [...titles]
    .flatMap((title) => {
      const rows = measured.filter((one) => titleOf(one) === title);
      const subject = rows.find(({ contender }) => contender === 'seatline')?.outcomes ?? [];
      return [
        title,
        row(['', 'replies/s (min–max)', 'of it', 'p50 ms', 'p99 ms', 'load']),
        ...rows.map(({ contender, outcomes }) => line(contender, outcomes, subject)),
        '',
      ];
    })
    .join('\n');
}

function titleOf({ operation, connections }: Measured): string {
  return `${operation.name}, ${whole(connections)} connections`;
}

function line(contender: Contender, outcomes: readonly Outcome[], subject: readonly Outcome[]): string {
  if (!outcomes.every(isSound)) return noFigure(contender, outcomes);
  const ratio = contender === 'seatline' ? '' : ratioOf(subject, outcomes).median.toFixed(2);
  const median = (pick: (outcome: Outcome) => number): string =>
    spreadOf(outcomes.map(pick)).median.toFixed(1);
  return row([
    contender,
    writeSpread(spreadOf(outcomes.map(rateOf)), whole),
    ratio,
    median(({ p50Ms }) => p50Ms),
    median(({ p99Ms }) => p99Ms),
    percent(busiest(outcomes)),
  ]);
}
