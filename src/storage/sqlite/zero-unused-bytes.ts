import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Statement } from 'better-sqlite3';
import { busyTimeoutMs, type Db, type WalState } from './open.ts';
import { frameHeadBytes, walHeadBytes } from './wal-format.ts';

/**
 * Overwrites the unused bytes of a file's pages. SQLite moves rows between pages and leaves copies in these bytes, which `secure_delete`
 * does not overwrite. SQLite never reads them and cannot write them, so they are written past it, by the thread of the only writer and after
 * a checkpoint: then the file has the newest version of each page. A crash leaves some bytes zeroed and others not, which changes nothing.
 * @source https://www.sqlite.org/fileformat2.html (2026-11-25)
 */

/** Pages in one step. No commit waits for more than a few milliseconds. */
const pagesAtOnce = 512;
const retryMs = 20;
const saltAt = 16;
/** SQLite stores nothing on the page with this byte. */
const pendingByte = 0x4000_0000;
const zeros = Buffer.alloc(65_536);
const pointerBytes = 5;
/** The first byte of a page's entry in the pointer map. */
const treeKinds: ReadonlySet<number | undefined> = new Set([1, 5]);

export interface ZeroingPass {
  /** Resolves when all bytes are overwritten that were unused when the pass began. */
  readonly done: Promise<void>;
  /** Notes the pages that changed since the last call: rows may have moved to pages that the pass has left. Call it before a checkpoint. */
  noteChanges(): void;
  /** Zeroes the pages that were noted since the pass ended. Call it while the write-ahead log is empty. */
  zeroChanged(): void;
  /** Cancels the pass. Resolves when nothing writes the file past SQLite any more. */
  stop(): Promise<void>;
}

/**
 * Opens a file for passes. Close it after all connections of the process to the file: closing releases the locks of all of them.
 * @source https://www.sqlite.org/howtocorrupt.html (2026-11-28), "Posix advisory locks canceled"
 */
export function openForZeroing(db: Db): { start(): ZeroingPass; close(): void } {
  const handle = openSync(db.name, 'r+');
  return { start: () => startPass(db, handle), close: () => closeSync(handle) };
}

function startPass(db: Db, handle: number): ZeroingPass {
  const pageBytes = Number(db.pragma('page_size', { simple: true }));
  const changes = new ChangedPages(db, pageBytes);
  const checkpoint = db.prepare<[], WalState>('PRAGMA wal_checkpoint(PASSIVE)');
  let isStopping = false;
  const run = async () => {
    // Without the pointer map, a page does not show whether it belongs to a tree.
    if (db.pragma('auto_vacuum', { simple: true }) === 0) throw new Error(`${db.name} has no pointer map`);
    changes.note();
    changes.take();
    let deadline = performance.now() + busyTimeoutMs;
    for (let next = 2; ; ) {
      await nextTurn();
      if (isStopping) throw new Error('the pass was cancelled');
      changes.note();
      const { log, checkpointed } = checkpoint.get() ?? { log: 0, checkpointed: -1 };
      // A read of an older version keeps the log from being copied.
      if (checkpointed < log) {
        if (performance.now() > deadline) throw new Error('a long read keeps the write-ahead log from being copied');
        await sleep(retryMs);
        continue;
      }
      deadline = performance.now() + busyTimeoutMs;
      // The rest of the step is one turn of the event loop, so no commit is in between.
      const file = new FilePages(handle, pageBytes);
      const end = Math.min(next + pagesAtOnce, file.count + 1);
      for (const page of changes.take()) if (page > 1 && page < next) file.zero(page, 1);
      if (next < end) file.zero(next, end - next);
      // A page in the cache would bring its old bytes back with its next row.
      if (file.isChanged) db.pragma('shrink_memory');
      if (end > file.count) break;
      next = end;
    }
    fdatasyncSync(handle);
  };
  const zeroChanged = () => {
    const file = new FilePages(handle, pageBytes);
    for (const page of changes.take()) if (page > 1 && page <= file.count) file.zero(page, 1);
    if (!file.isChanged) return;
    db.pragma('shrink_memory');
    fdatasyncSync(handle);
  };
  const done = run();
  return {
    done,
    noteChanges: () => changes.note(),
    zeroChanged,
    async stop() {
      isStopping = true;
      await Promise.allSettled([done]);
    },
  };
}

