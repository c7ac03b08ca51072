import { expect, test } from 'bun:test';
import { Auditor } from '../../src/admin/auditor.ts';
import { refused } from '../../src/refusal.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { inFolder } from '../support/process.ts';

test('before the database is open, an audit is refused as not ready', async () => {
  expect(await new Auditor().audit()).toEqual(refused('not ready'));
});

test('two who ask at once hear of one audit, and whoever asks later of another', () =>
  inFolder(async (folder) => {
    const database = await openLibsql(`file:${folder}/x.db`, undefined);
    const auditor = new Auditor();
    auditor.open(database);
    const [first, second] = await Promise.all([auditor.audit(), auditor.audit()]);
    const third = await auditor.audit();
    if (!first.ok || !second.ok || !third.ok) throw new Error('an audit was refused');
    expect(second.value).toBe(first.value);
    expect(third.value).not.toBe(first.value);
    expect(third.value).toEqual(first.value);
    database.close();
  }));

test('an audit that fails fails for all who wait for it, and the next one is a new one', () =>
  inFolder(async (folder) => {
    const database = await openLibsql(`file:${folder}/x.db`, undefined);
    const auditor = new Auditor();
    auditor.open(database);
    await database.drizzle.run('alter table payments rename to elsewhere');
    const both = await Promise.allSettled([auditor.audit(), auditor.audit()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await database.drizzle.run('alter table elsewhere rename to payments');
    expect((await auditor.audit()).ok).toBe(true);
    database.close();
  }));
