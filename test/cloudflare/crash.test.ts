import { expect, setDefaultTimeout, test } from 'bun:test';
import { createClient } from '@libsql/client';
import { Caller } from '../support/caller.ts';
import { inFolder } from '../support/process.ts';
import { PRODUCT, Workerd } from '../support/workerd.ts';

setDefaultTimeout(120_000);

const ADMIN_TOKEN = 'for-the-operator';
const variables = { TIME_ZONE: 'UTC', LOG_LEVEL: 'error', ADMIN_TOKEN, EDGE_STALE_MS: '0' };
/** More than there are users in the demo data would be unknown. */
const USERS = 100;
const KILLS = 3;
/** The load is in full swing when so many calls of a round have been answered. */
const ANSWERED_BEFORE_A_KILL = 400;

/** What one user was told, and what was asked without an answer. */
interface User {
  readonly userId: number;
  token: number | undefined;
  acknowledged: number;
  unanswered: number;
}

test('killed in the middle of load, workerd comes back with all that was acknowledged, and its books are right', () =>
  inFolder(async (folder) => {
    const users = Array.from(
      { length: USERS },
      (_, index): User => ({ userId: index + 1, token: undefined, acknowledged: 0, unanswered: 0 }),
    );
    for (let kill = 1; kill <= KILLS; kill++) {
      const workerd = await Workerd.start({ entry: PRODUCT, folder, variables });
      const caller = new Caller(workerd.url);
      let answered = 0;
      let isDown = false;
      const enough = Promise.withResolvers<void>();
      const load = async (user: User): Promise<void> => {
        while (!isDown) {
          if (!(await step(caller, user))) return;
          if (++answered === ANSWERED_BEFORE_A_KILL) enough.resolve();
        }
      };
      const loads = users.map(load);
      await enough.promise;
      await workerd.kill();
      isDown = true;
      await Promise.all(loads);
      expect(users.some(({ unanswered }) => unanswered > 0)).toBe(true);
      await check(folder, users);
    }
  }));

/** Joins once, and recharges from then on, by one each time. Returns whether it was answered. */
async function step(caller: Caller, user: User): Promise<boolean> {
  if (user.token === undefined) {
    const joined = await caller.call('POST', `/v1/queue-tokens/users/${user.userId}`);
    if (joined?.status !== 200) return false;
    user.token = joined.body.tokenId;
    return true;
  }
  const recharged = await caller.recharge(user.userId, 1);
  if (recharged === null) {
    user.unanswered += 1;
    return false;
  }
  expect(recharged.status).toBe(200);
  user.acknowledged += 1;
  return true;
}

/** Starts it again, and asks for all that it has said. What nobody was told of has happened, or it has not. */
async function check(folder: string, users: User[]): Promise<void> {
  const workerd = await Workerd.start({ entry: PRODUCT, folder, variables });
  try {
    const caller = new Caller(workerd.url);
    for (const user of users) {
      const balance = await caller.balance(user.userId);
      expect(balance).toBeGreaterThanOrEqual(user.acknowledged);
      expect(balance).toBeLessThanOrEqual(user.acknowledged + user.unanswered);
      user.acknowledged = balance;
      user.unanswered = 0;
      if (user.token !== undefined) expect(await caller.join(user.userId)).toBe(user.token);
    }
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const audit = await fetch(`${workerd.url}/v1/admin/audit`, { headers });
    expect(await audit.json()).toMatchObject({ clean: true });
    const client = createClient({ url: `file:${workerd.databaseFile}` });
    const { rows } = await client.execute('pragma integrity_check');
    client.close();
    expect(rows[0]?.[0]).toBe('ok');
  } finally {
    await workerd.kill();
  }
}
