import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { Caller, type Reply } from '../support/caller.ts';
import { EventReader } from '../support/event-reader.ts';
import { HranaServer } from '../support/hrana-server.ts';
import { inFolder, ServiceProcess } from '../support/process.ts';

// Each test starts several processes.
setDefaultTimeout(30_000);

const FAREWELL =
  'another process has taken over the database; nothing has been committed since, and the service ends\n';
const CLIENTS = 32;

const databases: [kind: string, use: (work: (url: string) => Promise<void>) => Promise<void>][] = [
  ['a file', (work) => inFolder((folder) => work(`file:${folder}/x.db`))],
  [
    'a server',
    (work) =>
      inFolder(async (folder) => {
        const server = await HranaServer.start(join(folder, 'x.db'));
        try {
          await work(server.url);
        } finally {
          await server.close();
        }
      }),
  ],
];

for (const [kind, use] of databases) {
  test(`in the middle of a load, a second process takes ${kind} over: the first one has no success from then on, and ends`, () =>
    use(async (url) => {
      const environment = { PORT: '0', DATABASE_URL: url };
      const first = await ServiceProcess.start(environment);
      const load = new Load(first);
      await load.isUnderWay;
      const second = await ServiceProcess.start(environment);
      const caller = new Caller(second.url);
      expect((await caller.ready())?.status).toBe(200);
      load.isOver = true;
      const { code, errors } = await first.ended;
      await load.ended;

      expect(load.successesAfterwards).toBe(0);
      expect(load.failures.filter((reply) => !isClear(reply))).toEqual([]);
      expect(code).toBe(1);
      expect(errors).toEndWith(FAREWELL);
      for (const { userId, acknowledged, unanswered } of load.users) {
        const balance = await caller.balance(userId);
        expect(balance).toBeGreaterThanOrEqual(acknowledged);
        expect(balance).toBeLessThanOrEqual(acknowledged + unanswered);
      }
      expect((await caller.recharge(1, 1))?.status).toBe(200);
      expect(await second.end('SIGTERM')).toMatchObject({ code: 0, errors: '' });
    }));

  test(`a process that nobody asks for anything ends as well when a second one takes ${kind} over`, () =>
    use(async (url) => {
      const first = await ServiceProcess.start({ PORT: '0', DATABASE_URL: url });
      const second = await ServiceProcess.start({ PORT: '0', DATABASE_URL: url });
      const { code, errors } = await first.ended;
      expect(code).toBe(1);
      expect(errors).toEndWith(FAREWELL);
      expect((await second.end('SIGTERM')).code).toBe(0);
    }));
}

test('a process that hung while a second one took its file over answers nothing with success when it goes on', () =>
  inFolder(async (folder) => {
    const environment = { PORT: '0', DATABASE_URL: `file:${folder}/x.db` };
    const first = await ServiceProcess.start(environment);
    const toFirst = new Caller(first.url);
    const token = await toFirst.join(1);
    await toFirst.recharge(1, 15_000);
    const { body } = (await toFirst.reserve(1, token, [2])) ?? {};
    const stream = await EventReader.open(`${first.url}/v1/queue-status/users/1/stream?tokenId=${token}`);
    expect((await stream.event()).data.status).toBe('ACTIVE');

    first.signal('SIGSTOP');
    const second = await ServiceProcess.start(environment);
    const toSecond = new Caller(second.url);
    expect((await toSecond.pay(1, token, body.reservationId))?.status).toBe(200);
    const waiting = toFirst.everything(1, token);
    first.signal('SIGCONT');

    for (const reply of await waiting) {
      if (reply !== null) expect(reply).toEqual(NOT_READY);
    }
    expect(await stream.block().catch(() => null)).toBeNull();
    const { code, errors } = await first.ended;
    expect(code).toBe(1);
    expect(errors).toEndWith(FAREWELL);
    expect(await toSecond.balance(1)).toBe(0);
    await second.end('SIGTERM');
  }));

const NOT_READY: Reply = { status: 503, body: { code: 503, message: 'not ready' }, retryAfter: '1' };

function isClear({ status, body, retryAfter }: Reply): boolean {
  if (status === 500) return body.message === 'recharge failed';
  return status === 503 && ['not ready', 'overloaded'].includes(body.message) && retryAfter === '1';
}

interface User {
  readonly userId: number;
  acknowledged: number;
  unanswered: number;
}

/** Clients that add 1 to the balances of their users, again and again, until there is no service any more. */
class Load {
  readonly users: User[] = Array.from({ length: CLIENTS }, (_, index) => ({
    userId: index + 1,
    acknowledged: 0,
    unanswered: 0,
  }));
  readonly failures: Reply[] = [];
  /** Set once nothing may succeed any more. */
  isOver = false;
  successesAfterwards = 0;
  readonly isUnderWay: Promise<void>;
  readonly ended: Promise<unknown>;
  private begin = (): void => {};
  private isServed = true;

  constructor(service: ServiceProcess) {
    this.isUnderWay = new Promise((resolve) => {
      this.begin = resolve;
    });
    const caller = new Caller(service.url);
    this.ended = Promise.all(this.users.map((user) => this.drive(caller, user)));
    void service.ended.then(() => {
      this.isServed = false;
    });
  }

  private async drive(caller: Caller, user: User): Promise<void> {
    while (this.isServed) {
      const { isOver } = this;
      const reply = await caller.recharge(user.userId, 1);
      if (reply === null) user.unanswered += 1;
      else if (reply.status !== 200) this.failures.push(reply);
      else {
        user.acknowledged = reply.body.currentAmount;
        if (isOver) this.successesAfterwards += 1;
        if (user.acknowledged === 50) this.begin();
      }
    }
  }
}
