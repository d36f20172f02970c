import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { frameHeadBytes, walHeadBytes } from '../sqlite/wal-format.ts';
import { findPageBytes } from './page-size.ts';

/**
 * Reads SQLite's files page by page without SQLite, if SQLite refuses a file or reads it only in part.
 * @source https://www.sqlite.org/fileformat2.html (2026-11-25)
 */

const framesAtOnce = 256;
/** Upper bound of the rounds of a write-ahead log between two truncations, for a log whose header is damaged. */
const mostRounds = 2 ** 20;

/** Reads pages of a file or of its write-ahead log on demand. A page that is cut off ends with zeros. */
export interface PageReader {
  readonly count: number;
  /** `at` is a page number (from 1) for a database file, and a frame number (from 0) for a write-ahead log. */
  read(at: number): Buffer;
  close(): void;
}

/** The commits of a write-ahead log that may be damaged. */
export interface WalSummary {
  /** The number of the page in each frame, in order. */
  readonly pages: readonly number[];
  /**
   * The number of frames that SQLite reads. The others are behind damage, or remain from a failed commit that a shorter one has overwritten.
   * The two cases cannot be distinguished.
   */
  readonly sound: number;
  /**
   * The number of commits that SQLite cannot read because it stops at the damage. One of them may have been interrupted by a power cut and
   * never acknowledged.
   */
  readonly lostCommits: number;
}

export function openPages(file: string): PageReader {
  const pageBytes = findPageBytes(file);
  return openBlocks(
    file,
    pageBytes,
    (size) => Math.ceil(size / pageBytes),
    (page) => (page - 1) * pageBytes,
  );
}

export function openWalFrames(wal: string): PageReader {
  const pageBytes = findPageBytes(toDatabase(wal));
  const frameBytes = frameHeadBytes + pageBytes;
  const getPosition = (frame: number) => walHeadBytes + frame * frameBytes + frameHeadBytes;
  return openBlocks(wal, pageBytes, (size) => countFrames(size, frameBytes), getPosition);
}

function toDatabase(wal: string): string {
  return wal.replace(/-wal$/, '');
}

function openBlocks(
  file: string,
  pageBytes: number,
  countBlocks: (size: number) => number,
  getPosition: (at: number) => number,
): PageReader {
  if (!existsSync(file)) return { count: 0, read: () => Buffer.alloc(pageBytes), close: () => {} };
  const handle = openSync(file, 'r');
  return {
    count: countBlocks(fstatSync(handle).size),
    read(at) {
      const bytes = Buffer.alloc(pageBytes);
      readSync(handle, bytes, 0, pageBytes, getPosition(at));
      return bytes;
    },
    close: () => closeSync(handle),
  };
}

/** Reads a write-ahead log. An empty or missing one is sound. */
export function readWal(file: string): WalSummary {
  if (!existsSync(file)) return { pages: [], sound: 0, lostCommits: 0 };
  const frameBytes = frameHeadBytes + findPageBytes(toDatabase(file));
  const handle = openSync(file, 'r');
  try {
    return readFrames(handle, countFrames(fstatSync(handle).size, frameBytes), frameBytes);
  } finally {
    closeSync(handle);
  }
}

/**
 * Returns whether a checkpoint has copied frames behind the damage into the file. SQLite then reads a mixture of several commits; otherwise
 * it reads the file as it was after an earlier commit.
 */
export function isCheckpointedPastDamage(file: string): boolean {
  const { pages, sound } = readWal(`${file}-wal`);
  if (sound === pages.length) return false;
  const newestSound = new Map(pages.slice(0, sound).map((page, frame) => [page, frame]));
  const main = openPages(file);
  const frames = openWalFrames(`${file}-wal`);
  try {
    for (const [index, page] of pages.slice(sound).entries()) {
      const image = frames.read(sound + index);
      if (page < 1 || page > main.count || !main.read(page).equals(image)) continue;
      const read = newestSound.get(page);
      if (read === undefined || !frames.read(read).equals(image)) return true;
    }
    return false;
  } finally {
    main.close();
    frames.close();
  }
}

