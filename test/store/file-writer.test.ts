import { afterEach, beforeEach, expect, test } from 'bun:test';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { FileWriter } from '../../src/store/file-writer.ts';

let folder: string;
let path: string;
let writer: FileWriter;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seatline-'));
  path = join(folder, 'test.db');
  writer = FileWriter.open(path);
  writer.commit([{ sql: 'create table t (a integer primary key)', args: [] }]);
});
afterEach(() => {
  writer.close();
  rmSync(folder, { recursive: true });
});

const add = (a: number) => ({ sql: 'insert into t values (?)', args: [a] });
const rowsOf = (file: string) => {
  const connection = new Libsql(file);
  try {
    return connection.prepare('select a from t order by a').pluck().all();
  } finally {
    connection.close();
  }
};

test('it is durable: WAL, a sync at each commit, and foreign keys', () => {
  expect(['journal_mode', 'synchronous', 'foreign_keys'].map((name) => writer.pragma(name))).toEqual([
    'wal',
    2,
    1,
  ]);
});

test('a batch that fails leaves nothing behind, and others can write at once', () => {
  expect(() => writer.commit([add(1), add(2), add(1)])).toThrow('UNIQUE constraint failed');
  const other = new Libsql(path);
  other.exec('insert into t values (5)');
  other.close();
  writer.commit([add(1)]);
  expect(rowsOf(path)).toEqual([1, 5]);
});

test('a lock of another program fails the batch, and the next one works when it is gone', () => {
  const other = new Libsql(path);
  other.exec('begin immediate');
  expect(() => writer.commit([add(1)])).toThrow('database is locked');
  expect(() => writer.commit([add(1)])).toThrow('database is locked');
  other.exec('rollback');
  other.close();
  writer.commit([add(2)]);
  expect(rowsOf(path)).toEqual([2]);
  expect(writer.pragma('synchronous')).toBe(2);
});

const open = () => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0);

test('many failures cost neither memory nor files, and what failed can be tried again', () => {
  const before = open();
  for (let round = 0; round < 200; round++) {
    expect(() =>
      writer.commit([add(7), { sql: `insert into t values (${round}), (7)`, args: [] }]),
    ).toThrow();
  }
  expect(open()).toBe(before);
  writer.commit([add(7)]);
  expect(rowsOf(path)).toEqual([7]);
});

test('a query that failed can be asked again', () => {
  const ask = (json: string) => writer.glance('select json(?)', json);
  const before = open();
  for (let round = 0; round < 200; round++) {
    expect(() => ask('{')).toThrow('malformed JSON');
    expect(ask('[1]')).toBe('[1]');
  }
  expect(open()).toBe(before);
  writer.commit([add(1)]);
  expect(rowsOf(path)).toEqual([1]);
});

test('a commit after the end is refused', () => {
  writer.close();
  expect(() => writer.commit([add(1)])).toThrow('the database is closed');
  expect(rowsOf(path)).toEqual([]);
});

test('once it is closed, the file alone is the whole database', () => {
  writer.commit([add(1)]);
  writer.close();
  const copy = join(folder, 'copy.db');
  copyFileSync(path, copy);
  expect(rowsOf(copy)).toEqual([1]);
});
