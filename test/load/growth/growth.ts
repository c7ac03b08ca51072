import { call } from '../client.ts';
import type { Bench, Figure, Findings, Plot } from '../part.ts';
import type { Outcome } from '../plan.ts';
import { type Processes, SERVICE } from '../processes.ts';
import { rateOf, ratioOf } from '../rates.ts';
import { decimals, isSound, noFigure, remark, row, verdict, whole, writeSpread } from '../report.ts';
import { type Spread, spreadOf } from '../spread.ts';
import { type Growth, growths } from './growths.ts';
import { playSeries, type Series, type Sized, type Sizing } from './series.ts';

/** What is left of the rate at the smallest size must be this much at the largest. */
const FLAT = 0.85;

/** A series as it was played, from the smallest size to the largest. */
interface Played {
  readonly what: string;
  readonly series: Series;
  readonly sizings: readonly Sizing[];
}

/** Whether the service becomes slower by how much there is: schedules, those who wait, and what is past. */
export async function measureGrowth(bench: Bench): Promise<Findings> {
  const played: Played[] = [];
  const count = growths.reduce((sum, growth) => sum + growth.series.length, 0);
  bench.progress(0, 'databases');
  // To write them takes a core for half a minute, or two of them for half of that.
  const databases = await Promise.all(growths.map((growth) => writeAll(bench.processes, growth)));
  for (const [index, growth] of growths.entries()) {
    const { what } = growth;
    bench.progress(played.length / count, `servers by ${what}`);
    const servers = await startAll(bench.processes, growth, databases[index] ?? []);
    for (const series of growth.series) {
      bench.progress(played.length / count, `${series.name} by ${what}`);
      played.push({ what, series, sizings: await playSeries(bench.processes, series, servers) });
    }
    for (const { server } of servers) await server.stop();
  }
  const sound = played.filter((one) => outcomesOf(one).every(isSound));
  return {
    text: [
      'The median of the turns, and the lowest and the highest. Sizes are compared pass by pass.\n',
      ...played.map(report),
    ].join('\n'),
    outcomes: played.flatMap(outcomesOf),
    figures: sound.map(figure),
    plots: [plot(sound)],
  };
}

/** The URLs of the databases of each size, which a process of its own writes. */
async function writeAll(processes: Processes, { what }: Growth): Promise<string[]> {
  const child = processes.spawn('growth/databases-process.ts', {
    stdin: new Blob([JSON.stringify({ what, folder: processes.folder })]),
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`the databases by ${what} could not be written`);
  return JSON.parse(text);
}

/** They all run side by side, for a machine is seldom the same for long. */
async function startAll(
  processes: Processes,
  { what, sizes, environment }: Growth,
  databases: readonly string[],
): Promise<Sized[]> {
  return Promise.all(
    sizes.map(async (size, index) => {
      const server = await processes.start(`seatline with ${size} ${what}`, SERVICE, {
        ...environment,
        DATABASE_URL: databases[index] ?? '',
        DEMO: 'off',
      });
      await call(server, { method: 'GET', path: '/ready' });
      return { size, server };
    }),
  );
}

function report({ what, series, sizings }: Played): string {
  const outcomes = outcomesOf({ sizings });
  return [
    `${series.name}, ${series.connections} connections`,
    row(['', 'replies/s (min–max)', 'p50 ms', 'p99 ms', 'max ms']),
    ...sizings.map(({ size, outcomes }) => sizeRow(`${what}: ${whole(size)}`, outcomes)),
    ...(outcomes.every(isSound) ? verdicts(sizings) : [noFigure(series.name, outcomes)]),
    '',
  ].join('\n');
}

function sizeRow(size: string, outcomes: readonly Outcome[]): string {
  const median = (pick: (outcome: Outcome) => number) => decimals(1)(spreadOf(outcomes.map(pick)).median);
  return row([
    size,
    writeSpread(spreadOf(outcomes.map(rateOf)), whole),
    median(({ p50Ms }) => p50Ms),
    median(({ p99Ms }) => p99Ms),
    median(({ maxMs }) => maxMs),
  ]);
}

/** What is left at each size. Something is required at the largest. */
function verdicts(sizings: readonly Sizing[]): string[] {
  const [smallest, ...larger] = sizings;
  return larger.map((sizing) => {
    const left = leftAt(sizing, sizings);
    const claim = `${writeSpread(left, decimals(2))} at ${whole(sizing.size)} of what it is at ${whole(smallest?.size ?? 0)}`;
    return sizing === larger.at(-1)
      ? verdict(left.median >= FLAT, `${claim}, required ${FLAT}`)
      : remark(claim);
  });
}

function figure({ what, series, sizings }: Played): Figure {
  const [first, last] = [sizings[0], sizings.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`${series.name} has no sizes`);
  return {
    name: `${series.name}: ${whole(last.size)} ÷ ${whole(first.size)} ${what}`,
    spread: leftAt(last, sizings),
    unit: '',
    atLeast: FLAT,
  };
}

function plot(played: readonly Played[]): Plot {
  return {
    title: 'What is left of the throughput when there is more',
    x: { label: 'how many there are', isLogarithmic: true },
    y: { label: 'replies/s ÷ replies/s at the smallest size' },
    lines: played.map(({ what, series, sizings }) => ({
      name: `${series.name}, by ${what}`,
      points: sizings.map((sizing) => [sizing.size, leftAt(sizing, sizings).median] as const),
    })),
  };
}

/** The rate at a size ÷ the rate at the smallest, pass by pass. */
function leftAt({ outcomes }: Sizing, [smallest]: readonly Sizing[]): Spread {
  return ratioOf(outcomes, smallest?.outcomes ?? []);
}

function outcomesOf({ sizings }: Pick<Played, 'sizings'>): Outcome[] {
  return sizings.flatMap(({ outcomes }) => outcomes);
}
