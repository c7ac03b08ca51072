import type { PartLimits } from '../../src/coordinator/chores.ts';
import { Coordinator } from '../../src/coordinator/coordinator.ts';
import type { Limits } from '../../src/coordinator/mailbox.ts';
import type { Policy } from '../../src/coordinator/policy.ts';
import { recover } from '../../src/coordinator/recover.ts';
import { NO_ROWS, type Work } from '../../src/coordinator/work.ts';
import type { Random } from '../../src/deps.ts';
import { committer } from '../../src/store/commit.ts';
import type { DatabaseLost } from '../../src/store/database.ts';
import { Epoch } from '../../src/store/epoch.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { type Loader, loader } from '../../src/store/load.ts';
import { FaultyDatabase } from './faulty-database.ts';
import { type VirtualClock, VirtualHost } from './host.ts';

/**
 * What a commit is, by what was loaded for it: a batch asks for tokens as well, a part of what was begun for no more than
 * reservations, and a sweep for nothing.
 */
export function kindOf(work: Work): 'batch' | 'part' | 'sweep' {
  if (work.rows.tokens !== NO_ROWS.tokens) return 'batch';
  return work.rows !== NO_ROWS || work.newSeats.length > 0 ? 'part' : 'sweep';
}

/** What a batch goes through, as the simulation is told. Sweeps are told apart, since they change nothing that counts. */
export interface Witness {
  /** The batch, or the part of what was begun, is decided, and is going to be committed. */
  decided(process: Process, work: Work): void;
  /** It is committed, and in memory; or it was applied without a commit, as it changed nothing. */
  applied(process: Process, work: Work): void;
  swept(process: Process, work: Work): void;
  complained(process: Process, message: string, cause: unknown): void;
}

export interface ProcessOptions {
  readonly path: string;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly policy: Policy;
  readonly limits: Limits;
  readonly partLimits: PartLimits;
  readonly witness: Witness;
}

/** One process of the service, from its start to its end: the whole coordinator on the real store. */
export class Process {
  private constructor(
    readonly path: string,
    readonly host: VirtualHost,
    readonly database: FaultyDatabase,
    readonly coordinator: Coordinator,
    private readonly loads: { isBroken: boolean },
    private readonly ending: { cause: DatabaseLost | null },
  ) {}

  static async start(options: ProcessOptions): Promise<Process> {
    const { path, clock, random, policy, limits, partLimits, witness } = options;
    const host = new VirtualHost(clock);
    const database = new FaultyDatabase(await openLibsql(`file:${path}`, undefined));
    const { epoch, counters } = await Epoch.open(database, random.id());
    const loads = { isBroken: false };
    const load = breakable(loader(database), loads);
    const world = await recover(load, policy, counters, clock, () => Promise.resolve());
    const commit = committer(database, epoch);
    const ending: { cause: DatabaseLost | null } = { cause: null };
    const coordinator = new Coordinator({
      world,
      load,
      epoch,
      writeBack: () => database.writeBack(),
      limits,
      partLimits,
      clock,
      random,
      alarm: host.alarm,
      defer: host.defer,
      commit: (work) => {
        if (kindOf(work) !== 'sweep') witness.decided(process, work);
        return commit(work);
      },
      committed: (work) => {
        if (kindOf(work) === 'sweep') witness.swept(process, work);
        else witness.applied(process, work);
      },
      lost: (cause) => {
        ending.cause = cause;
      },
      stopwatch: () => clock.now(),
      observe: () => {},
      log: { error: (message, cause) => witness.complained(process, message, cause) },
    });
    const process: Process = new Process(path, host, database, coordinator, loads, ending);
    return process;
  }

  /** Why it has given up, if it has. */
  get end(): DatabaseLost | null {
    return this.ending.cause;
  }

  /** Makes the next batch that needs rows find none. */
  breakLoads(): void {
    this.loads.isBroken = true;
  }
}

function breakable(load: Loader, state: { isBroken: boolean }): Loader {
  const fail = async (): Promise<never> => {
    state.isBroken = false;
    throw new Error('the simulated database cannot be read');
  };
  return {
    ...load,
    accounts: (ids) => (state.isBroken ? fail() : load.accounts(ids)),
    endedTokens: (keys) => (state.isBroken ? fail() : load.endedTokens(keys)),
    pastReservations: (ids) => (state.isBroken ? fail() : load.pastReservations(ids)),
    tokensAfter: (after) => (state.isBroken ? fail() : load.tokensAfter(after)),
    reservationsAfter: (after) => (state.isBroken ? fail() : load.reservationsAfter(after)),
    keptAnswers: (places) => (state.isBroken ? fail() : load.keptAnswers(places)),
  };
}
