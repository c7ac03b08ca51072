import { measureAudit } from './audit/audit.ts';
import { LineDatabases } from './line/databases.ts';
import { measureLine } from './line/line.ts';
import { measureLineMemory } from './line/memory.ts';
import { measureLogging } from './logging/logging.ts';
import { measureOnSale } from './on-sale/on-sale.ts';
import { measureOverload } from './overload/overload.ts';
import type { Findings, Part } from './part.ts';
import { Processes } from './processes.ts';
import { isSound } from './report.ts';
import { measureSale } from './sale/sale.ts';
import { measureSpacing } from './spacing/spacing.ts';
import { measureStalls } from './stalls/stalls.ts';
import { measureStreams } from './streams/streams.ts';

/**
 * How fast is the service, beside what its framework alone can do on the same machine in the same minute? The ratios
 * are what counts, as the rates say more about the machine. A ratio that is missed is told and is no failure, since
 * machines are noisy; a request that fails is one.
 *
 * It measures every part, or those that its arguments name.
 */

const parts: Readonly<Record<string, { readonly title: string; readonly measure: Part }>> = {
  sale: { title: 'A sale', measure: measureSale },
  line: { title: 'The line at a million: polls, joining, start', measure: measureLine },
  memory: { title: 'The memory of a line', measure: measureLineMemory },
  stalls: { title: 'Stalls of the event loop', measure: measureStalls },
  spacing: { title: 'When clients are told to ask again, simulated', measure: measureSpacing },
  'on-sale': { title: 'The on-sale', measure: measureOnSale },
  overload: { title: 'More than can be carried', measure: measureOverload },
  streams: { title: 'Streams of the status', measure: measureStreams },
  logging: { title: 'What the log costs', measure: measureLogging },
  audit: { title: 'An audit of a million reservations', measure: measureAudit },
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const processes = new Processes();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    processes.clear();
    process.exit(1);
  });
}
try {
  process.exitCode = (await bench()) ? 0 : 1;
} finally {
  processes.clear();
}

/** Prints the figures of each part. Tells whether every request was answered as it should be. */
async function bench(): Promise<boolean> {
  const unknown = names.filter((name) => parts[name] === undefined);
  if (unknown.length > 0) {
    console.error(`no part of the bench: ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}`);
    return false;
  }
  const databases = new LineDatabases(processes.folder);
  const all: Findings[] = [];
  for (const name of names) {
    const part = parts[name];
    if (part === undefined) continue;
    const progress = (done: number, next: string): void =>
      console.error(`${name}: ${Math.round(done * 100)} %, ${next}`);
    const findings = await part.measure({ processes, databases, progress });
    console.log(`\n=== ${name}: ${part.title} ===\n\n${findings.text}`);
    all.push(findings);
  }
  const outcomes = all.flatMap((findings) => findings.outcomes);
  const busiest = Math.max(0, ...outcomes.map(({ driverBusy = 0 }) => driverBusy));
  console.log(`The driver used up to ${Math.round(busiest * 100)} % of a core.`);
  return outcomes.every(isSound);
}
