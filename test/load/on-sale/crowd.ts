import { SeededRandom } from '../../support/seeded-random.ts';
import { scatteredUser } from '../scatter.ts';
import { Agenda } from './agenda.ts';
import { Books } from './books.ts';
import { chooseSeats } from './choose-seats.ts';
import { Connections } from './connections.ts';
import type { CrowdCount, CrowdOutcome, CrowdPlan, Ending, Operation } from './plan.ts';
import { Tally } from './tally.ts';
import { requestOf, type Visitor, visitorOf } from './visitor.ts';
import type { WholeReply } from './whole-replies.ts';

/** How long people think: over the seats, and before they pay. */
const THINK_MS = { min: 300, max: 1_000 };
/** How long it takes until all who wait in line have heard that everything is sold. */
const LEAVING_MS = 10_000;
const COUNT_MS = 1_000;
/** What a clock that tells whole milliseconds may say less than one that is exact. */
const CLOCK_MS = 1;

const TOKEN_ID = /"tokenId":(\d+)/;
const STATUS = /"status":"([A-Z]+)"/;
const SCHEDULE_IDS = /"scheduleId":(\d+)/g;
const RESERVATION_ID = /"reservationId":(\d+)/;
const TOTAL_PRICE = /"totalPrice":(\d+)/;
const CURRENT_AMOUNT = /"currentAmount":(\d+)/;
const MESSAGE = /"message":"([^"]*)"/;
const AMOUNT = /"amount":(\d+)/;

/** A success, when it was asked for and when it was heard. */
interface Answer extends WholeReply {
  readonly askedAt: number;
  readonly now: number;
}

/**
 * All users of the sale, each on a visit of its own. A request is due at a time that the user decides, and its latency
 * counts from then, however late it could be sent.
 */
export class Crowd {
  private readonly tally = new Tally();
  private readonly random: SeededRandom;
  private readonly books: Books;
  private readonly connections: Connections;
  private readonly agenda = new Agenda<Visitor>(Math.floor(performance.now()));
  private startedAt = 0;
  private soldOutAt: number | null = null;
  private finish: () => void = () => {};

  constructor(
    private readonly plan: CrowdPlan,
    private readonly tell: (count: CrowdCount) => void,
  ) {
    this.random = new SeededRandom(plan.seed);
    this.books = new Books(plan.seats, (what) => this.tally.fail(what));
    this.connections = new Connections(
      plan.port,
      (how) => this.tally.fail(how),
      () => this.giveUp(),
    );
  }

  /** Returns when the visits of all are over. */
  async visit(): Promise<CrowdOutcome> {
    const { connections, users, arrivalMs, msMax } = this.plan;
    await this.connections.open(connections);
    const finished = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    this.startedAt = Math.ceil(performance.now());
    for (let index = 0; index < users; index++) {
      const userId = scatteredUser(index, { firstUserId: 1, count: users });
      this.plans(visitorOf(userId, this.random), 'join', this.startedAt + this.random.next() * arrivalMs);
    }
    const cpuBefore = process.cpuUsage();
    const timers = [
      setInterval(() => this.askAllDue(), 1),
      setInterval(this.counter(), COUNT_MS),
      setTimeout(() => this.giveUp(), msMax),
    ];
    await finished;
    for (const timer of timers) clearTimeout(timer);
    this.connections.close();
    return this.outcome(performance.now() - this.startedAt, cpuMs(cpuBefore));
  }

  private askAllDue(): void {
    for (const visitor of this.agenda.take(performance.now())) this.ask(visitor);
  }

  private ask(visitor: Visitor): void {
    const askedAt = performance.now();
    this.connections.ask({
      text: requestOf(visitor, this.plan.concertId),
      answered: (reply) => this.hear(visitor, reply, askedAt),
      lost: (how) => this.lose(`${visitor.step}: ${how}`),
    });
  }

  /** The visitor asks next without a thought. */
  private asks(visitor: Visitor, step: Operation, now: number): void {
    visitor.step = step;
    visitor.dueAt = now;
    this.ask(visitor);
  }

  private thinks(visitor: Visitor, step: Operation, now: number): void {
    const { min, max } = THINK_MS;
    this.plans(visitor, step, now + min + this.random.next() * (max - min));
  }

  private plans(visitor: Visitor, step: Operation, at: number): void {
    visitor.step = step;
    visitor.dueAt = Math.ceil(at);
    this.agenda.add(visitor.dueAt, visitor);
  }

  private hear(visitor: Visitor, reply: WholeReply, askedAt: number): void {
    const now = performance.now();
    this.tally.reply(visitor.step, now - visitor.dueAt);
    if (reply.status === 200) this.goOn(visitor, { ...reply, askedAt, now });
    else this.bear(visitor, reply, now);
  }

  /** What a visitor does after a success. */
  private goOn(visitor: Visitor, answer: Answer): void {
    switch (visitor.step) {
      case 'join':
        this.wait(visitor, answer);
        break;
      case 'poll':
        this.look(visitor, answer);
        break;
      case 'schedules':
        this.chooseDate(visitor, answer);
        break;
      case 'seats':
        this.choose(visitor, answer);
        break;
      case 'reserve':
        this.hold(visitor, answer);
        break;
      case 'recharge':
        this.topUp(visitor, answer);
        break;
      case 'pay':
        this.buy(visitor, answer);
        break;
      case 'leave':
        this.end('left');
    }
  }

  private wait(visitor: Visitor, { body, askedAt, now }: Answer): void {
    visitor.tokenId = numberIn(textOf(body), TOKEN_ID);
    visitor.tokenUntil = askedAt + this.plan.tokenMs - CLOCK_MS;
    this.asks(visitor, 'poll', now);
  }

