import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * Reads SQLite's files page by page, past SQLite itself: for a file that it refuses, or reads only in part.
 * @source https://www.sqlite.org/fileformat2.html (2026-11-25)
 */

/** Of every file that Convey makes. */
export const pageBytes = 4_096;
const walHeadBytes = 32;
const frameHeadBytes = 24;
const frameBytes = frameHeadBytes + pageBytes;
/** Read in one go. */
const framesAtOnce = 256;
/** More rounds of a write-ahead log than happen between two truncations of it: the bound if its head is damaged. */
const mostRounds = 2 ** 20;

/** A file, or its write-ahead log, of which each page is read when it is asked for. What a page lacks at the end is zeros. */
export interface PageReader {
  readonly count: number;
  /** Of a file by the page's number, from 1 on; of a write-ahead log by the frame's, from 0 on. */
  read(at: number): Buffer;
  close(): void;
}

/** What a write-ahead log holds of what was committed, as far as it can be told where it is damaged. */
export interface WalSummary {
  /** The number of the page in each frame, in order. */
  readonly pages: readonly number[];
  /**
   * How many frames SQLite reads. The others stand beyond damage, or are left of a commit that failed and that a shorter one was written
   * over: the one cannot be told from the other.
   */
  readonly sound: number;
  /**
   * How many commits SQLite cannot read, because it stops at the damage. One may be what was being written when the power went, and was
   * never acknowledged.
   */
  readonly lostCommits: number;
}

export function openPages(file: string): PageReader {
  return openParts(
    file,
    (size) => Math.ceil(size / pageBytes),
    (page) => (page - 1) * pageBytes,
  );
}

export function openWalFrames(wal: string): PageReader {
  return openParts(wal, framesIn, (frame) => walHeadBytes + frame * frameBytes + frameHeadBytes);
}

function openParts(file: string, countIn: (size: number) => number, placeOf: (at: number) => number): PageReader {
  if (!existsSync(file)) return { count: 0, read: () => Buffer.alloc(pageBytes), close: () => {} };
  const handle = openSync(file, 'r');
  return {
    count: countIn(fstatSync(handle).size),
    read(at) {
      const bytes = Buffer.alloc(pageBytes);
      readSync(handle, bytes, 0, pageBytes, placeOf(at));
      return bytes;
    },
    close: () => closeSync(handle),
  };
}

/** One that is empty, or is not there, is sound. */
export function readWal(file: string): WalSummary {
  if (!existsSync(file)) return { pages: [], sound: 0, lostCommits: 0 };
  const handle = openSync(file, 'r');
  try {
    return readFrames(handle, framesIn(fstatSync(handle).size));
  } finally {
    closeSync(handle);
  }
}

/**
 * Whether a checkpoint has brought into the file what its write-ahead log holds beyond the damage. What SQLite reads is then not of one
 * moment; else it is the file as it was after an earlier commit.
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

function framesIn(size: number): number {
  return Math.max(0, Math.floor((size - walHeadBytes) / frameBytes));
}

function readFrames(handle: number, count: number): WalSummary {
  const head = Buffer.alloc(walHeadBytes);
  readSync(handle, head, 0, walHeadBytes, 0);
  const isBigEndian = head.readUInt32BE(0) === 0x377f0683;
  let sum = walSum(head.subarray(0, 24), [0, 0], isBigEndian);
  const isHeadSound =
    (isBigEndian || head.readUInt32BE(0) === 0x377f0682) && sum[0] === head.readUInt32BE(24) && sum[1] === head.readUInt32BE(28);
  const salts = isHeadSound ? saltsAt(head, 16) : agreedSalts(handle, count);
  const earlierRounds = isHeadSound ? head.readUInt32BE(12) : mostRounds;

  const pages: number[] = [];
  let isChained = isHeadSound;
  let [sound, end, lostCommits] = [0, 0, 0];
  for (const frame of framesOf(handle, count)) {
    const given = saltsAt(frame, 8);
    if (isChained) {
      sum = walSum(frame.subarray(frameHeadBytes), walSum(frame.subarray(0, 8), sum, isBigEndian), isBigEndian);
      const isSum = sum[0] === frame.readUInt32BE(16) && sum[1] === frame.readUInt32BE(20);
      isChained = isSum && given[0] === salts[0] && given[1] === salts[1];
    }
    pages.push(frame.readUInt32BE(0));
    if (frame.readUInt32BE(4) === 0 || isOfEarlierRound(given, salts, earlierRounds)) continue;
    end = pages.length;
    if (isChained) sound = end;
    else lostCommits += 1;
  }
  pages.length = end;
  return { pages, sound, lostCommits };
}

/**
 * Beyond the present frames are those of earlier rounds. Each round adds one to the first salt and draws the second anew, so all other
 * salts are damage. A frame of zeros was never written.
 */
function isOfEarlierRound(given: Pair, salts: Pair, earlierRounds: number): boolean {
  if (given[0] === 0 && given[1] === 0) return true;
  const age = (salts[0] - given[0]) >>> 0;
  return given[1] !== salts[1] && age > 0 && age <= earlierRounds;
}

/** The log is written from its beginning after each reset, so the first frames bear the present salts where the head does not tell them. */
function agreedSalts(handle: number, count: number): Pair {
  let first: Pair | undefined;
  let before: Pair | undefined;
  for (const frame of framesOf(handle, count)) {
    const salts = saltsAt(frame, 8);
    if (before?.[0] === salts[0] && before[1] === salts[1]) return salts;
    first ??= salts;
    before = salts;
  }
  return first ?? [0, 0];
}

/** Each is good until the next is asked for. */
function* framesOf(handle: number, count: number): Generator<Buffer> {
  const some = Buffer.alloc(framesAtOnce * frameBytes);
  for (let from = 0; from < count; from += framesAtOnce) {
    const length = Math.min(framesAtOnce, count - from);
    readSync(handle, some, 0, length * frameBytes, walHeadBytes + from * frameBytes);
    for (let at = 0; at < length; at += 1) yield some.subarray(at * frameBytes, (at + 1) * frameBytes);
  }
}

type Pair = readonly [number, number];

function saltsAt(bytes: Buffer, at: number): Pair {
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
