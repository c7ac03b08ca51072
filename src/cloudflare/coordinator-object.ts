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
import { type Bindings, mustBeBound, variablesOf } from './bindings.ts';
import { consoleLog } from './log.ts';
import { ObjectAlarms } from './object-alarms.ts';

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
  async takenUp(): Promise<void> {}

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
    mustBeBound(this.env);
    const config = readConfig(variablesOf(this.env));
    const host = this.host(config);
    const metrics = new Metrics(host.log);
    const database = await this.openDatabase();
    const { coordinator, lost } = await takeUp(database, {
      config,
      host,
      catalogue: new Catalogue(this.env.CATALOGUE),
      metrics,
      sizeOf: async () => this.ctx.storage.sql.databaseSize,
    });
    // The platform starts the object again, on what its database holds.
    void lost.then(({ message }) => this.ctx.abort(message));
    return {
      coordinator,
      database,
      metrics,
      rang: host.rang,
      desk: new CountedDesk(coordinator, (reason) => metrics.refused(reason)),
    };
  }

  protected get work(): Opened {
    if (this.opened === undefined) throw new Error('the coordinator has not been opened');
    return this.opened;
  }
}
