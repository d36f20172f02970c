import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Db, openReader, openWriter } from '../open.ts';
import { fingerprint } from './key-entries.ts';
import { getKeyIndex, KeyIndex, keyIndexTables } from './key-index.ts';

let dir: string;
let file: string;
let db: Db;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-keys-'));
  file = join(dir, 'keys.db');
  db = openWriter(file, [keyIndexTables('keys')]);
  db.pragma('synchronous = OFF');
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

const key = (index: number) => fingerprint(`key ${index}`);

/** Adds keys in transactions: the key of a row is its number. */
function addRows(index: KeyIndex, from: number, to: number, perCommit = 4_000): void {
  for (let first = from; first < to; first += perCommit)
    db.transaction(() => {
      for (let row = first; row < Math.min(first + perCommit, to); row += 1) index.add(key(row), row);
      index.save();
    })();
}

function countRows(table: string): number {
  return db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
}

it('every key is found by the writer, by a reader that follows and after a restart, and others are not', () => {
  const index = getKeyIndex(db, 'keys');
  expect(getKeyIndex(db, 'keys')).toBe(index);
  const reader = openReader(file);
  const follower = new KeyIndex(reader, 'keys');
  addRows(index, 1, 500);
  expect(follower.find(key(499))).toEqual([499]);
  const rows = 300_000;
  addRows(index, 500, rows);
  expect(countRows('keys_runs'), 'eight small runs are merged').toBe(1);
  const restarted = new KeyIndex(db, 'keys');
  for (const view of [index, follower, restarted])
    for (let row = 1; row < rows; row += 997) expect(view.find(key(row))).toEqual([row]);
  let found = 0;
  for (let row = rows; row < rows + 1_000; row += 1) found += index.find(key(row)).length;
  expect(found).toBe(0);
  index.removeUpTo(rows);
  expect([countRows('keys_runs'), countRows('keys_chunks')]).toEqual([0, 0]);
  reader.close();
});

it('a removed entry is on no page, be it recent or in a run', () => {
  const index = new KeyIndex(db, 'keys');
  const follower = new KeyIndex(db, 'keys');
  addRows(index, 1, 40_000);
  expect(countRows('keys_runs')).toBe(1);
  expect([7, 39_999].map((row) => follower.find(key(row)))).toEqual([[7], [39_999]]);
  for (const row of [7, 39_999]) index.remove(key(row), row);
  index.remove(key(8), 9);
  index.save();
  const restarted = new KeyIndex(db, 'keys');
  const reader = openReader(file);
  const other = new KeyIndex(reader, 'keys');
  for (const view of [index, restarted, other])
    expect([7, 8, 39_998, 39_999].map((row) => view.find(key(row)))).toEqual([[], [8], [39_998], []]);
  expect(restarted.find(key(39_997))).toEqual([39_997]);
  reader.close();
});

it('a reader forgets entries that another connection removed', () => {
  const reader = openReader(file);
  const follower = new KeyIndex(reader, 'keys');
  const index = new KeyIndex(db, 'keys');
  addRows(index, 1, 4);
  expect(follower.find(key(2))).toEqual([2]);
  index.remove(key(2), 2);
  index.add(key(5), 5);
  index.save();
  expect([1, 2, 3, 5].map((row) => follower.find(key(row)))).toEqual([[1], [], [3], [5]]);
  for (const row of [1, 3, 5]) index.remove(key(row), row);
  index.save();
  expect([1, 3, 5].map((row) => follower.find(key(row)))).toEqual([[], [], []]);
  reader.close();
});

it('a rolled back transaction loses no committed key', () => {
  const index = new KeyIndex(db, 'keys');
  addRows(index, 1, 32_000);
  const fail = db.transaction(() => {
    for (let row = 32_000; row < 34_000; row += 1) index.add(key(row), row);
    index.save();
    expect(countRows('keys_runs')).toBe(1);
    throw new Error('disk full');
  });
  expect(fail).toThrow('disk full');
  expect(countRows('keys_runs')).toBe(0);
  addRows(index, 32_000, 36_000);
  expect(countRows('keys_runs')).toBe(1);
  const removal = db.transaction(() => {
    index.removeUpTo(36_000);
    index.save();
    throw new Error('disk full');
  });
  expect(removal).toThrow('disk full');
  for (const view of [index, new KeyIndex(db, 'keys')])
    for (let row = 1; row < 36_000; row += 101) expect(view.find(key(row))).toEqual([row]);
});

it('many rows may have one key, and a lookup stops at the most that it needs', () => {
  const index = new KeyIndex(db, 'keys');
  for (let row = 1; row <= 70_000; row += 1) {
    index.add(key(0), row);
    if (row % 1_000 === 0) index.save();
  }
  expect(index.find(key(0), 9)).toHaveLength(9);
  expect(new Set(index.find(key(0))).size).toBe(70_000);
});
