import { measureAudit } from './audit/audit.ts';
import { alignColumns, FIGURE_HEADINGS, figureRow, tally } from './figures.ts';
import { measureGrowth } from './growth/growth.ts';
import { LineDatabases } from './line/databases.ts';
import { measureLine } from './line/line.ts';
import { measureLineMemory } from './line/memory.ts';
import { measureLogging } from './logging/logging.ts';
import { measureOnSale } from './on-sale/on-sale.ts';
import { measureAllOperations, measureOperations } from './operations/operations.ts';
import { measureOverload } from './overload/overload.ts';
import { writePage } from './page.ts';
import type { Part } from './part.ts';
import { Processes } from './processes.ts';
import { Progress } from './progress.ts';
import {
  checkedOut,
  type PartResults,
  REPORT_FILE,
  RESULTS_FILE,
  type Results,
  resultsOf,
  thisMachine,
  writeDriverBusy,
  writeResults,
} from './results.ts';
import { measureDemo } from './sale/demo.ts';
import { measureScaleOut } from './scale-out/scale-out.ts';
import { measureSlowStore } from './slow-store/slow-store.ts';
import { measureSpacing } from './spacing/spacing.ts';
import { measureStalls } from './stalls/stalls.ts';
import { measureStreams } from './streams/streams.ts';

/**
 * How fast is the service, beside what its framework alone can do on the same machine in the same minute? The ratios
 * are what counts, as the rates say more about the machine. A ratio that is missed is told and is no failure, since
 * machines are noisy; a request that fails is one.
 *
 * It measures the parts that its arguments name, or else those of the default run, and leaves what it found in the
 * folder `bench`, as `results.json` and as a page, `report.html`.
 */

const parts: Readonly<Record<string, { readonly title: string; readonly measure: Part }>> = {
  operations: { title: 'Single operations', measure: measureOperations },
  'on-sale': { title: 'The on-sale', measure: measureOnSale },
  growth: { title: 'More schedules, a longer line, more reservations', measure: measureGrowth },
  'slow-store': { title: 'A database that is far away', measure: measureSlowStore },
  'all-operations': {
    title: 'Single operations at each number of connections',
    measure: measureAllOperations,
  },
  demo: { title: 'The memory of a small sale', measure: measureDemo },
  line: { title: 'The line at a million: polls, joining, start', measure: measureLine },
  memory: { title: 'The memory of a line', measure: measureLineMemory },
  stalls: { title: 'Stalls of the event loop', measure: measureStalls },
  spacing: { title: 'When clients are told to ask again, simulated', measure: measureSpacing },
  'scale-out': { title: 'A coordinator for each concert, simulated', measure: measureScaleOut },
  overload: { title: 'More than can be carried', measure: measureOverload },
  streams: { title: 'Streams of the status', measure: measureStreams },
  logging: { title: 'What the log costs', measure: measureLogging },
  audit: { title: 'An audit of a million reservations', measure: measureAudit },
};

/** What is measured when no part is named: under five minutes. */
const defaults: readonly string[] = ['operations', 'on-sale', 'growth', 'slow-store'];

const names = process.argv.length > 2 ? process.argv.slice(2) : defaults;
const progress = new Progress(process.stderr, () => performance.now());
const processes = new Processes((line) => progress.tell(line));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    processes.clear();
    progress.end();
    process.exit(1);
  });
}
try {
  process.exitCode = (await bench()) ? 0 : 1;
} finally {
  await processes.end();
  progress.end();
}

/** Measures, prints and writes. Tells whether every request was answered as it should be. */
async function bench(): Promise<boolean> {
  const unknown = names.filter((name) => parts[name] === undefined);
  if (unknown.length > 0) {
    console.error(`no part of the bench: ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}`);
    return false;
  }
  const startedAt = new Date();
  const measured: PartResults[] = [];
  try {
    for await (const part of measureParts()) measured.push(part);
  } finally {
    progress.end();
    // Also when a part could not be measured: what the others took minutes for is not lost.
    print(measured);
  }
  const results: Results = {
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    ...(await checkedOut()),
    machine: thisMachine(),
    parts: measured,
  };
  await writeResults(RESULTS_FILE, results);
  await Bun.write(REPORT_FILE, writePage(results));
  console.log(`All of it, with plots: ${REPORT_FILE}`);
  return measured.every(({ isSound }) => isSound);
}

async function* measureParts(): AsyncGenerator<PartResults> {
  const databases = new LineDatabases(processes.folder);
  const step = (done: number, next: string): void => progress.step(done, next);
  for (const [index, name] of names.entries()) {
    const part = parts[name];
    if (part === undefined) continue;
    progress.begin(name, index + 1, names.length);
    const findings = await part.measure({ processes, databases, progress: step });
    yield resultsOf({ name, title: part.title }, findings);
  }
}

function print(measured: readonly PartResults[]): void {
  const figures = measured.flatMap((part) => part.figures);
  if (figures.length > 0) {
    const rows = [FIGURE_HEADINGS, ...figures.map(figureRow)];
    console.log(`${alignColumns(rows, '  ').join('\n')}\n\n${tally(figures)}`);
  }
  for (const { name, title, text } of measured) console.log(`\n=== ${name}: ${title} ===\n\n${text}`);
  console.log(`The driver used up to ${writeDriverBusy(measured)} of a core.`);
}
