import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from '../plan.ts';

/** One closed loop: each connection asks for the next of the texts when its answer is there. */
export interface Shot {
  readonly port: number;
  readonly connections: number;
  /** Whole ones. */
  readonly seconds: number;
  /** The requests as they are sent, in order, and then over again. */
  readonly texts: readonly string[];
  /** The status that is an answer besides 200. */
  readonly expected: number;
}

/** A load generator that others know and keep. */
export interface Generator {
  readonly name: string;
  shoot(shot: Shot): Promise<Outcome>;
}

/** What either generator tells with its last line. */
interface Told {
  readonly replies: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly asked: number;
  readonly refused: number;
  readonly unexpected: number;
  readonly broken: number;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** wrk where it is installed, as it leaves the most of the machine to what is measured; otherwise autocannon. */
export function generatorIn(folder: string): Generator {
  const wrk = Bun.which('wrk');
  return wrk === null
    ? { name: 'autocannon', shoot: cannon }
    : { name: 'wrk', shoot: (shot) => shootWith(wrk, folder, shot) };
}

async function shootWith(wrk: string, folder: string, shot: Shot): Promise<Outcome> {
  const { port, connections, seconds, texts, expected } = shot;
  const file = join(folder, 'requests.txt');
  await Bun.write(file, texts.map((text) => `${text.length} ${text}`).join('\n'));
  const options = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}s`, '-s', here('wrk.lua')];
  return outcomeOf(shot, [wrk, ...options, `http://127.0.0.1:${port}`, '--', file, `${expected}`]);
}

function cannon(shot: Shot): Promise<Outcome> {
  return outcomeOf(shot, [process.execPath, here('cannon.ts')], new Blob([JSON.stringify(shot)]));
}

async function outcomeOf(
  { expected }: Shot,
  command: string[],
  stdin: Blob | 'ignore' = 'ignore',
): Promise<Outcome> {
  const startedAt = performance.now();
  const child = Bun.spawn(command, { stdin, stdout: 'pipe', stderr: 'inherit' });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`the load generator failed: ${text}`);
  const busyMs = Number(child.resourceUsage()?.cpuTime.total ?? 0n) / 1000;
  const told: Told = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '');
  const { replies, seconds, p50Ms, p99Ms, maxMs, asked } = told;
  const failures = {
    'another status': expected === 200 ? told.refused : told.unexpected,
    'no answer': told.broken,
  };
  return {
    replies,
    seconds,
    failures: Object.fromEntries(Object.entries(failures).filter(([, times]) => times > 0)),
    p50Ms,
    p99Ms,
    maxMs,
    asked,
    driverBusy: busyMs / (performance.now() - startedAt),
  };
}
