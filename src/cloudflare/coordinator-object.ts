import { DurableObject } from 'cloudflare:workers';
import { Catalogue } from '../concerts/catalogue.ts';
import { type Config, readConfig, secretsOf } from '../config.ts';
import type { Command, Desk, MaybePromise, ReplyTo } from '../coordinator/commands.ts';
import type { Coordinator as Work } from '../coordinator/coordinator.ts';
import { type Host, systemAlarm, systemClock, systemRandom, systemStopwatch } from '../deps.ts';
import type { ReservationId, UserId } from '../ids.ts';
import { CountedDesk } from '../metrics/counted-desk.ts';
import { Metrics } from '../metrics/metrics.ts';
import type { Result } from '../refusal.ts';
import type { OwnedReservation, ReservationView } from '../reservations/reservation.ts';
import type { Check } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { openDurable } from '../store/durable.ts';
import { takeUp } from '../take-up.ts';
import type { Bindings } from './bindings.ts';
import { consoleLog } from './log.ts';
import { ObjectAlarms } from './object-alarms.ts';
import { PatientKv } from './platform-kv.ts';
import { variablesOf } from './variables.ts';

/** As many reservations of a hundred seats are a megabyte as a parameter, of the two that the platform takes. */
const BATCH_MAX = 500;

/**
 * How often the object is woken as long as anyone waits. The platform drops one that has been idle for ten seconds, and
 * with it who has shown a sign of life when: each start renews every place, and none would ever lapse.
 */
const AWAKE_MS = 5_000;

/** The name of the one coordinator. */
export const COORDINATOR_NAME = 'coordinator';

/** What the coordinator takes from the platform, which calls `rang` when an alarm is due. */
export type CoordinatorHost = Omit<Host, 'requestLog'> & { readonly rang: () => void };

interface Opened {
  readonly coordinator: Work;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly desk: Desk;
  readonly rang: () => void;
  readonly published: Promise<void>;
}

/** How Drizzle's remote driver asks for rows. */
export type ReadMethod = 'run' | 'all' | 'values' | 'get';

/**
 * The coordinator as a Durable Object: a shell around the one that runs in a process elsewhere. What it commits is in the
 * object's own SQLite, and no answer leaves it before that is on the disk.
 */
export class Coordinator extends DurableObject<Bindings> {
  private opened: Opened | undefined;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    // Whoever asks meanwhile waits. When it fails, everyone hears so, and the next one has it tried again.
    void ctx.blockConcurrencyWhile(async () => {
      this.opened = await this.open();
    });
  }

  /** Returns when the database has been taken up, and what is on sale has been published. */
  async takenUp(): Promise<void> {
    await this.work.published;
  }

  submit(command: Command): MaybePromise<Result<ReplyTo<Command>>> {
    return this.work.desk.submit(command);
  }

  reservationsOf(
    userId: UserId,
    page: { before: number; limit: number },
  ): MaybePromise<Result<ReservationView[]>> {
    return this.work.desk.reservationsOf(userId, page);
  }

  reservation(reservationId: ReservationId): MaybePromise<Result<OwnedReservation>> {
    return this.work.desk.reservation(reservationId);
  }

  async audit(): Promise<Check[]> {
    return this.work.database.audit();
  }

  /** The rows that a query of an operator's report finds, each with its values in the order of the columns. */
  async read(query: string, values: unknown[], method: ReadMethod): Promise<{ rows: unknown[] }> {
    const rows = [...this.ctx.storage.sql.exec(query, ...values).raw()];
    return { rows: method === 'get' ? (rows[0] ?? []) : rows };
  }

  /** In the text format of Prometheus. */
  async metricsText(): Promise<string> {
    return this.work.metrics.text();
  }

  override async alarm(): Promise<void> {
    const { coordinator, rang } = this.work;
    rang();
    await coordinator.idle();
  }

  /** What the coordinator takes from the air. */
  protected host(config: Config): CoordinatorHost {
    const log = consoleLog({ ...config, secrets: secretsOf(config) });
    const alarms = new ObjectAlarms(this.ctx.storage, systemClock, log);
    return {
      clock: systemClock,
      random: systemRandom,
      stopwatch: systemStopwatch,
      log,
      alarm: alarms.alarm,
      // Whoever waits for an answer keeps the object awake.
      timer: (ring) => systemAlarm(systemClock, ring),
      rang: () => alarms.rang(),
    };
  }

  /** The object's own SQLite, up to date. */
  protected openDatabase(): Promise<Database> {
    return openDurable(this.ctx.storage);
  }

  private async open(): Promise<Opened> {
    const config = readConfig(variablesOf(this.env));
    const host = this.host(config);
    const metrics = new Metrics(host.log);
    const database = await this.openDatabase();
    const awake = host.alarm(() => void stayAwake());
    const stayAwake = async (): Promise<void> => {
      const line = await coordinator.submit({ kind: 'view-line' });
      const isNeeded = line.ok && line.value.totals.waiting > 0;
      awake.set(isNeeded ? host.clock.now() + AWAKE_MS : null);
    };
    const { coordinator, published, lost } = await takeUp(database, {
      config,
      host,
      catalogue: new Catalogue(new PatientKv(this.env.CATALOGUE)),
      metrics,
      batchMax: BATCH_MAX,
      sizeOf: async () => this.ctx.storage.sql.databaseSize,
      committed({ tokens }) {
        for (const { after } of tokens.values()) {
          if (after.status !== 'WAITING') continue;
          awake.set(host.clock.now() + AWAKE_MS);
          break;
        }
      },
    });
    // Seats can be sold meanwhile, and also when nobody can be told of them.
    published.catch((cause) => host.log.error('what is on sale could not be published', cause));
    await stayAwake();
    // The platform starts the object again, on what its database holds.
    void lost.then(({ message }) => this.ctx.abort(message));
    return {
      coordinator,
      database,
      metrics,
      rang: host.rang,
      published,
      desk: new CountedDesk(coordinator, (reason) => metrics.refused(reason)),
    };
  }

  protected get work(): Opened {
    if (this.opened === undefined) throw new Error('the coordinator has not been opened');
    return this.opened;
  }
}
