import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { killWhileStarting, ServiceProcess } from '../support/process.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { Book, show } from './book.ts';
import { Client } from './client.ts';
import { compare } from './comparison.ts';
import { Gate } from './gate.ts';
import { live, RECHARGE_MAX } from './journeys.ts';
import { holdUntilWritten } from './moment.ts';
import { readDatabase, readRemains } from './snapshot.ts';
import type { State, Tally } from './tally.ts';

const MAKE = fileURLToPath(new URL('make.ts', import.meta.url));

/** What a process that SIGKILL ended exits with. */
const KILLED = 137;

const CLIENTS = 32;
/** Fewer than there are clients, so that some of them wait. */
const ACTIVE_MAX = 12;

const LOAD_MS_MIN = 20;
const LOAD_MS_MAX = 500;
/** A kill in here is one right after the start. */
const SOON_MS_MAX = 20;
const STOP_MS_MAX = 15;
/** How long it takes at most until the log is written again under load, and how long a commit of it may last. */
const HOLD_MS_MAX = 50;
const COMMIT_MS_MAX = 0.5;
/** The part of a start, as a share of how long the last one took, in which it is killed: before, it has only read code. */
const START_SHARE_MIN = 0.4;
const START_SHARE_MAX = 1.05;
const WAITING_SECONDS = 600;
/** How long the clients may take until all of them have an answer or have lost it. */
const PATIENCE_MS = 15_000;

/** Something that must not be was found. */
export class Broken extends Error {
  constructor(faults: readonly string[]) {
    super(faults.map((fault) => `  ${fault}`).join('\n'));
  }
}

/** The life of one database, through several crashes, with the same clients all the time. */
export class Era {
  private readonly url: string;
  private readonly environment: Record<string, string>;
  private readonly book = new Book();
  private readonly gate = new Gate(CLIENTS);
  /** Rejects when a client was told what makes no sense, or nothing at all. */
  private readonly broken = Promise.withResolvers<never>();
  private service: ServiceProcess | null = null;
  private startMs = 250;

  constructor(
    private readonly file: string,
    /** Whether holds and tokens end within seconds, so that some do so all the time. */
    private readonly lapsesSoon: boolean,
    private readonly random: SeededRandom,
    private readonly tally: Tally,
  ) {
    this.url = `file:${file}`;
    this.environment = {
      PORT: '0',
      DATABASE_URL: this.url,
      DEMO: 'off',
      MAX_RECHARGE: String(RECHARGE_MAX),
      QUEUE_MAX_ACTIVE: String(ACTIVE_MAX),
      QUEUE_ADMIT_INTERVAL_MS: '20',
      HOLD_SECONDS: lapsesSoon ? '1' : '300',
      TOKEN_WAITING_SECONDS: String(WAITING_SECONDS),
      TOKEN_ACTIVE_SECONDS: lapsesSoon ? '2' : '600',
    };
    // Whoever waits for the clients hears of it; until then nobody has to.
    this.broken.promise.catch(() => {});
  }

  /** Makes the database, now and then not without a crash, and brings the clients to its door. */
  async begin(): Promise<void> {
    if (this.chance(0.5)) await this.killStart('killed while making the tables');
    const making = Bun.spawn([process.execPath, MAKE, this.url, String(CLIENTS)], { stderr: 'inherit' });
    if ((await making.exited) !== 0) throw new Broken(['the database could not be filled']);
    for (let userId = 1; userId <= CLIENTS; userId++) {
      const client = new Client(userId, new SeededRandom(this.random.id()), this.book, this.gate);
      live(client, this.lapsesSoon).catch(this.broken.reject);
    }
  }

  /** Starts the service, checks, lets the clients go on, and kills it. */
  async crash(): Promise<void> {
    // Now and then everything lapses while there is no service.
    if (this.lapsesSoon && this.chance(0.15)) await Bun.sleep(1_100);
    while (this.chance(0.15)) await this.killStart('killed while starting');
    const service = await this.start();
    // Otherwise the repetitions are part of the load, and may be lost again.
    if (this.chance(0.5)) await this.repeat(service);
    const lossesBefore = this.book.losses;
    this.gate.open(service.url);
    await this.kill(service);
    await this.everyoneWaits();
    const losses = this.book.losses - lossesBefore;
    if (losses === 1) this.tally.add('killed with one call unanswered');
    if (losses > 1) this.tally.add('killed with several calls unanswered');
    this.lookAtRemains();
  }

