import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Findings } from '../part.ts';
import type { Load, Outcome, Overload } from '../plan.ts';
import { type Processes, SERVICE, type Server } from '../processes.ts';
import { rateOf } from '../rates.ts';
import { decimals, isSound, noFigure, remark, verdict, whole, writeSpread } from '../report.ts';
import { MB } from '../resident.ts';
import { ACTIVE, active, sale, seed, waiting } from '../sale/seed.ts';
import { spreadOf } from '../spread.ts';
import { settleDisk } from '../trial.ts';
import { watchMemory } from './memory.ts';

const ROUNDS = 5;
const TIMES_THE_PEAK = 3;
const PEAK_SHARE_MIN = 0.8;
/** What the last third of an overload may take of memory, in times of the first third. */
const MEMORY_RATIO_MAX = 1.1;

/** Each sends again when it has its answer. With more of them than the sale has, the batches are nearly as large as ever. */
const PEAK = { connections: 1_024, warmUpSeconds: 1.5, seconds: 1.5 };
/**
 * Half as many again as the mailbox takes, so that the others are refused, all the time: they ask again when they are
 * due, whatever `Retry-After` says. All of it must not sell the hall out, however fast the machine is.
 */
const OVERLOAD = { connections: 15_000, warmUpSeconds: 1.5, seconds: 3, isOverload: true };
/** Long, after the seconds in which the garbage of so many at once has found its level: it is collected every ten or so. */
const LONG_OVERLOAD = { ...OVERLOAD, warmUpSeconds: 12, seconds: 45, asked: 0 };
/** Some who wait in line look at their place meanwhile. */
const POLLS = { connections: 50, requestsPerSecond: 100, warmUpSeconds: 0, seconds: 60, asked: 0 };

interface Round {
  readonly before: Outcome;
  readonly during: Outcome;
  readonly after: Outcome;
  readonly polls: Outcome;
}

interface Memory {
  /** The least bytes in memory during the first third of the overload, and during the last one. */
  readonly first: number;
  readonly last: number;
  readonly outcome: Outcome;
}

/**
 * What is left of the peak when reservations are asked for at three times its rate. The load is open: who asks when
 * stands on a schedule that no answer changes. But a client is one connection with one request at a time, as people
 * are, so whoever still waits for an answer lets its turn go.
 */
export async function measureOverload({ processes, progress }: Bench): Promise<Findings> {
  const seedFile = join(processes.folder, 'overload-seed.db');
  await seed(`file:${seedFile}`, Date.now());
  /** Each starts anew, from the same database. */
  const start = (name: string): Promise<Server> => {
    const file = join(processes.folder, `overload-${name}.db`);
    copyFileSync(seedFile, file);
    return processes.start('seatline', SERVICE, {
      DATABASE_URL: `file:${file}`,
      DEMO: 'off',
      // All slots are taken, so those who wait keep waiting.
      QUEUE_MAX_ACTIVE: String(ACTIVE),
    });
  };
  const rounds: Round[] = [];
  for (let number = 1; number <= ROUNDS; number++) {
    progress((number - 1) / (ROUNDS + 1), `round ${number} of ${ROUNDS}`);
    rounds.push(await playRound(processes, await start(String(number))));
  }
  progress(ROUNDS / (ROUNDS + 1), 'memory');
  const peak = spreadOf(rounds.map(({ before }) => rateOf(before))).median;
  const memory = await measureMemory(processes, await start('memory'), TIMES_THE_PEAK * peak);
  return {
    text: [report(rounds), reportMemory(memory)].join('\n'),
    outcomes: [...rounds.flatMap(outcomesOf), memory.outcome],
  };
}

/** The peak is measured on both sides of the overload: the second one tells as well whether the service recovers. */
async function playRound(processes: Processes, service: Server): Promise<Round> {
  const { port } = service;
  const load: Load = { kind: 'reserve', sale, callers: active };
  await settleDisk();
  const before = await processes.drive({ ...PEAK, port, load, asked: 0 });
  await settleDisk();
  const requestsPerSecond = TIMES_THE_PEAK * rateOf(before);
  const polls = processes.begin({ ...POLLS, port, load: pollsOfWaiting() });
  const during = await processes.drive({ ...OVERLOAD, port, requestsPerSecond, load, asked: before.asked });
  polls.stop();
  const after = await processes.drive({ ...PEAK, warmUpSeconds: 0, port, load, asked: during.asked });
  const round = { before, during, after, polls: await polls.outcome };
  await service.stop();
  return round;
}