/** The pages in the commits of the write-ahead log. */
class ChangedPages {
  readonly #walState: Statement<[], WalState>;
  readonly #wal: string;
  readonly #frameBytes: number;
  #pages = new Set<number>();
  #salt: Buffer = Buffer.alloc(0);
  #seen = 0;

  constructor(db: Db, pageBytes: number) {
    this.#walState = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#wal = `${db.name}-wal`;
    this.#frameBytes = frameHeadBytes + pageBytes;
  }

  note(): void {
    const log = this.#walState.get()?.log ?? 0;
    if (log <= 0) return;
    const handle = openSync(this.#wal, 'r');
    try {
      const salt = readAt(handle, 8, saltAt);
      if (!salt.equals(this.#salt)) this.#seen = 0; // The log began anew.
      this.#salt = salt;
      for (let frame = this.#seen; frame < log; frame += 1)
        this.#pages.add(readAt(handle, 4, walHeadBytes + frame * this.#frameBytes).readUInt32BE());
      this.#seen = log;
    } finally {
      closeSync(handle);
    }
  }

  /** Returns the noted pages and forgets them. */
  take(): ReadonlySet<number> {
    const pages = this.#pages;
    this.#pages = new Set();
    return pages;
  }
}

/** The pages of a file without SQLite. */
class FilePages {
  readonly #handle: number;
  readonly #pageBytes: number;
  readonly #usableBytes: number;
  readonly count: number;
  isChanged = false;
  #map: { readonly at: number; readonly bytes: Buffer } | undefined;

  constructor(handle: number, pageBytes: number) {
    this.#handle = handle;
    this.#pageBytes = pageBytes;
    this.#usableBytes = pageBytes - (readAt(handle, 1, 20)[0] ?? 0);
    this.count = Math.floor(fstatSync(handle).size / pageBytes);
  }

  /** Zeroes the unused bytes of a number of pages from `first` on. */
  zero(first: number, count: number): void {
    const bytes = readAt(this.#handle, count * this.#pageBytes, (first - 1) * this.#pageBytes);
    for (let index = 0; index < count; index += 1) {
      const start = index * this.#pageBytes;
      if (!this.#isTree(first + index)) continue;
      for (const [from, to] of findUnused(bytes.subarray(start, start + this.#usableBytes))) {
        const unused = bytes.subarray(start + from, start + to);
        if (unused.equals(zeros.subarray(0, unused.byteLength))) continue;
        writeSync(this.#handle, zeros, 0, unused.byteLength, (first - 1 + index) * this.#pageBytes + from);
        this.isChanged = true;
      }
    }
  }

  /** Returns whether a page belongs to a table or an index, by the pointer map. */
  #isTree(page: number): boolean {
    const covered = Math.floor(this.#usableBytes / pointerBytes) + 1;
    const regular = Math.floor((page - 2) / covered) * covered + 2;
    const pending = Math.floor(pendingByte / this.#pageBytes) + 1;
    const at = regular === pending ? regular + 1 : regular;
    if (page <= at || page === pending) return false;
    if (this.#map?.at !== at) this.#map = { at, bytes: readAt(this.#handle, this.#pageBytes, (at - 1) * this.#pageBytes) };
    return treeKinds.has(this.#map.bytes[pointerBytes * (page - at - 1)]);
  }
}

/** Returns the unused parts of a page of a tree: between its pointers and its cells, and where cells were removed. */
function findUnused(page: Buffer): readonly (readonly [from: number, to: number])[] {
  const isLeaf = ((page[0] ?? 0) & 8) !== 0;
  const pointersEnd = (isLeaf ? 8 : 12) + 2 * page.readUInt16BE(3);
  const cells = page.readUInt16BE(5) || 65_536;
  if (pointersEnd > cells || cells > page.byteLength) return []; // damaged
  const parts: [number, number][] = [[pointersEnd, cells]];
  // A removed cell begins with the position of the next one and its own length.
  for (let at = page.readUInt16BE(1), last = cells - 1; at > last && at + 4 <= page.byteLength; ) {
    const end = at + page.readUInt16BE(at + 2);
    if (end < at + 4 || end > page.byteLength) break;
    parts.push([at + 4, end]);
    last = end - 1;
    at = page.readUInt16BE(at);
  }
  return parts;
}

function readAt(handle: number, length: number, position: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(handle, bytes, 0, length, position);
  return bytes;
}
