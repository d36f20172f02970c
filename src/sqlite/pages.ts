import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';

/**
 * Reads SQLite's files page by page, past SQLite itself: for a file that it refuses, or reads only in part.
 * @source https://www.sqlite.org/fileformat2.html (2026-11-25)
 */

/** Of every file that Convey makes. */
export const pageBytes = 4_096;
const walHeadBytes = 32;
const frameHeadBytes = 24;
const frameBytes = frameHeadBytes + pageBytes;

/** What a page held, once. */
export interface PageImage {
  /** From 1 on. */
  readonly page: number;
  read(): Buffer;
}

export interface Wal {
  /** Of what was committed, as far as it can be told where the log is damaged, in order. */
  readonly images: readonly PageImage[];
  /**
   * How many commits SQLite cannot read, because it stops at the damage. One may be what was being written when the power went, and was
   * never acknowledged.
   */
  readonly lostCommits: number;
}

/** The pages of a file that may be large: each is read when it is asked for. What a page lacks at the end of the file is zeros. */
export function openPages(file: string): { readonly images: readonly PageImage[]; close(): void } {
  if (!existsSync(file)) return { images: [], close: () => {} };
  const handle = openSync(file, 'r');
  const images = Array.from({ length: Math.ceil(statSync(file).size / pageBytes) }, (_, index) => ({
    page: index + 1,
    read: () => {
      const bytes = Buffer.alloc(pageBytes);
      readSync(handle, bytes, 0, pageBytes, index * pageBytes);
      return bytes;
    },
  }));
  return { images, close: () => closeSync(handle) };
}

/** What the write-ahead log holds. One that is empty, or is not there, is sound. */
export function readWal(file: string): Wal {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  if (bytes.byteLength < walHeadBytes + frameBytes) return { images: [], lostCommits: 0 };
  const isBigEndian = bytes.readUInt32BE(0) === 0x377f0683;
  const headSum = walSum(bytes.subarray(0, 24), [0, 0], isBigEndian);
  const isHeadSound =
    (isBigEndian || bytes.readUInt32BE(0) === 0x377f0682) &&
    headSum[0] === bytes.readUInt32BE(24) &&
    headSum[1] === bytes.readUInt32BE(28);
  const count = Math.floor((bytes.byteLength - walHeadBytes) / frameBytes);
  const frames = Array.from({ length: count }, (_, index) => frameOf(bytes, index));
  // The log is written from its beginning after each reset, so the first frames bear the present salts where the head does not tell them.
  const agreeing = frames.find((frame, index) => frame.salts.join() === frames[index + 1]?.salts.join()) ?? frames[0];
  const salts = isHeadSound ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : (agreeing?.salts ?? []);

  let sum: Sum = headSum;
  let sound = 0;
  let committedSoundly = 0;
  for (const { head, read, salts: given, sum: written, isCommit } of isHeadSound ? frames : []) {
    sum = walSum(read(), walSum(head.subarray(0, 8), sum, isBigEndian), isBigEndian);
    if (given.join() !== salts.join() || sum.join() !== written.join()) break;
    sound += 1;
    if (isCommit) committedSoundly = sound;
  }
  // Beyond the present ones stand frames of an earlier round, under other salts.
  const isPresent = ({ salts: given }: Frame) => given[0] === salts[0] || given[1] === salts[1];
  const end = frames.findLastIndex((frame, index) => index < committedSoundly || (isPresent(frame) && frame.isCommit)) + 1;
  const lostCommits = frames.slice(committedSoundly, end).filter(({ isCommit }) => isCommit).length;
  return { images: frames.slice(0, end), lostCommits };
}

interface Frame extends PageImage {
  readonly head: Buffer;
  readonly salts: readonly number[];
  readonly sum: readonly number[];
  readonly isCommit: boolean;
}

function frameOf(wal: Buffer, index: number): Frame {
  const at = walHeadBytes + index * frameBytes;
  const head = wal.subarray(at, at + frameHeadBytes);
  return {
    page: head.readUInt32BE(0),
    isCommit: head.readUInt32BE(4) !== 0,
    salts: [head.readUInt32BE(8), head.readUInt32BE(12)],
    sum: [head.readUInt32BE(16), head.readUInt32BE(20)],
    head,
    read: () => wal.subarray(at + frameHeadBytes, at + frameBytes),
  };
}

type Sum = readonly [number, number];

function walSum(bytes: Buffer, [first, second]: Sum, isBigEndian: boolean): Sum {
  let [one, two] = [first, second];
  for (let at = 0; at + 8 <= bytes.byteLength; at += 8) {
    one = (one + (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + two) >>> 0;
    two = (two + (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + one) >>> 0;
  }
  return [one, two];
}
