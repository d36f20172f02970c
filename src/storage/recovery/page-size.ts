import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { readRows } from './btree-cells.ts';

/** The page sizes of files that Convey creates: of the present log, and of all others. */
const pageSizes = [4_096, 8_192] as const;
/** The beginning of a file from which its page size is guessed. */
const judgedBytes = 2 * 1024 * 1024;

/**
 * Returns the page size by the headers of the file and of its write-ahead log if they agree, or by the form of the pages.
 * @source https://www.sqlite.org/fileformat2.html (2026-11-25)
 */
export function findPageBytes(file: string): number {
  const inHeader = readAt(file, 16, 2)?.readUInt16BE(0);
  const inWal = readAt(`${file}-wal`, 8, 4)?.readUInt32BE(0);
  const named = pageSizes.find((one) => one === inHeader) ?? pageSizes.find((one) => one === inWal);
  return inHeader === inWal && named !== undefined ? named : (guessPageBytes(file) ?? named ?? pageSizes[0]);
}

/** Compares the rows that the pages have in either size. A wrong size misses about half of them. */
function guessPageBytes(file: string): number | undefined {
  const [small = 0, large = 0] = pageSizes.map((size) => countRows(file, size));
  if (small === large) return undefined;
  return large > small ? pageSizes[1] : pageSizes[0];
}

function countRows(file: string, size: number): number {
  let rows = 0;
  for (let at = size; at < judgedBytes; at += size) {
    const page = readAt(file, at, size);
    if (!page) break;
    rows += readRows(page, () => undefined).length;
  }
  return rows;
}

function readAt(file: string, at: number, length: number): Buffer | undefined {
  if (!existsSync(file)) return undefined;
  const handle = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return readSync(handle, bytes, 0, length, at) === length ? bytes : undefined;
  } finally {
    closeSync(handle);
  }
}
