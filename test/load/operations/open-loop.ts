import type { Figure, Findings } from '../part.ts';
import type { Outcome, Plan } from '../plan.ts';
import type { Processes, Server } from '../processes.ts';
import { ratioOf } from '../rates.ts';
import { spreadOf } from '../spread.ts';
import type { Generator } from './generator.ts';
import { textsOf } from './texts.ts';
import { type Contender, poll, reserve, smallSeatMap } from './trials.ts';

const ROUNDS = 3;
const SECONDS = 2;
const CONNECTIONS = 256;
const POLLS_A_SECOND = 2_000;
const RESERVATIONS_A_SECOND = 5_000;

/**
 * Requests that come at a rate, however long the answers take: latency counts from the time at which a request was to be
 * sent, so that a stall is seen by all who come in it.
 */
export async function measureOpenLoop(
  { processes, generator }: { processes: Processes; generator: Generator },
  servers: Readonly<Record<Contender, Server>>,
  peak: number,
): Promise<Findings & { readonly figures: readonly Figure[] }> {
  const { port } = servers.seatline;
  let asked = 0;
  const reservations = (requestsPerSecond: number, seconds = SECONDS): Plan => ({
    port,
    connections: CONNECTIONS,
    warmUpSeconds: 0.5,
    seconds,
    requestsPerSecond: Math.round(requestsPerSecond),
    load: reserve.load,
    asked,
  });
  const reserved: Outcome[] = [];
  const polled: Outcome[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const reserving = processes.drive(reservations(peak / 2));
    const polling = processes.drive({
      ...reservations(POLLS_A_SECOND),
      connections: 64,
      load: poll.load,
      asked: 0,
    });
    const outcome = await reserving;
    asked = outcome.asked;
    reserved.push(outcome);
    polled.push(await polling);
  }
  const maps: Record<'seatline' | 'bare route', Outcome[]> = { seatline: [], 'bare route': [] };
  const beside: Outcome[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Both are measured while the service has these to do: they take the same from the machine.
    for (const contender of ['seatline', 'bare route'] as const) {
      const load = processes.begin(reservations(RESERVATIONS_A_SECOND, 60));
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
  const p99 = (name: string, outcomes: readonly Outcome[], atMost: number): Figure => ({
    name,
    spread: spreadOf(outcomes.map(({ p99Ms }) => p99Ms)),
    unit: 'ms',
    atMost,
  });
  return {
    text: `Open loop: ${Math.round(peak / 2)} reservations/s, ${POLLS_A_SECOND} polls/s beside them.\n`,
    outcomes: [...reserved, ...polled, ...beside, ...maps.seatline, ...maps['bare route']],
    figures: [
      p99('p99 of reserve at half of peak', reserved, 10),
      p99('p99 of status poll while reserving at half of peak', polled, 5),
      {
        name: `${smallSeatMap.name} ÷ bare route, while ${RESERVATIONS_A_SECOND} reservations/s commit`,
        spread: ratioOf(maps.seatline, maps['bare route']),
        unit: '',
        atLeast: 0.7,
      },
    ],
  };
}