function countFrames(size: number, frameBytes: number): number {
  return Math.max(0, Math.floor((size - walHeadBytes) / frameBytes));
}

function readFrames(handle: number, count: number, frameBytes: number): WalSummary {
  const head = Buffer.alloc(walHeadBytes);
  readSync(handle, head, 0, walHeadBytes, 0);
  const isBigEndian = head.readUInt32BE(0) === 0x377f0683;
  let sum = walSum(head.subarray(0, 24), [0, 0], isBigEndian);
  const isHeaderSound =
    (isBigEndian || head.readUInt32BE(0) === 0x377f0682) && sum[0] === head.readUInt32BE(24) && sum[1] === head.readUInt32BE(28);
  const salts = isHeaderSound ? readSalts(head, 16) : findCurrentSalts(handle, count, frameBytes);
  const earlierRounds = isHeaderSound ? head.readUInt32BE(12) : mostRounds;

  const pages: number[] = [];
  let isChained = isHeaderSound;
  let [sound, end, lostCommits] = [0, 0, 0];
  for (const frame of iterateFrames(handle, count, frameBytes)) {
    const found = readSalts(frame, 8);
    if (isChained) {
      sum = walSum(frame.subarray(frameHeadBytes), walSum(frame.subarray(0, 8), sum, isBigEndian), isBigEndian);
      const isSumValid = sum[0] === frame.readUInt32BE(16) && sum[1] === frame.readUInt32BE(20);
      isChained = isSumValid && found[0] === salts[0] && found[1] === salts[1];
    }
    pages.push(frame.readUInt32BE(0));
    if (frame.readUInt32BE(4) === 0 || isFromEarlierRound(found, salts, earlierRounds)) continue;
    end = pages.length;
    if (isChained) sound = end;
    else lostCommits += 1;
  }
  pages.length = end;
  return { pages, sound, lostCommits };
}

/**
 * Returns whether a frame is left from an earlier round. Each round adds one to the first salt and draws a random second one, so all other
 * salts are damage. A frame of zeros was never written.
 */
function isFromEarlierRound(found: Pair, salts: Pair, earlierRounds: number): boolean {
  if (found[0] === 0 && found[1] === 0) return true;
  const age = (salts[0] - found[0]) >>> 0;
  return found[1] !== salts[1] && age > 0 && age <= earlierRounds;
}

/** Finds the current salts if the header is damaged. The log is written from its beginning after each reset, so the first frames have them. */
function findCurrentSalts(handle: number, count: number, frameBytes: number): Pair {
  let first: Pair | undefined;
  let before: Pair | undefined;
  for (const frame of iterateFrames(handle, count, frameBytes)) {
    const salts = readSalts(frame, 8);
    if (before?.[0] === salts[0] && before[1] === salts[1]) return salts;
    first ??= salts;
    before = salts;
  }
  return first ?? [0, 0];
}

/** Yields the frames. Each is valid until the next one is requested. */
function* iterateFrames(handle: number, count: number, frameBytes: number): Generator<Buffer> {
  const some = Buffer.alloc(framesAtOnce * frameBytes);
  for (let from = 0; from < count; from += framesAtOnce) {
    const length = Math.min(framesAtOnce, count - from);
    readSync(handle, some, 0, length * frameBytes, walHeadBytes + from * frameBytes);
    for (let at = 0; at < length; at += 1) yield some.subarray(at * frameBytes, (at + 1) * frameBytes);
  }
}

type Pair = readonly [number, number];

function readSalts(bytes: Buffer, at: number): Pair {
  return [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
}

function walSum(bytes: Buffer, [first, second]: Pair, isBigEndian: boolean): Pair {
  let [one, two] = [first, second];
  for (let at = 0; at + 8 <= bytes.byteLength; at += 8) {
    one = (one + (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + two) >>> 0;
    two = (two + (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + one) >>> 0;
  }
  return [one, two];
}
