import type { Load, Outcome } from '../plan.ts';
import type { Processes, Server } from '../processes.ts';
import { settleDisk } from '../trial.ts';

/** How long the connections of a turn have to come into step. */
const WARM_UP_SECONDS = 0.05;

/** One load, put in turn on servers that differ in a size alone. */
export interface Series {
  readonly name: string;
  readonly connections: number;
  /**
   * The first passes, which are for the compiler of the runtime and for what is made once, are not counted. A server that
   * started later, as one with more in its database does, would otherwise seem to be slower for that.
   */
  readonly passes: { readonly first: number; readonly counted: number };
  /** How long a turn of either kind is at most. */
  readonly seconds: { readonly first: number; readonly counted: number };
  load(size: number, pass: number): Load;
  /** After each pass, for what it leaves behind to be gone. */
  readonly restMs?: number;
}

/** A service, and how much there is in its database of what grows. */
export interface Sized {
  readonly size: number;
  readonly server: Server;
}

/** What the counted passes of a series came to at one size. */
export interface Sizing {
  readonly size: number;
  readonly outcomes: readonly Outcome[];
}

/**
 * Plays the passes of a series. Every second one goes from the largest to the smallest, so that what one turn leaves
 * to the next is borne by all of them.
 */
export async function playSeries(
  processes: Processes,
  { connections, passes, seconds, load, restMs = 0 }: Series,
  servers: readonly Sized[],
): Promise<Sizing[]> {
  const outcomes = new Map<number, Outcome[]>(servers.map(({ size }) => [size, []]));
  for (let pass = 0; pass < passes.first + passes.counted; pass++) {
    for (const { size, server } of pass % 2 === 0 ? servers : servers.toReversed()) {
      const played = outcomes.get(size) ?? [];
      await settleDisk();
      const outcome = await processes.drive({
        port: server.port,
        connections,
        warmUpSeconds: WARM_UP_SECONDS,
        seconds: pass < passes.first ? seconds.first : seconds.counted,
        load: load(size, pass),
        asked: played.at(-1)?.asked ?? 0,
      });
      played.push(outcome);
    }
    await Bun.sleep(restMs);
  }
  return servers.map(({ size }) => ({ size, outcomes: (outcomes.get(size) ?? []).slice(passes.first) }));
}
