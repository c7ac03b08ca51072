import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BatchReport } from '../coordinator/batch-report.ts';
import type { Work } from '../coordinator/work.ts';
import type { World } from '../coordinator/world.ts';
import type { Log } from '../deps.ts';
import { REASONS } from '../http/errors.ts';
import type { Reason } from '../refusal.ts';
import { RequestDurations } from './request-durations.ts';

const BATCH_COMMANDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];
const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const DELAY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
/** How often it is looked how late the event loop comes. */
const DELAY_LOOK_MS = 20;

/** What the coordinator never hears of: a zero would say that it does not happen. */
const REFUSED_BEFORE: readonly Reason[] = [
  'unauthorized',
  'forbidden',
  'too many requests',
  'too many streams',
];

/** What the metrics look at when they are asked for. */
export interface Measured {
  readonly world: World;
  readonly coordinator: { readonly mailboxDepth: number };
  /** In bytes. */
  readonly databaseSize: () => Promise<number>;
}

/** What is counted and measured of the service, for Prometheus. What has not happened is there, and zero. */
export class Metrics {
  readonly requests = new RequestDurations();
  private readonly registry = new Registry();
  private readonly registers = [this.registry];
  private measured: Measured | undefined;

  private readonly holds = this.counter('seatline_holds_total', 'Reservations that were made.');
  private readonly expiries = this.counter('seatline_hold_expiries_total', 'Holds that ended unpaid.');
  private readonly sales = this.counter('seatline_sales_total', 'Reservations that were paid.');
  private readonly refunds = this.counter('seatline_refunds_total', 'Reservations whose money was returned.');
  private readonly failedBatches = this.counter(
    'seatline_batch_failures_total',
    'Batches and sweeps that failed.',
  );
  private readonly refusals = new Counter({
    name: 'seatline_refusals_total',
    help: 'What the coordinator refused, by the reason that the client reads.',
    labelNames: ['reason'] as const,
    registers: this.registers,
  });
  private readonly batchCommands = this.histogram(
    'seatline_batch_commands',
    'How many commands were decided together.',
    BATCH_COMMANDS,
  );
  private readonly commits = this.histogram(
    'seatline_commit_duration_seconds',
    'How long the transaction of a batch or a sweep took, to the disk.',
    COMMIT_SECONDS,
  );
  private readonly delays = this.histogram(
    'seatline_event_loop_delay_seconds',
    `How late a timer was that is set every ${DELAY_LOOK_MS} ms.`,
    DELAY_SECONDS,
  );

  constructor(private readonly log: Pick<Log, 'error'>) {
    for (const reason of REASONS) {
      if (!REFUSED_BEFORE.includes(reason)) this.refusals.inc({ reason }, 0);
    }
    this.gauge('seatline_mailbox_commands', 'Commands that wait to be carried out.', ({ coordinator }) => {
      return coordinator.mailboxDepth;
    });
    this.gauge('seatline_waiting_users', 'Users who wait in the line.', ({ world }) => {
      return world.line.waitingCount;
    });
    this.gauge('seatline_active_users', 'Users who have been admitted.', ({ world }) => {
      return world.line.activeCount;
    });
    this.gauge('seatline_database_size_bytes', 'The pages of the database.', ({ databaseSize }) => {
      return databaseSize();
    });
    this.total('seatline_admissions_total', 'Users admitted since the database was made.', 'admittedTotal');
    this.total('seatline_lapses_total', 'Tokens that ran out since the database was made.', 'lapsedTotal');
  }

  /** From now on there is something to look at. */
  open(measured: Measured): void {
    this.measured = measured;
  }

  /** In the text format of Prometheus. */
  async text(): Promise<string> {
    return `${await this.registry.metrics()}\n${this.requests.text()}`;
  }

  /** Takes what a batch has committed. */
  committed(work: Pick<Work, 'reservations' | 'payments'>): void {
    for (const { before, after } of work.reservations.values()) {
      if (before === null) this.holds.inc();
      if (after.status === 'EXPIRED') this.expiries.inc();
      if (after.status === 'REFUNDED') this.refunds.inc();
    }
    this.sales.inc(work.payments.size);
  }

  observeBatch({ commands, decidedAt, committedAt, hasFailed }: BatchReport): void {
    if (hasFailed) this.failedBatches.inc();
    if (commands > 0) this.batchCommands.observe(commands);
    if (decidedAt !== null && committedAt !== null) this.commits.observe((committedAt - decidedAt) / 1000);
  }

  refused(reason: Reason): void {
    this.refusals.inc({ reason });
  }

  /** Looks at the event loop, until what it returns is called. */
  watchEventLoop(stopwatch: () => number): () => void {
    let dueAt = stopwatch() + DELAY_LOOK_MS;
    const timer = setInterval(() => {
      const now = stopwatch();
      this.delays.observe(Math.max(0, now - dueAt) / 1000);
      dueAt = now + DELAY_LOOK_MS;
    }, DELAY_LOOK_MS);
    return () => clearInterval(timer);
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: this.registers });
  }

  /** What the tables keep a count of; what has been committed has been counted. */
  private total(name: string, help: string, counter: 'admittedTotal' | 'lapsedTotal'): void {
    const value = (): number => this.measured?.world.counters[counter] ?? 0;
    new Counter({
      name,
      help,
      registers: this.registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: this.registers });
  }

  /** Without a value before there is something to look at, and when it cannot be told. */
  private gauge(name: string, help: string, look: (measured: Measured) => number | Promise<number>): void {
    const value = async (): Promise<number | undefined> => {
      try {
        return this.measured && (await look(this.measured));
      } catch (cause) {
        this.log.error(`${name} cannot be told`, cause);
        return undefined;
      }
    };
    new Gauge({
      name,
      help,
      registers: this.registers,
      async collect() {
        const known = await value();
        if (known === undefined) this.remove();
        else this.set(known);
      },
    });
  }
}
