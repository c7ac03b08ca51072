import type { Bench, Findings } from '../part.ts';
import { decimals, remark, verdict, writeSpread } from '../report.ts';
import { spreadOf } from '../spread.ts';
import { playTrials, type Sample } from '../trial.ts';
import { figuresOfTrial, reportTrial } from '../trial-report.ts';
import { startLine } from './start.ts';
import { type Contender, trials, waiting } from './trials.ts';

const ROUNDS = 3;
/** Short turns, since it is one process beside another that is compared, and a machine is seldom the same for long. */
const TURNS = { passes: 6, seconds: 0.5 };
const START_SECONDS_MAX = 5;

interface Round {
  readonly samples: readonly Sample<Contender>[];
  /** How long the service took to start, by the length of its line. */
  readonly startSeconds: { readonly long: number; readonly short: number };
}

/** What a line of a million costs those who poll, those who join, and the start. */
export async function measureLine(bench: Bench): Promise<Findings> {
  const rounds: Round[] = [];
  for (let number = 1; number <= ROUNDS; number++) {
    bench.progress((number - 1) / ROUNDS, `round ${number} of ${ROUNDS}`);
    rounds.push(await playRound(bench));
  }
  const samples = rounds.flatMap((round) => round.samples);
  return {
    text: [
      `The median of ${ROUNDS} rounds with ${TURNS.passes} turns each, and the lowest and the highest.\n`,
      ...trials.map((trial) => reportTrial(trial, samples)),
      reportStart(rounds),
    ].join('\n'),
    outcomes: samples.map(({ outcome }) => outcome),
    figures: trials.flatMap((trial) => figuresOfTrial(trial, samples)),
  };
}

/** All contenders start anew, so that the line is as long in each round. */
async function playRound(bench: Bench): Promise<Round> {
  const short = await startLine(bench, waiting['line of 1,000'], 'short');
  const long = await startLine(bench, waiting['line of 1,000,000'], 'long');
  const servers = {
    'line of 1,000': short.server,
    'line of 1,000,000': long.server,
    'bare route': await bench.processes.start('the bare route', 'bare.ts', {}),
  };
  const samples = await playTrials(bench.processes, trials, servers, TURNS);
  for (const server of Object.values(servers)) await server.stop();
  return { samples, startSeconds: { long: long.seconds, short: short.seconds } };
}

function reportStart(rounds: readonly Round[]): string {
  const long = spreadOf(rounds.map(({ startSeconds }) => startSeconds.long));
  const short = spreadOf(rounds.map(({ startSeconds }) => startSeconds.short));
  const write = decimals(2);
  return [
    'from the start of the process until /ready answers 200',
    verdict(
      long.median < START_SECONDS_MAX,
      `${writeSpread(long, write)} s with 1,000,000 waiting, required under ${START_SECONDS_MAX}`,
    ),
    remark(`${writeSpread(short, write)} s with 1,000 waiting`),
    '',
  ].join('\n');
}