  private look(visitor: Visitor, { body, retryAfterSeconds, askedAt, now }: Answer): void {
    const status = STATUS.exec(textOf(body))?.[1];
    if (status === 'ACTIVE') {
      this.asks(visitor, 'schedules', now);
    } else if (status === 'EXPIRED' && now >= visitor.tokenUntil) {
      this.tally.refuse('poll: EXPIRED');
      this.end('late');
    } else if (status !== 'WAITING' || retryAfterSeconds === null) {
      this.lose(`poll: ${status}`);
    } else {
      visitor.tokenUntil = askedAt + this.plan.tokenMs - CLOCK_MS;
      if (visitor.looksLeft-- === 0) this.end('abandoned');
      else if (this.books.isSoldOut) this.asks(visitor, 'leave', now);
      else this.plans(visitor, 'poll', now + retryAfterSeconds * 1000);
    }
  }

  private chooseDate(visitor: Visitor, { body, now }: Answer): void {
    const scheduleIds = Array.from(textOf(body).matchAll(SCHEDULE_IDS), ([, id]) => Number(id));
    visitor.scheduleId = scheduleIds[Math.floor(this.random.next() * scheduleIds.length)] ?? 0;
    this.asks(visitor, scheduleIds.length === 0 ? 'leave' : 'seats', now);
  }

  private choose(visitor: Visitor, { body, now }: Answer): void {
    visitor.seatIds = chooseSeats(body, visitor.party, this.random);
    // Another date may have some left.
    if (visitor.seatIds.length === 0) this.asks(visitor, 'schedules', now);
    else this.thinks(visitor, 'reserve', now);
  }

  private hold(visitor: Visitor, { body, askedAt, now }: Answer): void {
    const text = textOf(body);
    visitor.reservationId = numberIn(text, RESERVATION_ID);
    visitor.price = numberIn(text, TOTAL_PRICE);
    visitor.heldUntil = askedAt + this.plan.holdMs - CLOCK_MS;
    this.books.hold(visitor.userId, visitor.seatIds, now, visitor.heldUntil);
    // Whoever was too late to pay for other seats may have enough.
    if (visitor.pays) this.thinks(visitor, visitor.balance < visitor.price ? 'recharge' : 'pay', now);
    else this.end('lapsed');
  }

  private topUp(visitor: Visitor, { body, now }: Answer): void {
    visitor.balance = numberIn(textOf(body), CURRENT_AMOUNT);
    if (visitor.balance !== visitor.price) this.tally.fail('recharge: another balance');
    this.asks(visitor, 'pay', now);
  }

  private buy({ userId, seatIds, price }: Visitor, { body, now }: Answer): void {
    if (numberIn(textOf(body), AMOUNT) !== price) this.tally.fail('pay: another amount');
    this.books.pay(userId, seatIds, price);
    if (this.books.isSoldOut) this.close(now);
    this.end('bought');
  }

  /** The news is out: those who wait in line go, within some seconds. */
  private close(now: number): void {
    this.soldOutAt = now;
    for (const visitor of this.agenda.takeAll()) {
      if (visitor.step === 'poll') this.plans(visitor, 'leave', now + this.random.next() * LEAVING_MS);
      else this.agenda.add(visitor.dueAt, visitor);
    }
  }

  /** What a visitor does after a refusal. One that says that it is too late must not come too early. */
  private bear(visitor: Visitor, { status, retryAfterSeconds, body }: WholeReply, now: number): void {
    const { step, tokenUntil, heldUntil } = visitor;
    const refusal = `${step}: ${status} ${MESSAGE.exec(textOf(body))?.[1]}`;
    const isBeaten = refusal === 'reserve: 400 reservation failed';
    const isTooLateToPay = refusal === 'pay: 400 reservation expired' && now >= heldUntil;
    const isTooLate = status === 401 && step !== 'join' && now >= Math.max(tokenUntil, heldUntil);
    if (status === 503 && refusal.endsWith('overloaded') && retryAfterSeconds !== null) {
      this.plans(visitor, step, now + retryAfterSeconds * 1000);
    } else if (isBeaten || isTooLateToPay) {
      this.asks(visitor, 'seats', now);
    } else if (isTooLate) {
      this.end('late');
    } else {
      this.lose(refusal);
      return;
    }
    this.tally.refuse(refusal);
  }

  private lose(failure: string): void {
    this.tally.fail(failure);
    this.end('lost');
  }

  private end(ending: Ending): void {
    this.tally.end(ending);
    if (this.tally.ended === this.plan.users) this.finish();
  }

  private giveUp(): void {
    this.tally.fail('visits that came to no end', this.plan.users - this.tally.ended);
    this.finish();
  }

  /** Tells how far the crowd is, each time it is called. */
  private counter(): () => void {
    let countedAt = performance.now();
    let cpu = process.cpuUsage();
    return () => {
      const now = performance.now();
      this.tell({
        seconds: (now - this.startedAt) / 1000,
        replies: this.tally.replies,
        seatsSold: this.books.seatsSold,
        ended: this.tally.ended,
        busy: cpuMs(cpu) / (now - countedAt),
      });
      countedAt = now;
      cpu = process.cpuUsage();
    };
  }

  private outcome(ms: number, usedMs: number): CrowdOutcome {
    const { replies, endings, refusals, failures } = this.tally;
    const { owners, revenue } = this.books;
    return {
      failures,
      driverBusy: usedMs / ms,
      seconds: ms / 1000,
      replies,
      soldOutSeconds: this.soldOutAt === null ? null : (this.soldOutAt - this.startedAt) / 1000,
      endings,
      operations: this.tally.operations(),
      refusals,
      owners: [...owners],
      revenue,
    };
  }
}

function textOf(body: Buffer): string {
  return body.toString('latin1');
}

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1]);
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
