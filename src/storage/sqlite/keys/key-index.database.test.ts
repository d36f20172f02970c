import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Db, openReader, openWriter } from '../open.ts';
import { type Fingerprint, fingerprint } from './key-entries.ts';
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

/** Returns the stored fingerprint. */
function toHex({ hi, lo }: Fingerprint): string {
  return [hi, lo].map((half) => half.toString(16).padStart(8, '0')).join('');
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
  expect([countRows('keys_runs WHERE entries > 0'), countRows('keys_chunks')]).toEqual([0, 0]);
  reader.close();
});

it('a removed entry is on no page, be it recent or in a run', () => {
  const index = new KeyIndex(db, 'keys');
  const follower = new KeyIndex(db, 'keys');
  addRows(index, 1, 40_000);
  expect(countRows('keys_runs')).toBe(1);
  const countBytes = () => db.prepare<[], number>('SELECT sum(length(entries)) FROM keys_chunks').pluck().get();
  expect([7, 39_999].map((row) => follower.find(key(row)))).toEqual([[7], [39_999]]);
  for (const row of [7, 39_999]) index.remove(key(row), row);
  index.remove(key(8), 9);
  const length = countBytes();
  index.save();
  expect(countRows(`keys_chunks WHERE instr(entries, x'${toHex(key(7))}')`)).toBe(0);
  expect(countBytes(), 'the rows keep their length, and so their place').toBe(length);
  const restarted = new KeyIndex(db, 'keys');
  const reader = openReader(file);
  const other = new KeyIndex(reader, 'keys');
  for (const view of [index, restarted, other])
    expect([7, 8, 39_998, 39_999].map((row) => view.find(key(row)))).toEqual([[], [8], [39_998], []]);
  expect(restarted.find(key(39_997))).toEqual([39_997]);
  reader.close();
});

it('a run that has lost most of its entries is written anew, and gives its space back', () => {
  const index = new KeyIndex(db, 'keys');
  const reader = openReader(file);
  const follower = new KeyIndex(reader, 'keys');
  const rows = 290_000;
  addRows(index, 1, rows);
  expect(countRows('keys_runs')).toBe(1);
  const countBytes = () => db.prepare<[], number>('SELECT sum(length(entries)) FROM keys_chunks').pluck().get() ?? 0;
  const countFilterBytes = () => db.prepare<[], number>('SELECT sum(length(filter)) FROM keys_runs').pluck().get() ?? 0;
  const before = { chunks: countBytes(), filters: countFilterBytes() };
  const isKept = (row: number) => row % 50 === 0;
  for (let first = 1; first < rows; first += 60_000)
    db.transaction(() => {
      for (let row = first; row < Math.min(first + 60_000, rows); row += 1) if (!isKept(row)) index.remove(key(row), row);
      index.save();
    })();
  expect(countBytes(), 'removals leave the rows in their places').toBeGreaterThan(before.chunks * 0.9);
  addRows(index, rows, rows + 40_000);
  expect(countBytes()).toBeLessThan(before.chunks / 4);
  expect(countFilterBytes()).toBeLessThan(before.filters / 4);
  for (const view of [index, follower, new KeyIndex(db, 'keys')])
    for (const row of [50, 51, 200_000, 200_001, rows + 1, rows + 39_999])
      expect(view.find(key(row)), `row ${row}`).toEqual(isKept(row) || row > rows ? [row] : []);
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
  expect(countRows(`keys_recent WHERE instr(entries, x'${toHex(key(3))}')`), 'an entry is left on the disk').toBe(0);
  reader.close();
});

it('a removal changes the stored rows of its entries alone', () => {
  const index = new KeyIndex(db, 'keys');
  addRows(index, 1, 9_001, 1_000);
  const rows = () => db.prepare<[], { id: number; entries: Buffer }>('SELECT id, entries FROM keys_recent ORDER BY id').all();
  const before = rows();
  index.remove(key(1_500), 1_500);
  index.save();
  const changed = rows().filter(({ id, entries }) => !before.find((one) => one.id === id)?.entries.equals(entries));
  expect(changed.map(({ id }) => id)).toEqual([2, 10]);
  expect(changed[1]?.entries).toHaveLength(14);
});