/** Reservations stay in memory, as holds. So what the overload itself takes is looked at where nothing else is kept. */
async function measureMemory(
  processes: Processes,
  service: Server,
  requestsPerSecond: number,
): Promise<Memory> {
  const users = { firstUserId: 1, count: ACTIVE };
  const watch = watchMemory(service.pid);
  const outcome = await processes.drive({
    ...LONG_OVERLOAD,
    port: service.port,
    requestsPerSecond,
    load: { kind: 'recharge', users },
  });
  const thirds = watch.thirds(LONG_OVERLOAD.seconds);
  await service.stop();
  return { ...thirds, outcome };
}

function pollsOfWaiting(): Load {
  const requests = waiting.map(({ userId, tokenId }) => ({
    path: `/v1/queue-status/users/${userId}`,
    tokenId,
  }));
  return { kind: 'get', requests };
}

function outcomesOf({ before, during, after, polls }: Round): Outcome[] {
  return [before, during, after, polls];
}

function report(rounds: readonly Round[]): string {
  const heading =
    `reservations at ${TIMES_THE_PEAK} times the peak, ${whole(OVERLOAD.connections)} connections, ` +
    `the median of ${ROUNDS} rounds, and the lowest and the highest`;
  const outcomes = rounds.flatMap(outcomesOf);
  if (!outcomes.every(isSound)) return [heading, noFigure('seatline', outcomes), ''].join('\n');
  const spread = (pick: (round: Round) => number, write: (value: number) => string): string =>
    writeSpread(spreadOf(rounds.map(pick)), write);
  const share = spreadOf(rounds.map(({ before, during, after }) => rateOf(during) / middle(before, after)));
  const overload = (what: keyof Overload) => (round: Round) => round.during.overload?.[what] ?? Number.NaN;
  const perSecond = (what: 'refused' | 'missed') => (round: Round) =>
    overload(what)(round) / round.during.seconds;
  const ms = decimals(0);
  return [
    heading,
    verdict(
      share.median >= PEAK_SHARE_MIN,
      `${writeSpread(share, decimals(2))} of the peak in successes, required ${PEAK_SHARE_MIN}`,
    ),
    remark(`peak: ${spread(({ before }) => rateOf(before), whole)} successes/s`),
    remark(`then: ${spread(({ during }) => rateOf(during), whole)} successes/s, the rest as follows`),
    remark(`      ${spread(perSecond('refused'), whole)} refused/s`),
    remark(
      `      ${spread(perSecond('missed'), whole)} not sent/s, as the client still waited for its answer`,
    ),
    remark(`peak afterwards, at once: ${spread(({ after }) => rateOf(after), whole)} successes/s`),
    remark(
      `a success took p50 ${spread(({ during }) => during.p50Ms, ms)} ms, p99 ${spread(({ during }) => during.p99Ms, ms)} ms`,
    ),
    remark(
      `a refusal took p50 ${spread(overload('refusedP50Ms'), ms)} ms, p99 ${spread(overload('refusedP99Ms'), ms)} ms`,
    ),
    remark(
      `a poll beside them p50 ${spread(({ polls }) => polls.p50Ms, ms)} ms, p99 ${spread(({ polls }) => polls.p99Ms, ms)} ms`,
    ),
    '',
  ].join('\n');
}

function reportMemory({ first, last, outcome }: Memory): string {
  const heading = `resident memory while recharges are asked for at ${TIMES_THE_PEAK} times the peak`;
  if (!isSound(outcome)) return [heading, noFigure('seatline', [outcome]), ''].join('\n');
  const growth = last / first;
  return [
    heading,
    verdict(
      growth <= MEMORY_RATIO_MAX,
      `${growth.toFixed(2)} times as much in the last third of ${LONG_OVERLOAD.seconds} s as in the first one, required ${MEMORY_RATIO_MAX} at most`,
    ),
    remark(`${whole(first / MB)} MB, and at last ${whole(last / MB)} MB`),
    '',
  ].join('\n');
}

function middle(before: Outcome, after: Outcome): number {
  return (rateOf(before) + rateOf(after)) / 2;
}
