import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pickByScale } from '../../../test/faults/fault-scale.ts';
import { seed } from '../../../test/random.fixture.ts';
import { type EventLog, type LogRecord, startOffset } from '../log/event-log.ts';
import { createConsentCountReads } from '../log/sqlite-consent-counts.ts';
import { createLogReads } from '../log/sqlite-log.reads.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { openReader } from '../sqlite/open.ts';
import { readWal } from './page-reader.ts';
import { salvageLog } from './salvage-log.ts';

const damages = pickByScale({ part: 10, whole: 500, nightly: 5_000 });
const all = { records: 100_000, bytes: 1e9 };
const now = () => 1_795_514_400_000;

let dir: string;
/** The files of a log that was checkpointed once and then crashed. */
let crashed: string;
let truth: readonly LogRecord[];

async function readAll(file: string): Promise<readonly LogRecord[]> {
  const log = await openSqliteLog(file, { now });
  const { records } = await log.read('shop', startOffset, all);
  await log.close();
  return records;
}

/** Reads the records like `readAll`, without the thread that opens a file for writing. */
async function readRecords(file: string): Promise<readonly LogRecord[]> {
  const db = openReader(file);
  try {
    return (await createLogReads(db).read('shop', startOffset, all)).records;
  } finally {
    db.close();
  }
}

const tally = { country: 'DE', source: 'tcf', version: '28.134', choice: 'denied' } as const;
const body = (index: number) => Buffer.from(JSON.stringify({ v: 1, index, fill: 'x'.repeat((index * 7_919) % 9_000) }));

async function fill(log: EventLog, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index += 10) {
    const records = Array.from({ length: 10 }, (_, at) => ({
      partition: 'shop',
      key: `k${index + at}`,
      bytes: body(index + at),
      tally,
    }));
    await log.append([...records, { partition: 'shop', key: `k${index}`, bytes: body(0) }]);
  }
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'convey-salvage-'));
  const file = join(dir, 'log.db');
  const first = await openSqliteLog(file, { now });
  await fill(first, 0, 200);
  await first.redact('shop', ['0000000000000005', '0000000000000012']);
  await first.trim('shop', '0000000000000003');
  await first.close();
  const second = await openSqliteLog(file, { now });
  await fill(second, 200, 300);
  crashed = join(dir, 'crashed.db');
  for (const part of ['', '-wal']) cpSync(file + part, crashed + part);
  await second.close();
  truth = await readAll(file);
});
afterAll(() => rmSync(dir, { recursive: true }));

let runs = 0;
/** Copies the crashed files and applies `damage` to one of them. */
function copyDamaged(part: '' | '-wal', damage: (bytes: Buffer) => Buffer): string {
  const file = join(dir, `damaged-${runs++}.db`);
  for (const each of ['', '-wal']) cpSync(crashed + each, file + each);
  writeFileSync(file + part, damage(readFileSync(file + part)));
  return file;
}

/** Changed bytes of one file. The files are the same in each run, except for the salts and checksums of the write-ahead log. */
interface Damage {
  readonly part: '' | '-wal';
  readonly from: number;
  readonly length: number;
  readonly mask: number;
}

/** Compares the salvage of damaged files with the written records. */
async function expectRight({ part, from, length, mask }: Damage): Promise<void> {
  const file = copyDamaged(part, (bytes) => {
    for (let at = from; at < Math.min(from + length, bytes.byteLength); at += 1) bytes[at] = (bytes[at] ?? 0) ^ mask;
    return bytes;
  });
  const to = `${file}.new`;
  const { saved, corrupt, lost } = salvageLog(file, to);
  const records = await readRecords(to);
  for (const path of [file, to]) for (const each of ['', '-wal', '-shm']) if (existsSync(path + each)) rmSync(path + each);
  const expected = new Map(truth.map((record) => [record.offset, record]));
  const sound = records.filter(({ body: found }) => !('corrupt' in found));
  expect(records).toHaveLength(saved);
  expect(records.length - sound.length).toBe(corrupt);
  expect(sound.filter((record) => !isDeepStrictEqual(record, expected.get(record.offset)))).toEqual([]);
  expect(saved + lost).toBe(truth.length);
}

/** Expects the written records. `toEqual` would compare each byte of a body as a member of an object. */
function expectTruth(records: readonly LogRecord[]): void {
  expect(records).toHaveLength(truth.length);
  expect(records.filter((record, index) => !isDeepStrictEqual(record, truth[index]))).toEqual([]);
}

