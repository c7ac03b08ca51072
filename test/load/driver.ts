import type { Socket } from 'bun';
import { Latencies } from './latencies.ts';
import type { Outcome, Overload, Plan } from './plan.ts';
import { ReplyReader } from './reply-reader.ts';
import { type Requests, requestsOf } from './requests.ts';

/**
 * The load, in a process of its own: raw HTTP/1.1 over connections that stay open, each of which sends its next
 * request when the reply to the last one is complete, or when it is due if that is later. It shares the machine with
 * what it measures, so it does little.
 */

/** How long a reply may be missing after the time is up, before it counts as a failure. */
const PATIENCE_MS = 10_000;

interface Connection {
  readonly index: number;
  readonly reader: ReplyReader;
  /** Since when a reply is waited for. */
  askedAt: number;
  dueAt: number;
  done: boolean;
}

class Run {
  private readonly latencies = new Latencies();
  private readonly refusals = new Latencies();
  private readonly failures: Record<string, number> = {};
  private readonly requests: Requests;
  /** How long a connection has for one request and its reply; 0 when it does not wait. */
  private readonly turnMs: number;
  private countFrom = Number.POSITIVE_INFINITY;
  private countUntil = Number.POSITIVE_INFINITY;
  private replies = 0;
  private refused = 0;
  private missed = 0;
  private open = 0;
  private finish: () => void = () => {};

  constructor(private readonly plan: Plan) {
    const { load, asked, connections, requestsPerSecond } = plan;
    this.requests = requestsOf(load, asked);
    this.turnMs = requestsPerSecond === undefined ? 0 : (connections * 1000) / requestsPerSecond;
  }

  async carryOut(): Promise<Outcome> {
    const { connections, warmUpSeconds, seconds } = this.plan;
    const sockets = await Promise.all(Array.from({ length: connections }, (_, index) => this.connect(index)));
    this.open = sockets.length;
    const finished = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    const startedAt = performance.now();
    const cpuBefore = process.cpuUsage();
    this.countFrom = startedAt + warmUpSeconds * 1000;
    this.countUntil = this.countFrom + seconds * 1000;
    for (const [index, socket] of sockets.entries()) {
      socket.data.dueAt = startedAt + (this.turnMs * index) / connections;
      this.takeTurn(socket, startedAt);
    }
    const patience = setTimeout(() => this.giveUp(), this.countUntil - startedAt + PATIENCE_MS);
    await finished;
    clearTimeout(patience);
    const { user, system } = process.cpuUsage(cpuBefore);
    return this.outcome((user + system) / 1000 / (performance.now() - startedAt));
  }

  /** Ends the measured time now. */
  stop(): void {
    this.countUntil = Math.min(this.countUntil, performance.now());
  }

  private connect(index: number): Promise<Socket<Connection>> {
    return Bun.connect<Connection>({
      hostname: '127.0.0.1',
      port: this.plan.port,
      data: { index, reader: new ReplyReader(), askedAt: 0, dueAt: 0, done: false },
      socket: {
        data: (socket, chunk) => this.receive(socket, chunk),
        close: (socket) => this.end(socket, 'closed'),
        error: (socket, error) => this.end(socket, error.message),
      },
    });
  }

  /** Asks now, or when the next request is due. A client whose turn has passed has waited since then. */
  private takeTurn(socket: Socket<Connection>, now: number): void {
    if (this.plan.isOverload) this.passBy(socket, now);
    const dueAt = this.turnMs === 0 ? now : socket.data.dueAt;
    socket.data.dueAt += this.turnMs;
    if (dueAt <= now) this.ask(socket, now, dueAt);
    else setTimeout(() => this.ask(socket, performance.now(), dueAt), dueAt - now);
  }

  /** Lets the turns go that came while the client waited. */
  private passBy({ data }: Socket<Connection>, now: number): void {
    const turns = Math.max(0, Math.ceil((now - data.dueAt) / this.turnMs));
    data.dueAt += turns * this.turnMs;
    if (this.isCounted(now)) this.missed += turns;
  }

  private ask(socket: Socket<Connection>, now: number, askedAt: number): void {
    const text = now < this.countUntil ? this.requests.next(socket.data.index) : undefined;
    if (text === undefined) {
      // When there is nothing left to ask for, the time that is measured ends there.
      if (now < this.countUntil) this.countUntil = now;
      this.end(socket);
      return;
    }
    // A timer may come a little early.
    socket.data.askedAt = Math.min(askedAt, now);
    // One small request at a time always fits.
    if (socket.write(text) !== text.length) throw new Error('the request did not fit into the socket');
  }

  private receive(socket: Socket<Connection>, chunk: Buffer): void {
    const status = socket.data.reader.read(chunk);
    if (status === undefined) return;
    const now = performance.now();
    const isRefusal = this.plan.isOverload && status === 503;
    if (status !== 200 && status !== this.plan.expected && !isRefusal) {
      this.fail(String(status));
    } else if (this.isCounted(now)) {
      if (isRefusal) this.refused++;
      else this.replies++;
      (isRefusal ? this.refusals : this.latencies).add(now - socket.data.askedAt);
    }
    this.takeTurn(socket, now);
  }

  private isCounted(now: number): boolean {
    return now >= this.countFrom && now < this.countUntil;
  }

  private end(socket: Socket<Connection>, failure?: string): void {
    if (socket.data.done) return;
    socket.data.done = true;
    if (failure !== undefined) this.fail(failure);
    socket.end();
    this.open--;
    if (this.open === 0) this.finish();
  }

  private giveUp(): void {
    this.fail('no reply', this.open);
    this.finish();
  }

  private fail(what: string, times = 1): void {
    this.failures[what] = (this.failures[what] ?? 0) + times;
  }

  private outcome(driverBusy: number): Outcome {
    const seconds = (this.countUntil - this.countFrom) / 1000;
    if (this.replies === 0 || seconds <= 0) this.fail('nothing to measure');
    return {
      replies: this.replies,
      seconds,
      ...(this.plan.isOverload ? { overload: this.overload() } : {}),
      failures: this.failures,
      p50Ms: this.latencies.quantile(0.5),
      p99Ms: this.latencies.quantile(0.99),
      maxMs: this.latencies.maxMs,
      asked: this.requests.asked,
      driverBusy,
    };
  }

  private overload(): Overload {
    return {
      refused: this.refused,
      refusedP50Ms: this.refusals.quantile(0.5),
      refusedP99Ms: this.refusals.quantile(0.99),
      missed: this.missed,
    };
  }
}

const plan: Plan = await Bun.stdin.json();
const run = new Run(plan);
process.on('SIGTERM', () => run.stop());
console.log(JSON.stringify(await run.carryOut()));
process.exit(0);