it('a removal before a rollback or an undone operation is taken back', () => {
  const index = new KeyIndex(db, 'keys');
  addRows(index, 1, 10);
  index.remove(key(3), 3);
  index.rollback();
  index.add(key(10), 10);
  const mark = index.mark();
  index.remove(key(4), 4);
  index.add(key(11), 11);
  index.undo(mark);
  index.remove(key(5), 5);
  index.save();
  for (const view of [index, new KeyIndex(db, 'keys')])
    expect([3, 4, 5, 10, 11].map((row) => view.find(key(row)))).toEqual([[3], [4], [], [10], []]);
});

it('a removal of all recent entries is taken back when the commit fails', () => {
  const index = new KeyIndex(db, 'keys');
  addRows(index, 1, 4);
  db.exec('BEGIN');
  for (const row of [1, 2, 3]) index.remove(key(row), row);
  index.save();
  db.exec('ROLLBACK');
  index.rollback();
  expect([1, 2, 3].map((row) => index.find(key(row)))).toEqual([[1], [2], [3]]);
});

it('an entry that is added again after its removal stays', () => {
  const index = new KeyIndex(db, 'keys');
  addRows(index, 1, 40_000);
  for (const row of [7, 39_999]) {
    index.remove(key(row), row);
    index.add(key(row), row);
  }
  index.save();
  for (const view of [index, new KeyIndex(db, 'keys')])
    expect([7, 39_999].map((row) => view.find(key(row)))).toEqual([[7], [39_999]]);
});

it('a lookup sees one state of the file while the writer turns recent entries into a run', () => {
  const index = new KeyIndex(db, 'keys');
  addRows(index, 1, 32_768);
  expect(countRows('keys_runs')).toBe(0);
  const reader = openReader(file);
  const follower = new KeyIndex(reader, 'keys');
  const prototype: { all(...of: unknown[]): unknown } = Object.getPrototypeOf(reader.prepare('SELECT 1'));
  const { all } = prototype;
  prototype.all = function (...of) {
    prototype.all = all;
    const runs = all.apply(this, of);
    addRows(index, 32_768, 32_770);
    return runs;
  };
  expect(follower.find(key(5)), 'the state before the run').toEqual([5]);
  expect(countRows('keys_runs')).toBe(1);
  expect(follower.find(key(5)), 'the state after it').toEqual([5]);
  expect(reader.inTransaction).toBe(false);
  reader.close();
});

it('the id of a removed run is not used again', () => {
  let index = new KeyIndex(db, 'keys');
  const reader = openReader(file);
  const follower = new KeyIndex(reader, 'keys');
  addRows(index, 1, 33_001, 33_000);
  expect(follower.find(key(2))).toEqual([2]);
  index.removeUpTo(33_000);
  index = new KeyIndex(db, 'keys');
  addRows(index, 33_001, 66_001, 33_000);
  expect(countRows('keys_runs')).toBe(1);
  for (const view of [follower, new KeyIndex(db, 'keys')])
    expect([2, 33_001, 66_000].map((row) => view.find(key(row)))).toEqual([[], [33_001], [66_000]]);
  db.exec('BEGIN');
  index.removeUpTo(66_000);
  addRows(index, 66_001, 99_001, 33_000);
  db.exec('ROLLBACK');
  index.rollback();
  expect([33_001, 66_000].map((row) => index.find(key(row)))).toEqual([[33_001], [66_000]]);
  reader.close();
});

it('a run whose entries are all removed leaves nothing', () => {
  const index = new KeyIndex(db, 'keys');
  addRows(index, 1, 33_001, 33_000);
  addRows(index, 33_001, 33_011);
  for (let row = 1; row <= 33_000; row += 1) index.remove(key(row), row);
  index.save();
  expect(countRows('keys_chunks')).toBe(0);
  expect([1, 33_001].map((row) => index.find(key(row)))).toEqual([[], [33_001]]);
});

