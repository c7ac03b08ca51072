import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openLibsql } from '../../src/store/libsql.ts';
import { inFolder } from '../support/process.ts';

for (const scheme of ['file:', 'file://', 'file://localhost']) {
  test(`${scheme} names a file, whose folder is made, and %20 in it is a space`, () =>
    inFolder(async (folder) => {
      const database = await openLibsql(`${scheme}${folder}/a%20b/x.db`);
      database.close();
      expect(existsSync(join(folder, 'a b/x.db'))).toBe(true);
      expect(existsSync(join(folder, 'a%20b'))).toBe(false);
    }));
}

test('a URL with more than a path is refused, and no file is made of it', () =>
  inFolder(async (folder) => {
    await expect(openLibsql(`file:${folder}/x.db?mode=ro`)).rejects.toThrow('mode');
    expect(existsSync(join(folder, 'x.db?mode=ro'))).toBe(false);
  }));

test('two that open a new database at once both get it', () =>
  inFolder(async (folder) => {
    const url = `file:${folder}/new.db`;
    const opened = await Promise.allSettled([openLibsql(url), openLibsql(url)]);
    for (const result of opened) if (result.status === 'fulfilled') result.value.close();
    expect(opened.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  }));
