import type { Figure, Findings } from '../part.ts';
import type { Outcome, Plan } from '../plan.ts';
import type { Processes } from '../processes.ts';
import { ratioOf } from '../rates.ts';
import { decimals, isSound, noFigure, row, whole, writeSpread } from '../report.ts';
import { spreadOf } from '../spread.ts';
import type { Generator } from './generator.ts';
import { textsOf } from './texts.ts';
import { poll, reserve, type Servers, smallSeatMap } from './trials.ts';

/** Who is asked at a rate: the service, and what of its latencies is not its own. */
const REFERRED = ['seatline', 'bare route'] as const;
type Referred = (typeof REFERRED)[number];

const ROUNDS = 3;
const SECONDS = 1.5;
const CONNECTIONS = 256;
const POLLS_A_SECOND = 2_000;
const RESERVATIONS_A_SECOND = 5_000;

/**
 * Requests that come at a rate, however long the answers take: latency counts from the time at which a request was to be
 * sent, so that a stall is seen by all who come in it.
 */
export async function measureOpenLoop(
  { processes, generator }: { processes: Processes; generator: Generator },
  servers: Servers,
  peak: number,
): Promise<Findings & { readonly figures: readonly Figure[] }> {
  let asked = 0;
  const reservations = (
    { contender = 'seatline', seconds = SECONDS }: { contender?: Referred; seconds?: number },
    requestsPerSecond: number,
  ): Plan => ({
    port: servers[contender].port,
    connections: CONNECTIONS,
    warmUpSeconds: 0.5,
    seconds,
    requestsPerSecond: Math.round(requestsPerSecond),
    load: reserve.load,
    asked,
  });
  const reserved: Record<Referred, Outcome[]> = { seatline: [], 'bare route': [] };
  const polled: Record<Referred, Outcome[]> = { seatline: [], 'bare route': [] };
  for (let round = 0; round < ROUNDS; round++) {
    // What the machine and the load add to a latency, they add to that of the bare route as well.
    for (const contender of REFERRED) {
      const reserving = processes.drive(reservations({ contender }, peak / 2));
      const polling = processes.drive({
        ...reservations({ contender }, POLLS_A_SECOND),
        connections: 64,
        load: poll.load,
        asked: 0,
      });
      const outcome = await reserving;
      if (contender === 'seatline') asked = outcome.asked;
      reserved[contender].push(outcome);
      polled[contender].push(await polling);
    }
  }
  const maps: Record<Referred, Outcome[]> = { seatline: [], 'bare route': [] };
  const beside: Outcome[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Both are measured while the service has these to do: they take the same from the machine.
    for (const contender of REFERRED) {
      const load = processes.begin(reservations({ seconds: 60 }, RESERVATIONS_A_SECOND));
      const shot = { port: servers[contender].port, connections: CONNECTIONS, seconds: 1, expected: 200 };
      maps[contender].push(
        await generator.shoot({ ...shot, texts: textsOf(smallSeatMap, { asked: 0, count: 0 }) }),
      );
      load.stop();
      const outcome = await load.outcome;
      asked = outcome.asked;
      beside.push(outcome);
    }
  }
  return {
    text: [
      `Reservations that come at a rate, ${whole(peak / 2)}/s, and beside them ${whole(POLLS_A_SECOND)} polls/s`,
      row(['', 'p99 ms (min–max)', '', 'p50 ms', 'max ms']),
      ...REFERRED.flatMap((contender) => [
        line(`${contender}: reserve`, reserved[contender]),
        line(`${contender}: poll`, polled[contender]),
      ]),
      '',
    ].join('\n'),
    outcomes: [reserved, polled, maps]
      .flatMap((sides) => REFERRED.flatMap((side) => sides[side]))
      .concat(beside),
    figures: [
      latency('p99 of reserve at half of peak', reserved.seatline, 10),
      latency('p99 of the bare route for reserve, at the same rate', reserved['bare route']),
      latency('p99 of status poll while reserving at half of peak', polled.seatline, 5),
      latency('p99 of the bare route for polls, at the same rate', polled['bare route']),
      {
        name: `${smallSeatMap.name} ÷ bare route, while ${RESERVATIONS_A_SECOND} reservations/s commit`,
        spread: ratioOf(maps.seatline, maps['bare route']),
        unit: '',
        atLeast: 0.7,
      },
    ],
  };
}

/** In milliseconds; no number when a request failed. */
function latency(name: string, outcomes: readonly Outcome[], atMost?: number): Figure {
  const spread = spreadOf(outcomes.every(isSound) ? outcomes.map(({ p99Ms }) => p99Ms) : []);
  return { name, spread, unit: 'ms', ...(atMost === undefined ? {} : { atMost }) };
}

function line(name: string, outcomes: readonly Outcome[]): string {
  if (!outcomes.every(isSound)) return noFigure(name, outcomes);
  const median = (pick: (outcome: Outcome) => number) => decimals(1)(spreadOf(outcomes.map(pick)).median);
  const p99 = writeSpread(spreadOf(outcomes.map(({ p99Ms }) => p99Ms)), decimals(1));
  return row([name, p99, '', median(({ p50Ms }) => p50Ms), median(({ maxMs }) => maxMs)]);
}
