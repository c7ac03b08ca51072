import { machine as architecture, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Figure, Findings, Plot } from './part.ts';
import { busiest } from './rates.ts';
import { isSound, percent } from './report.ts';

/** What a run leaves behind. */
export const RESULTS_FILE = pathOf('results.json');
export const REPORT_FILE = pathOf('report.html');

/** What `bench/results.json` holds: one run of the bench, also when a figure was missed or a request failed. */
export interface Results {
  /** When the run began, in UTC, as `2026-07-01T10:00:00.000Z`. */
  readonly startedAt: string;
  readonly seconds: number;
  /** The commit of the source, with `-dirty` when it was changed since; absent where that cannot be told. */
  readonly commit?: string;
  readonly machine: Machine;
  readonly parts: readonly PartResults[];
}

export interface Machine {
  /** The model, as the system tells it. */
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly os: string;
  /** The version of Bun. */
  readonly bun: string;
}

export interface PartResults {
  readonly name: string;
  readonly title: string;
  /** What the part says itself. */
  readonly text: string;
  /** Whether every request was answered as it should be. */
  readonly isSound: boolean;
  /** How much of one core the driver used at most; near 1, it measured itself. */
  readonly driverBusy: number;
  /** A number in them that could not be measured is `null` in the file, and NaN when it is read. */
  readonly figures: readonly Figure[];
  readonly plots: readonly Plot[];
}

export function resultsOf(
  { name, title }: Pick<PartResults, 'name' | 'title'>,
  { text, outcomes, figures = [], plots = [] }: Findings,
): PartResults {
  return {
    name,
    title,
    text,
    isSound: outcomes.every(isSound),
    driverBusy: busiest(outcomes),
    figures,
    plots,
  };
}

export async function writeResults(file: string, results: Results): Promise<void> {
  await Bun.write(file, `${JSON.stringify(results, null, 2)}\n`);
}

export async function readResults(file: string): Promise<Results> {
  return JSON.parse(await Bun.file(file).text(), (_, value) => value ?? Number.NaN);
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    // As `6.1`: what a vendor adds to it says nothing.
    os: `${type()} ${/^\d+\.\d+/.exec(release())?.[0] ?? release()} ${architecture()}`,
    bun: Bun.version,
  };
}

/** The commit that is checked out, where there is a checkout and git. */
export async function checkedOut(): Promise<Pick<Results, 'commit'>> {
  const git = Bun.which('git');
  if (git === null) return {};
  const describe = Bun.spawn([git, 'describe', '--always', '--dirty', '--exclude=*'], {
    cwd: import.meta.dir,
    stdout: 'pipe',
    stderr: 'ignore',
  });
  const commit = (await new Response(describe.stdout).text()).trim();
  return (await describe.exited) === 0 ? { commit } : {};
}

/** As `2 cores of AMD EPYC 7B13, 8 GB, Linux 6.1 x86_64, Bun 1.4.5`. */
export function describeMachine({ cpu, cores, memoryBytes, os, bun }: Machine): string {
  return `${cores} cores of ${cpu}, ${Math.round(memoryBytes / 2 ** 30)} GB, ${os}, Bun ${bun}`;
}

/** As `2026-07-01, at commit 0123abc`. */
export function describeRun({ startedAt, commit }: Results): string {
  const [day = ''] = startedAt.split('T');
  return commit === undefined ? day : `${day}, at commit ${commit}`;
}

/** The most that the driver used of a core in any of the parts, as `85 %`. */
export function writeDriverBusy(parts: readonly PartResults[]): string {
  return percent(busiest(parts));
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../bench/${file}`, import.meta.url));
}
