import { expect, test } from 'vitest';
import type { CommittedBatch } from './commit-feed.ts';
import { CommittedRecords, committedBounds } from './committed-records.ts';
import { toOffset } from './offsets.ts';

const all = { records: 100, bytes: 1_000_000 };

function batch(...records: readonly (readonly [partition: string, seq: number, body?: string])[]): CommittedBatch {
  const bodies = records.map(([, seq, body]) => Buffer.from(body ?? `body ${seq}`));
  return {
    partitions: records.map(([partition]) => partition),
    seqs: records.map(([, seq]) => seq),
    keys: records.map(([, seq]) => `key ${seq}`),
    ats: records.map(() => 7),
    bytes: new Uint8Array(Buffer.concat(bodies)),
    ends: bodies.map((_, index) => bodies.slice(0, index + 1).reduce((sum, { byteLength }) => sum + byteLength, 0)),
  };
}

function open(...partitions: readonly string[]) {
  let now = 0;
  const committed = new CommittedRecords(() => now);
  for (const partition of partitions) committed.open(partition);
  const read = (partition: string, after: number, max = all) =>
    committed.read(partition, after === 0 ? '' : toOffset(after), max)?.records.map(({ offset, body }) => {
      return [Number(offset), 'bytes' in body ? Buffer.from(body.bytes).toString() : ''];
    });
  return { committed, read, pass: (ms: number) => (now += ms) };
}

test('a partition is read from memory once its reader has passed the start of the feed', () => {
  const { committed, read } = open('a', 'b');
  expect(read('a', 0)).toBeUndefined();
  committed.start(10);
  expect(committed.add(batch(['a', 11], ['c', 12], ['a', 13], ['b', 14]))).toEqual(new Set(['a', 'b']));
  expect(read('a', 9)).toBeUndefined();
  expect(read('a', 10)).toEqual([
    [11, 'body 11'],
    [13, 'body 13'],
  ]);
  expect(read('a', 10, { records: 1, bytes: 100 })).toEqual([[11, 'body 11']]);
  expect(read('a', 10, { records: 9, bytes: 1 })).toEqual([[11, 'body 11']]);
  expect(read('a', 11)).toEqual([[13, 'body 13']]);
  expect(read('a', 13)).toEqual([]);
  expect(read('b', 13)).toEqual([[14, 'body 14']]);
  expect(committed.read('b', toOffset(13), all)?.records[0]).toMatchObject({ key: 'key 14', at: 7 });
});

test('a partition that was closed is read from the file up to the records of its absence', () => {
  const { committed, read } = open('a');
  committed.start(0);
  committed.add(batch(['a', 1]));
  committed.close('a');
  committed.add(batch(['a', 2], ['b', 3]));
  expect(read('a', 1)).toBeUndefined();
  committed.open('a');
  expect(read('a', 1)).toBeUndefined();
  committed.add(batch(['a', 4]));
  expect(read('a', 2)).toBeUndefined();
  expect(read('a', 3)).toEqual([[4, 'body 4']]);
});

test('records beyond the bounds of size and age are read from the file', () => {
  const { committed, read, pass } = open('a', 'b');
  committed.start(0);
  committed.add(batch(['a', 1], ['b', 2, 'x'.repeat(committedBounds.bytes)]));
  expect(read('a', 0)).toBeUndefined();
  committed.add(batch(['a', 3]));
  expect(read('a', 2)).toEqual([[3, 'body 3']]);
  pass(committedBounds.ageMs + 1);
  expect(read('a', 2)).toBeUndefined();
  expect(read('a', 3)).toEqual([]);
  committed.add(batch(['b', 4]));
  pass(committedBounds.ageMs + 1);
  committed.add(batch(['a', 5]));
  expect(read('b', 3)).toBeUndefined();
  expect(read('a', 4)).toEqual([[5, 'body 5']]);
});
