import type { Bench, Findings } from '../part.ts';
import type { Outcome } from '../plan.ts';
import { decimals, isSound, noFigure, remark, verdict, whole, writeSpread } from '../report.ts';
import { spreadOf } from '../spread.ts';
import { startMonitored } from './monitored.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { type Watched, watch } from './watch.ts';

const REPEATS = 3;
const STALL_MS_MAX = 50;

/** How long the event loop of the service stands still at most, while much happens to the line at once. */
export async function measureStalls(bench: Bench): Promise<Findings> {
  const idle = await startMonitored(bench.processes, 'an idle process', 'bare.ts', {});
  const texts: string[] = [];
  const outcomes: Outcome[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    const runs: Watched[] = [];
    for (let number = 1; number <= REPEATS; number++) {
      const done = (index + (number - 1) / REPEATS) / scenarios.length;
      bench.progress(done, `${scenario.name}, ${number} of ${REPEATS}`);
      runs.push(await watch(bench, scenario, idle));
    }
    texts.push(report(scenario, runs));
    outcomes.push(...runs.map(({ polls }) => polls));
  }
  await idle.stop();
  const heading = `The longest stall of the event loop in each of ${REPEATS} runs: the median, and the lowest and the highest.\n`;
  return { text: [heading, ...texts].join('\n'), outcomes };
}

function report({ name }: Scenario, runs: readonly Watched[]): string {
  const stall = spreadOf(runs.map(({ stallMs }) => stallMs));
  const idle = spreadOf(runs.map(({ idleMs }) => idleMs));
  const polls = runs.map((run) => run.polls);
  const most = (values: readonly number[]): number => spreadOf(values).max;
  const write = decimals(1);
  return [
    name,
    polls.every(isSound)
      ? verdict(
          stall.median < STALL_MS_MAX,
          `${writeSpread(stall, write)} ms, required under ${STALL_MS_MAX}`,
        )
      : noFigure('seatline', polls),
    remark(`${writeSpread(idle, write)} ms in an idle process at the same time`),
    remark(
      `${writeSpread(spreadOf(runs.map(({ moved }) => moved)), whole)} tokens in ${writeSpread(spreadOf(runs.map(({ seconds }) => seconds)), write)} s`,
    ),
    remark(
      `polls meanwhile: p99 ${write(most(polls.map(({ p99Ms }) => p99Ms)))} ms, max ${write(most(polls.map(({ maxMs }) => maxMs)))} ms in the worst run`,
    ),
    '',
  ].join('\n');
}
