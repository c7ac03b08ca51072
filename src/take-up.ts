import type { Catalogue } from './concerts/catalogue.ts';
import type { Config } from './config.ts';
import type { BatchReport } from './coordinator/batch-report.ts';
import { PART_LIMITS } from './coordinator/chores.ts';
import type { Command } from './coordinator/commands.ts';
import { Coordinator } from './coordinator/coordinator.ts';
import { recover } from './coordinator/recover.ts';
import type { Work } from './coordinator/work.ts';
import type { Host } from './deps.ts';
import type { ConcertId } from './ids.ts';
import type { Metrics } from './metrics/metrics.ts';
import { committer } from './store/commit.ts';
import type { Database, DatabaseLost } from './store/database.ts';
import { loadDemo } from './store/demo.ts';
import { Epoch } from './store/epoch.ts';
import { loader } from './store/load.ts';
import { onceMore } from './store/once-more.ts';

export interface TakeUpDeps {
  readonly config: Pick<Config, 'demo' | 'limits' | 'policy'>;
  readonly host: Pick<Host, 'clock' | 'random' | 'alarm' | 'timer' | 'stopwatch' | 'log'>;
  readonly catalogue: Catalogue;
  readonly metrics: Metrics;
  readonly batchMax?: number;
  /** How many bytes the database has. */
  readonly sizeOf: (database: Database) => Promise<number>;
  /** Hears of what a batch has changed, once that is on the disk and in memory. */
  readonly committed?: (work: Work) => void;
  /** Hears of every batch. */
  readonly observe?: (batch: BatchReport, commands: readonly Command[]) => void;
}

/** A coordinator at work on a database. */
export interface AtWork {
  readonly coordinator: Coordinator;
  /** Settles when what is on sale has been published as it was found. */
  readonly published: Promise<void>;
  /** Resolves when it cannot go on. */
  readonly lost: Promise<DatabaseLost>;
}

/** Takes up what a database holds: from here on, no coordinator that came before can commit. */
export async function takeUp(
  database: Database,
  { config, host, catalogue, metrics, sizeOf, batchMax, committed, observe }: TakeUpDeps,
): Promise<AtWork> {
  if (config.demo) await onceMore(() => loadDemo(database, host.clock.now()));
  const { epoch, counters } = await Epoch.open(database, host.random.id());
  const load = loader(database, pause);
  const [world] = await Promise.all([
    recover(load, config.policy, counters, host.clock, pause),
    database.check(),
  ]);
  const publish = (concertIds: Iterable<ConcertId>): Promise<void> =>
    catalogue.publish(concertIds, world.concerts, world.schedules.values());
  const published = publish(world.concerts.keys());
  const publishChanges = (work: Work): void => {
    const concertIds = new Set(work.concerts.keys());
    for (const { after } of work.schedules.values()) {
      if (after.layout === null) concertIds.add(after.concertId);
    }
    if (concertIds.size === 0) return;
    publish(concertIds).catch((cause) => host.log.error('what is on sale could not be published', cause));
  };
  const { promise: lost, resolve } = Promise.withResolvers<DatabaseLost>();
  const coordinator = new Coordinator({
    ...host,
    world,
    load,
    commit: committer(database, epoch),
    writeBack: database.writeBack,
    epoch,
    limits: config.limits,
    partLimits: PART_LIMITS,
    ...(batchMax === undefined ? {} : { batchMax }),
    committed(work) {
      metrics.committed(work);
      committed?.(work);
      publishChanges(work);
    },
    lost: resolve,
    defer: (callback) => setImmediate(callback),
    observe(batch, commands) {
      metrics.observeBatch(batch);
      observe?.(batch, commands);
    },
  });
  metrics.open({ world, coordinator, databaseSize: () => sizeOf(database) });
  return { coordinator, published, lost };
}

/** Lets what has come in be read. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
