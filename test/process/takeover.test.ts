import { expect, setDefaultTimeout, test } from 'bun:test';
import { inFolder, ServiceProcess } from '../support/process.ts';

setDefaultTimeout(20_000);

const ENDED = /another process has taken over the database/;

test('a second process takes the database over: the first answers nothing with success, and ends with 1', () =>
  inFolder(async (folder) => {
    const environment = { PORT: '0', DATABASE_URL: `file:${folder}/x.db` };
    const first = await ServiceProcess.start(environment);
    const second = await ServiceProcess.start(environment);
    const recharge = ({ url }: ServiceProcess) =>
      fetch(`${url}/v1/balance/users/1/recharge`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"amount": 500}',
      });
    expect((await recharge(first)).status).toBe(503);
    const { code, errors } = await first.ownEnd();
    expect(code).toBe(1);
    expect(errors).toMatch(ENDED);
    expect(await (await recharge(second)).json()).toEqual({ userId: 1, currentAmount: 500 });
    await second.end('SIGTERM');
  }));

test('a process that nobody asks anything ends as well, once another has taken its database over', () =>
  inFolder(async (folder) => {
    const environment = { PORT: '0', DATABASE_URL: `file:${folder}/x.db` };
    const first = await ServiceProcess.start(environment);
    const second = await ServiceProcess.start(environment);
    try {
      expect((await first.ownEnd()).code).toBe(1);
    } finally {
      await Promise.all([first.end('SIGKILL'), second.end('SIGKILL')]);
    }
  }));