  /** Lets every call have its answer, stops the service in order, and checks what it leaves. */
  async finish(): Promise<void> {
    const service = await this.start();
    await this.repeat(service);
    this.expectEnd(await service.end('SIGTERM'), [0]);
    this.check();
    this.tally.add('repetition answered by a replay', this.book.replays);
  }

  /** Ends what still runs, and leaves the database as it is. */
  async abandon(): Promise<void> {
    this.gate.close();
    await this.service?.end('SIGKILL');
  }

  private async start(): Promise<ServiceProcess> {
    const begin = performance.now();
    const service = await ServiceProcess.start(this.environment);
    this.service = service;
    this.startMs = performance.now() - begin;
    this.check();
    this.countLost();
    return service;
  }

  /** Lets the clients repeat what was not answered, and nothing else. */
  private async repeat(service: ServiceProcess): Promise<void> {
    this.gate.open(service.url, { onlyRepeats: true });
    await this.everyoneWaits();
    this.check();
  }

  /** Kills the service at some moment of the load. */
  private async kill(service: ServiceProcess): Promise<void> {
    const isSoon = this.chance(0.15);
    const stops = this.chance(0.15);
    await Bun.sleep(isSoon ? this.between(0, SOON_MS_MAX) : this.between(LOAD_MS_MIN, LOAD_MS_MAX));
    if (stops) {
      service.signal('SIGTERM');
      await Bun.sleep(this.between(0, STOP_MS_MAX));
    }
    // Half of the time in a commit, or between it and its replies, which chance alone would seldom meet.
    if (this.chance(0.5)) holdUntilWritten(`${this.file}-wal`, this.between(0, COMMIT_MS_MAX), HOLD_MS_MAX);
    this.gate.close();
    const end = await service.end('SIGKILL');
    this.expectEnd(end, stops ? [KILLED, 0] : [KILLED]);
    this.tally.add(isSoon ? 'killed right after the start' : 'killed under load');
    if (stops && end.code === KILLED) this.tally.add('killed while stopping');
  }

  private async killStart(state: State): Promise<void> {
    const share = this.between(START_SHARE_MIN, START_SHARE_MAX);
    const { listened, errors } = await killWhileStarting(this.environment, share * this.startMs);
    this.expectEnd({ code: KILLED, errors }, [KILLED]);
    if (!listened) this.tally.add(state);
  }

  private expectEnd({ code, errors }: { code: number; errors: string }, codes: readonly number[]): void {
    this.service = null;
    if (codes.includes(code) && errors === '') return;
    throw new Broken([`the service ended with ${code}: ${errors}`]);
  }

  private async everyoneWaits(): Promise<void> {
    const late = setTimeout(() => this.broken.reject(this.stuck()), PATIENCE_MS);
    try {
      await Promise.race([this.gate.everyoneWaits(), this.broken.promise]);
    } finally {
      clearTimeout(late);
    }
  }

  private stuck(): Broken {
    const open = this.book.calls.filter(({ answer }) => answer === null);
    return new Broken([`no end of these calls in ${PATIENCE_MS} ms:`, ...open.map(show)]);
  }

  private check(): void {
    const snapshot = readDatabase(this.file);
    const faults = compare(this.book, snapshot, WAITING_SECONDS * 1000);
    if (faults.length > 0) throw new Broken(faults);
  }

  /** Counts what became of the calls whose replies were lost. */
  private countLost(): void {
    for (const { asked, wasFound, lost } of this.book.unanswered()) {
      const { kind } = asked;
      if (kind === 'cancel' || kind === 'leave') this.tally.add(`${kind} lost`);
      else this.tally.add(`${kind} lost, ${wasFound ? 'done' : 'not done'}`);
      if (lost > 1) this.tally.add('repetition lost again');
    }
  }

  /** Looks at a copy: to open the database itself would tidy up what the next start must cope with. */
  private lookAtRemains(): void {
    const copy = `${this.file}-remains`;
    for (const part of ['', '-wal']) {
      if (existsSync(this.file + part)) copyFileSync(this.file + part, copy + part);
    }
    const { waiting, lapsed } = readRemains(copy, Date.now());
    for (const part of ['', '-wal', '-shm']) rmSync(copy + part, { force: true });
    if (waiting > 0) this.tally.add('killed with users waiting');
    if (lapsed > 0) this.tally.add('killed with ended holds or tokens not written down');
  }

  private chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  private between(least: number, most: number): number {
    return least + this.random.next() * (most - least);
  }
}