it('at most eight runs are merged at once', () => {
  const index = new KeyIndex(db, 'keys');
  addRows(index, 1, 32_769, 32_768);
  const [run] = db.prepare<[], { filter: Buffer }>('SELECT filter FROM keys_runs').all();
  const addRun = db.prepare('INSERT INTO keys_runs (id, entries, bits, last, filter) VALUES (?, 32768, 0, 0, ?)');
  for (let id = 2; id <= 12; id += 1) addRun.run(id, run?.filter);
  addRows(new KeyIndex(db, 'keys'), 32_769, 65_537, 32_768);
  expect(countRows('keys_runs'), 'of 13 runs, eight become one').toBe(6);
});

describe('any sequence of changes', () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('add' as const), key: fc.nat(9), row: fc.integer({ min: 1, max: 6 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('remove' as const), key: fc.nat(9), row: fc.integer({ min: 1, max: 6 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('fill' as const) }) },
  );
  const operation = fc.record({ steps: fc.array(step, { maxLength: 5 }), isUndone: fc.boolean() });
  const transaction = fc.record({
    operations: fc.array(operation, { minLength: 1, maxLength: 4 }),
    end: fc.constantFrom('commit', 'commit', 'fail before save', 'fail after save'),
    isReopened: fc.boolean(),
    isFollowed: fc.boolean(),
  });

  it('leaves the writer, a reader and a restart with the entries of the committed ones', () => {
    fc.assert(
      fc.property(fc.array(transaction, { maxLength: 12 }), (transactions) => {
        db.exec('DELETE FROM keys_recent; DELETE FROM keys_runs; DELETE FROM keys_chunks');
        const reader = openReader(file);
        let index = new KeyIndex(db, 'keys');
        const follower = new KeyIndex(reader, 'keys');
        let committed = new Set<string>();
        let filled = 100;
        const read = (view: KeyIndex) =>
          new Set(Array.from({ length: 10 }, (_, one) => view.find(key(one)).map((row) => `${one} ${row}`)).flat());
        for (const { operations, end, isReopened, isFollowed } of transactions) {
          let current = new Set(committed);
          db.exec('BEGIN IMMEDIATE');
          for (const { steps, isUndone } of operations) {
            const before = new Set(current);
            const mark = index.mark();
            for (const one of steps)
              if (one.kind === 'fill') for (const to = filled + 16_500; filled < to; filled += 1) index.add(key(filled), filled);
              else if (one.kind === 'remove') {
                index.remove(key(one.key), one.row);
                current.delete(`${one.key} ${one.row}`);
              } else {
                index.add(key(one.key), one.row);
                current.add(`${one.key} ${one.row}`);
              }
            if (!isUndone) continue;
            index.undo(mark);
            current = before;
          }
          if (end !== 'fail before save') index.save();
          if (end === 'commit') committed = current;
          db.exec(end === 'commit' ? 'COMMIT' : 'ROLLBACK');
          if (end !== 'commit') index.rollback();
          if (isReopened) index = new KeyIndex(db, 'keys');
          expect(read(index)).toEqual(committed);
          if (isFollowed) expect(read(follower)).toEqual(committed);
        }
        expect(read(follower)).toEqual(committed);
        expect(read(new KeyIndex(db, 'keys'))).toEqual(committed);
        reader.close();
      }),
      { numRuns: 12 },
    );
  });
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
  index.rollback();
  expect(countRows('keys_runs')).toBe(0);
  addRows(index, 32_000, 36_000);
  expect(countRows('keys_runs')).toBe(1);
  const removal = db.transaction(() => {
    index.removeUpTo(36_000);
    index.save();
    throw new Error('disk full');
  });
  expect(removal).toThrow('disk full');
  index.rollback();
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
