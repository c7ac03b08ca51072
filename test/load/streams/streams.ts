import { waiters } from '../line/seed.ts';
import type { Bench, Findings } from '../part.ts';
import type { Outcome } from '../plan.ts';
import { SERVICE, type Server } from '../processes.ts';
import { decimals, isSound, noFigure, remark, verdict, whole, writeSpread } from '../report.ts';
import { MB, residentBytes, settledBytes } from '../resident.ts';
import { spreadOf } from '../spread.ts';
import { openStreams } from './audience.ts';
import type { Heard } from './plan.ts';

const ROUNDS = 3;
const STREAMS = 10_000;
const STREAMS_MB_MAX = 200;

const users = waiters(100_000);
/** The line moves each second, so that each stream has something to tell each second. */
const SETTINGS = { QUEUE_ADMIT_BATCH: '10', QUEUE_MAX_ACTIVE: '1000000', QUEUE_STREAMS_MAX: String(STREAMS) };
const POLLS = { connections: 32, requestsPerSecond: 1_000, warmUpSeconds: 0.5, seconds: 2, asked: 0 };

interface Round {
  readonly without: Outcome;
  readonly with: Outcome;
  /** In the place of the streams, their clients poll: as many answers a second as there were events. */
  readonly besidePolls: Outcome;
  readonly heard: Heard;
  readonly eventsPerSecond: number;
  /** What the streams added, garbage and all, right after the polls beside them. */
  readonly addedBytes: number;
}

/** What open streams cost in memory, and what they cost those who poll meanwhile. */
export async function measureStreams({ processes, databases, progress }: Bench): Promise<Findings> {
  const service = await processes.start('seatline', SERVICE, {
    ...SETTINGS,
    DATABASE_URL: await databases.copy(users.count, 'streams'),
    DEMO: 'off',
  });
  const poll = (): Promise<Outcome> =>
    processes.drive({ ...POLLS, port: service.port, load: { kind: 'poll', users } });
  const rounds: Round[] = [];
  for (let number = 1; number <= ROUNDS; number++) {
    progress((number - 1) / ROUNDS, `round ${number} of ${ROUNDS}`);
    rounds.push(await playRound(processes, service, poll));
  }
  await service.stop();
  return {
    text: report(rounds),
    outcomes: rounds.flatMap((round) => [round.without, round.with, round.besidePolls, round.heard]),
  };
}

async function playRound(
  processes: Bench['processes'],
  service: Server,
  poll: () => Promise<Outcome>,
): Promise<Round> {
  const without = await poll();
  const bytesBefore = await settledBytes(service.pid);
  const audience = await openStreams(processes, { port: service.port, users, streams: STREAMS });
  await audience.heard();
  const startedAt = performance.now();
  const outcome = await poll();
  const heard = await audience.heard();
  const eventsPerSecond = (heard.events * 1000) / (performance.now() - startedAt);
  const addedBytes = residentBytes(service.pid) - bytesBefore;
  await audience.close();
  const [besidePolls] = await Promise.all([poll(), pollInstead(processes, service, eventsPerSecond)]);
  return { without, with: outcome, besidePolls, heard, eventsPerSecond, addedBytes };
}

/** Polls as often as there were events, for as long as the others poll and a little longer. */
function pollInstead(processes: Bench['processes'], { port }: Server, perSecond: number): Promise<Outcome> {
  return processes.drive({
    ...POLLS,
    port,
    connections: 256,
    requestsPerSecond: Math.round(perSecond),
    seconds: POLLS.seconds + 1,
    load: { kind: 'poll', users },
  });
}

function report(rounds: readonly Round[]): string {
  const seen = rounds.flatMap((round) => [round.without, round.with, round.besidePolls, round.heard]);
  const heading = `${whole(STREAMS)} open streams, the median of ${ROUNDS} rounds, and the lowest and the highest`;
  if (!seen.every(isSound)) return [heading, noFigure('seatline', seen), ''].join('\n');
  // Later rounds find memory that the service has kept from the first.
  const addedMb = (rounds[0]?.addedBytes ?? Number.NaN) / MB;
  const events = spreadOf(rounds.map(({ eventsPerSecond }) => eventsPerSecond));
  return [
    heading,
    verdict(addedMb < STREAMS_MB_MAX, `${whole(addedMb)} MB more, required under ${STREAMS_MB_MAX}`),
    ...compare(rounds, 'p50', ({ p50Ms }) => p50Ms),
    ...compare(rounds, 'p99', ({ p99Ms }) => p99Ms),
    remark(`${writeSpread(events, whole)} events/s`),
    '',
  ].join('\n');
}

/** The latency of polls beside the streams, beside as many polls instead, and beside nothing, in the same round. */
function compare(rounds: readonly Round[], name: string, latencyOf: (outcome: Outcome) => number): string[] {
  const ratio = spreadOf(rounds.map((round) => latencyOf(round.with) / latencyOf(round.besidePolls)));
  const median = (pick: (round: Round) => Outcome): string =>
    spreadOf(rounds.map((round) => latencyOf(pick(round)))).median.toFixed(2);
  const claim = `${writeSpread(ratio, decimals(2))} times the ${name} of polls when the clients of the streams poll instead`;
  const latencies = [
    `${median((round) => round.with)} ms`,
    `polling instead ${median((round) => round.besidePolls)} ms`,
    `beside nothing ${median((round) => round.without)} ms`,
  ];
  return [verdict(ratio.median <= 1, `${claim}, required 1 at most`), remark(latencies.join(', '))];
}