describe('a salvaged log', () => {
  it('has every record, also of the write-ahead log, when nothing is damaged', async () => {
    expect(readWal(`${crashed}-wal`).lostCommits).toBe(0);
    const to = join(dir, 'whole.db');
    expect(salvageLog(crashed, to)).toEqual({ saved: truth.length, corrupt: 0, lost: 0 });
    expectTruth(await readAll(to));
    const counts = createConsentCountReads(openReader(to));
    expect(await counts.getConsentCounts('shop', 0, 2 * now())).toEqual([{ ...tally, events: 300 }]);
    expect(await counts.getConsentCountingStart(), 'a lost page is not seen').toBeGreaterThan(Date.now());
  });

  it('loses nothing when the header of the file or of its write-ahead log is gone', async () => {
    const headless = copyDamaged('', (bytes) => bytes.fill(0, 0, 100));
    expect(salvageLog(headless, `${headless}.new`)).toEqual({ saved: truth.length, corrupt: 0, lost: 0 });
    expectTruth(await readAll(`${headless}.new`));
    const walless = copyDamaged('-wal', (bytes) => bytes.fill(0, 0, 32));
    expect(readWal(`${walless}-wal`).lostCommits).toBeGreaterThanOrEqual(10);
    expect(salvageLog(walless, `${walless}.new`)).toEqual({ saved: truth.length, corrupt: 0, lost: 0 });
  });

  it('keeps acknowledged records when frames of a failed commit follow them', async () => {
    const small = Buffer.from('{"v":1}');
    const grown = async (name: string, keys: readonly string[], bytes: Buffer) => {
      const file = join(dir, `${name}.db`);
      for (const part of ['', '-wal']) cpSync(crashed + part, file + part);
      const log = await openSqliteLog(file, { now });
      await log.append(keys.map((key) => ({ partition: 'shop', key, bytes })));
      const frames = readFileSync(`${file}-wal`);
      await log.close();
      return frames;
    };
    // This commit changes more pages than the acknowledged one, including the last page of the records.
    const failed = await grown(
      'failed',
      Array.from({ length: 40 }, (_, index) => `k${(index * 7) % 300}-failed`),
      body(1),
    );
    const acknowledged = await grown('acknowledged', ['acknowledged'], small);
    expect(failed.byteLength).toBeGreaterThan(acknowledged.byteLength);
    const file = copyDamaged('-wal', () => Buffer.concat([acknowledged, failed.subarray(acknowledged.byteLength)]));
    expect(readWal(`${file}-wal`).lostCommits).toBe(1);
    const { saved, corrupt } = salvageLog(file, `${file}.new`);
    const records = await readAll(`${file}.new`);
    expectTruth(records.slice(0, truth.length));
    expect(records.filter(({ key }) => key === 'acknowledged')).toMatchObject([{ body: { bytes: small } }]);
    expect({ saved, corrupt }).toEqual({ saved: records.length, corrupt: 0 });
  });

  it('does not restore a record that was redacted after the damage', async () => {
    const file = join(dir, 'redacted.db');
    for (const part of ['', '-wal']) cpSync(crashed + part, file + part);
    const log = await openSqliteLog(file, { now });
    const reader = openReader(file);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM records').get(); // so that the frames stay in the write-ahead log
    const from = statSync(`${file}-wal`).size;
    await log.append([{ partition: 'shop', key: 'before', bytes: body(1) }]);
    const offset = truth.at(-2)?.offset ?? '';
    await log.redact('shop', [offset]);
    for (const part of ['', '-wal']) cpSync(file + part, `${file}.crashed${part}`);
    reader.close();
    await log.close();
    const wal = readFileSync(`${file}.crashed-wal`);
    wal[from + 8] = 1 ^ (wal[from + 8] ?? 0); // the salt of the first frame after those that were there
    writeFileSync(`${file}.crashed-wal`, wal);
    expect(readWal(`${file}.crashed-wal`).lostCommits).toBe(2);
    expect(salvageLog(`${file}.crashed`, `${file}.new`)).toEqual({ saved: truth.length + 1, corrupt: 0, lost: 0 });
    const records = await readAll(`${file}.new`);
    expect(records.find((record) => record.offset === offset)?.body).toEqual({ redacted: true });
  });

  it('continues with offsets that were never given out', async () => {
    const headless = copyDamaged('', (bytes) => bytes.fill(0, 0, 100));
    salvageLog(headless, `${headless}.new`);
    const log = await openSqliteLog(`${headless}.new`, { now });
    const [appended] = await log.append([{ partition: 'shop', key: 'next', bytes: body(1) }]);
    expect(appended && 'offset' in appended && appended.offset > (truth.at(-1)?.offset ?? '')).toBe(true);
    await log.close();
  });

  it.each<[title: string, damage: Damage]>([
    ['the head of the last frame', { part: '-wal', from: 782_894, length: 4_096, mask: 140 }],
    ['the head of the last frame, from its end on', { part: '-wal', from: 786_097, length: 4_096, mask: 86 }],
    ['the end of a salt', { part: '-wal', from: 786_963, length: 64, mask: 116 }],
    ['both offsets of an index entry', { part: '-wal', from: 743_992, length: 64, mask: 64 }],
    ['the entries of an index page', { part: '-wal', from: 735_180, length: 4_096, mask: 126 }],
    ['the partition of a record', { part: '', from: 840_281, length: 1, mask: 6 }],
    ['the time of a redacted record', { part: '', from: 34_520, length: 1, mask: 4 }],
    ['the end of the time of a redacted record', { part: '', from: 34_525, length: 1, mask: 128 }],
    ['the key of a redacted record', { part: '', from: 34_519, length: 1, mask: 6 }],
    ['the partition of another record', { part: '', from: 361_560, length: 1, mask: 7 }],
  ])('is right after damage to %s', (_, damage) => expectRight(damage));

  it('never holds a record that differs from what was written, and counts exactly the missing ones, after damage to any bytes', {
    timeout: 60_000 + damages * 1_000,
  }, async () => {
    const anyDamage = fc
      .record({
        part: fc.constantFrom('' as const, '-wal' as const),
        place: fc.integer({ min: 0, max: 999_999 }),
        length: fc.constantFrom(1, 64, 4_096),
        mask: fc.integer({ min: 1, max: 255 }),
      })
      .map(({ place, ...rest }) => ({ ...rest, from: Math.floor((place * statSync(crashed + rest.part).size) / 1e6) }));
    await fc.assert(fc.asyncProperty(anyDamage, expectRight), { seed, numRuns: damages, endOnFailure: true });
  });
});
