import type { Db } from '../open.ts';
import { entryBytes, type Fingerprint, type KeyEntries, KeyTable, packEntries, readEntries } from './key-entries.ts';
import { buildFilter, countKeys, mayContain } from './key-filter.ts';

/**
 * An index from keys to the numbers of rows, for keys as random as hashes. In a b-tree each of them changes a page of its own. This index
 * appends the keys of a transaction in one row, and holds them in memory. Once they are many it writes them as a run, in chunks by
 * fingerprint. A filter in memory shows which runs a key may be in. A run that has lost most of its entries is written anew.
 *
 * An entry has 8 bytes of a key's SHA-256. It only names a candidate: the caller compares the key that the row holds.
 *
 * A transaction's additions are the last entries in memory, and its removals a list, until `save`. Both are taken back when the transaction or
 * one of its operations is undone. A recent entry keeps its place. A removal overwrites the stored one with zeros and appends a note of the
 * place, by which readers remove their copy too.
 */

/** Entries held in memory before they become a run. */
const recentEntries = 32_768;
/** The number of small runs that are merged into one, so that a lookup asks few filters. */
const mergedRuns = 8;
/** A run is not written anew for fewer removed entries. */
const minRemoved = 4_096;
const chunkEntries = 256;
const maxChunkBits = 12;
/** Chunks of a run have consecutive ids. */
const chunksPerRun = 2 ** maxChunkBits;

/** Marks the note of a removal: an entry of row 0, with a place instead of `lo`. */
const removalMark = 0xffff_ffff;

interface Run {
  readonly id: number;
  /** The number of entries that were not removed. */
  readonly entries: number;
  /** Chunks are numbered by these first bits of the fingerprint. */
  readonly bits: number;
  readonly filter: Uint32Array;
}

interface Stored {
  readonly newest: number | null;
  readonly lastRun: number | null;
}

interface Removal extends Fingerprint {
  readonly row: number;
  /** Later entries were added after the removal. */
  readonly end: number;
}

/** A stored row of recent entries. */
interface Block {
  readonly id: number;
  /** The place of its first entry. */
  readonly start: number;
}

/** The state of a transaction before one of its operations. */
export interface IndexMark {
  readonly size: number;
  readonly removals: number;
  readonly runs: readonly Run[];
}

/** Returns the tables of an index: part of a migration step, so it never changes. */
export const keyIndexTables = (name: string) => `
  CREATE TABLE ${name}_recent (id INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
  CREATE TABLE ${name}_runs (id INTEGER PRIMARY KEY, entries INTEGER NOT NULL, bits INTEGER NOT NULL, last INTEGER NOT NULL,
    filter BLOB NOT NULL) STRICT;
  CREATE TABLE ${name}_chunks (id INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;`;

const opened = new WeakMap<Db, Map<string, KeyIndex>>();

/** Returns the connection's index of this name. */
export function getKeyIndex(db: Db, name: string): KeyIndex {
  const indexes = opened.get(db) ?? new Map<string, KeyIndex>();
  opened.set(db, indexes);
  const index = indexes.get(name) ?? new KeyIndex(db, name);
  indexes.set(name, index);
  return index;
}

/** One connection's view of the index. The writing connection adds; others read what is committed. */
export class KeyIndex {
  readonly #db;
  readonly #sql;
  readonly #recent = new KeyTable(recentEntries);
  #blocks: Block[] = [];
  #removals: Removal[] = [];
  #runs: readonly Run[] = [];
  /** The newest run of the file, be it empty. A later one begins the recent entries anew. `undefined`: all must be read. */
  #lastRun: number | undefined;
  /** The newest row of recent entries that is in memory. */
  #newest = 0;
  /** Entries in memory that are also stored. */
  #saved = 0;
  /** The `data_version` at the last refresh: it changes when another connection commits. */
  #version: number | undefined;
  /** Whether reads run on the state of the last refresh. */
  #isFresh = false;

  constructor(db: Db, name: string) {
    this.#db = db;
    this.#sql = {
      stored: db.prepare<[], Stored>(
        `SELECT (SELECT max(id) FROM ${name}_recent) AS newest, (SELECT max(id) FROM ${name}_runs) AS lastRun`,
      ),
      begin: db.prepare('BEGIN'),
      commit: db.prepare('COMMIT'),
      version: db.prepare<[], number>('PRAGMA data_version').pluck(),
      recent: db.prepare<[number], { id: number; entries: Buffer }>(
        `SELECT id, entries FROM ${name}_recent WHERE id > ? ORDER BY id`,
      ),
      addRecent: db.prepare(`INSERT INTO ${name}_recent (id, entries) VALUES (?, ?)`),
      recentOf: db.prepare<[number], Buffer>(`SELECT entries FROM ${name}_recent WHERE id = ?`).pluck(),
      replaceRecent: db.prepare(`UPDATE ${name}_recent SET entries = ? WHERE id = ?`),
      removeRecent: db.prepare(`DELETE FROM ${name}_recent`),
      runIds: db.prepare<[], { id: number; entries: number; bits: number }>(
        `SELECT id, entries, bits FROM ${name}_runs WHERE entries > 0 ORDER BY id`,
      ),
      filter: db.prepare<[number], Buffer>(`SELECT filter FROM ${name}_runs WHERE id = ?`).pluck(),
      addRun: db.prepare(`INSERT INTO ${name}_runs (id, entries, bits, last, filter) VALUES (?, ?, ?, ?, ?)`),
      countEntries: db.prepare(`UPDATE ${name}_runs SET entries = ? WHERE id = ?`),
      emptyRun: db.prepare(`UPDATE ${name}_runs SET entries = 0, last = 0, filter = x'' WHERE id = ?`),
      removeEmptyRuns: db.prepare(`DELETE FROM ${name}_runs WHERE entries = 0`),
      hasEntries: db.prepare(`SELECT 1 FROM ${name}_chunks WHERE id >= ? AND id < ? AND entries <> x'' LIMIT 1`),
      removeRun: db.prepare(`DELETE FROM ${name}_runs WHERE id = ?`),
      runsUpTo: db.prepare<[number], number>(`SELECT id FROM ${name}_runs WHERE last <= ? AND entries > 0`).pluck(),
      chunk: db.prepare<[number], Buffer>(`SELECT entries FROM ${name}_chunks WHERE id = ?`).pluck(),
      chunks: db.prepare<[number, number], Buffer>(`SELECT entries FROM ${name}_chunks WHERE id >= ? AND id < ?`).pluck(),
      addChunk: db.prepare(`INSERT INTO ${name}_chunks (id, entries) VALUES (?, ?)`),
      replaceChunk: db.prepare(`UPDATE ${name}_chunks SET entries = ? WHERE id = ?`),
      removeChunks: db.prepare(`DELETE FROM ${name}_chunks WHERE id >= ? AND id < ?`),
    };
  }

  /** Reads what other connections committed. */
  #refresh(): void {
    const version = this.#sql.version.get();
    if (this.#version === version) return;
    this.#version = undefined;
    const stored = this.#sql.stored.get();
    const lastRun = stored?.lastRun ?? 0;
    const newest = stored?.newest ?? 0;
    if (lastRun !== this.#lastRun || newest < this.#newest) this.#reload(lastRun);
    else if (newest > this.#newest) this.#readRecent();
    this.#version = version;
  }

  #reload(lastRun: number): void {
    this.#lastRun = undefined;
    const known = new Map(this.#runs.map((run) => [run.id, run]));
    this.#runs = this.#sql.runIds.all().flatMap(({ id, entries, bits }): Run[] => {
      const filter = known.get(id)?.filter ?? toFilter(this.#sql.filter.get(id));
      return filter ? [{ id, entries, bits, filter }] : [];
    });
    this.#forgetRecent();
    this.#readRecent();
    this.#lastRun = lastRun;
  }

  #forgetRecent(): void {
    this.#recent.clear();
    this.#blocks = [];
    this.#newest = 0;
    this.#saved = 0;
  }

  #readRecent(): void {
    for (const { id, entries } of this.#sql.recent.iterate(this.#newest)) {
      this.#blocks.push({ id, start: this.#recent.size });
      readEntries(entries, (hi, lo, row) => {
        if (row > 0) return this.#recent.add(hi, lo, row);
        this.#recent.addUnlinked(hi, lo);
        if (hi === removalMark) this.#recent.empty(lo);
      });
      this.#newest = id;
      this.#saved = this.#recent.size;
    }
  }

  /** Adds an entry. `save` stores it. */
  add({ hi, lo }: Fingerprint, row: number): void {
    if (this.#version === undefined) this.#refresh();
    this.#recent.add(hi, lo, row);
  }

  /** Removes an entry, also from the disk. Until `save` it is still found. */
  remove({ hi, lo }: Fingerprint, row: number): void {
    this.#refresh();
    this.#removals.push({ hi, lo, row, end: this.#recent.size });
  }

  /** Returns the rows whose key may have this fingerprint, at most `most`. */
  find(key: Fingerprint, most = Number.POSITIVE_INFINITY): readonly number[] {
    return this.readTogether(() => this.#find(key, most));
  }

  /** Runs reads on one state of the file. Several finds take a third less time together than each on its own. `read` changes nothing. */
  readTogether<T>(read: () => T): T {
    if (this.#isFresh) return read();
    // Between two statements of a reader the writer may turn recent entries into a run.
    const begins = this.#db.readonly && !this.#db.inTransaction;
    if (begins) this.#sql.begin.run();
    try {
      this.#refresh();
      this.#isFresh = true;
      return read();
    } finally {
      this.#isFresh = false;
      if (begins && this.#db.inTransaction) this.#sql.commit.run();
    }
  }

  #find({ hi, lo }: Fingerprint, most: number): readonly number[] {
    const found = this.#recent.find(hi, lo, most);
    for (let index = this.#runs.length - 1; index >= 0 && found.length < most; index -= 1) {
      const run = this.#runs[index];
      if (!run || !mayContain(run.filter, hi, lo)) continue;
      readEntries(this.#sql.chunk.get(chunkId(run, hi)), (oneHi, oneLo, row) => {
        if (oneHi === hi && oneLo === lo && row > 0 && found.length < most) found.push(row);
      });
    }
    return found;
  }

  /** Removes the runs whose rows are all at or before this one. */
  removeUpTo(row: number): void {
    this.#refresh();
    const ids = this.#sql.runsUpTo.all(row);
    for (const id of ids) this.#removeRun(id);
  }

  /** Returns the state before an operation, for `undo`. It is `undefined` while the transaction has not used the index. */
  mark(): IndexMark | undefined {
    if (this.#version !== this.#sql.version.get()) return undefined;
    return { size: this.#recent.size, removals: this.#removals.length, runs: this.#runs };
  }

  /** Takes back the changes after a mark of the same transaction, whose statements were undone. */
  undo(mark: IndexMark | undefined): void {
    if (!mark) {
      this.rollback();
      return;
    }
    this.#recent.truncate(mark.size);
    this.#removals.length = mark.removals;
    this.#runs = mark.runs;
  }

  /** Takes back the changes of a transaction that was rolled back. The runs are read again, but not the filters of those that are left. */
  rollback(): void {
    this.#removals = [];
    this.#forgetRecent();
    this.#lastRun = undefined;
    this.#version = undefined;
  }

  /** Stores the additions and removals of a transaction, before its commit. */
  save(): void {
    const removals = this.#removals;
    this.#removals = [];
    if (removals.length > 0) {
      this.#removeFromRuns(removals);
      this.#removeFromRecent(removals);
    }
    if (this.#saved === this.#recent.size) return;
    if (this.#recent.size >= recentEntries) {
      this.#recent.compact();
      this.#addRun(this.#recent);
      this.#sql.removeRecent.run();
      this.#forgetRecent();
      this.#rewriteSparseRun();
      this.#mergeRuns();
      return;
    }
    this.#newest += 1;
    this.#blocks.push({ id: this.#newest, start: this.#saved });
    this.#sql.addRecent.run(this.#newest, packEntries(this.#recent, this.#saved));
    this.#saved = this.#recent.size;
  }

  #removeFromRecent(removals: readonly Removal[]): void {
    const places = removals.flatMap(({ hi, lo, row, end }) => this.#recent.places(hi, lo, row, end));
    const stored = [...new Set(places)].filter((place) => place < this.#saved);
    for (const place of places) this.#recent.empty(place);
    const byBlock = Map.groupBy(stored, (place) => findBlock(this.#blocks, place));
    for (const [block, ofBlock] of byBlock) {
      const entries = block && this.#sql.recentOf.get(block.id);
      if (!entries) continue;
      for (const place of ofBlock) {
        const offset = (place - block.start) * entryBytes;
        entries.fill(0, offset, offset + entryBytes);
      }
      this.#sql.replaceRecent.run(entries, block.id);
    }
    for (const place of stored) this.#recent.addUnlinked(removalMark, place);
  }

  #removeFromRuns(removals: readonly Removal[]): void {
    for (const run of this.#runs) {
      const possible = removals.filter(({ hi, lo }) => mayContain(run.filter, hi, lo));
      let removed = 0;
      let hasEmptied = false;
      for (const [id, ofChunk] of Map.groupBy(possible, ({ hi }) => chunkId(run, hi))) {
        const change = this.#removeFromChunk(id, ofChunk);
        removed += change.removed;
        hasEmptied ||= change.removed > 0 && change.left === 0;
      }
      const isEmpty = hasEmptied && !this.#sql.hasEntries.get(run.id * chunksPerRun, (run.id + 1) * chunksPerRun);
      if (isEmpty) this.#removeRun(run.id);
      else if (removed > 0) this.#setEntries(run, run.entries - removed);
    }
  }

  /** Stores the number of a run's entries. A run with 0 would no longer be read. */
  #setEntries(run: Run, counted: number): void {
    const entries = Math.max(1, counted);
    this.#sql.countEntries.run(entries, run.id);
    this.#runs = this.#runs.map((one) => (one.id === run.id ? { ...one, entries } : one));
  }

  /** Returns the numbers of entries that were removed, and that are left. */
  #removeFromChunk(id: number, removals: readonly Removal[]): { readonly removed: number; readonly left: number } {
    const chunk = this.#sql.chunk.get(id);
    if (!chunk) return { removed: 0, left: 0 };
    const rowsByKey = new Map<string, Set<number>>();
    for (const { hi, lo, row } of removals) {
      const key = `${hi} ${lo}`;
      const rows = rowsByKey.get(key) ?? new Set();
      rowsByKey.set(key, rows.add(row));
    }
    const firstHalves = new Set(removals.map(({ hi }) => hi));
    let removed = 0;
    let left = 0;
    readEntries(chunk, (hi, lo, row, at) => {
      if (row === 0) return;
      if (firstHalves.has(hi) && rowsByKey.get(`${hi} ${lo}`)?.has(row)) {
        chunk.fill(0, at, at + entryBytes); // A row of the same length stays in its place on the disk.
        removed += 1;
      } else left += 1;
    });
    if (removed > 0) this.#sql.replaceChunk.run(left > 0 ? chunk : Buffer.alloc(0), id);
    return { removed, left };
  }

  /** Writes a run. Its id was never used before: readers know runs and recent entries by it. */
  #addRun(entries: KeyEntries): void {
    const id = (this.#lastRun ?? 0) + 1;
    const bits = Math.min(maxChunkBits, Math.max(0, Math.ceil(Math.log2(entries.size / chunkEntries))));
    const chunks: number[][] = Array.from({ length: entries.size > 0 ? 2 ** bits : 0 }, () => []);
    let last = 0;
    for (let index = 0; index < entries.size; index += 1) {
      chunks[chunkOf(bits, entries.hi(index))]?.push(index);
      last = Math.max(last, entries.row(index));
    }
    for (const [index, chunk] of chunks.entries())
      this.#sql.addChunk.run(id * chunksPerRun + index, packEntries(entries, 0, chunk));
    const filter = buildFilter(entries);
    this.#sql.removeEmptyRuns.run();
    this.#sql.addRun.run(id, entries.size, bits, last, Buffer.from(filter.buffer));
    this.#lastRun = id;
    if (entries.size > 0) this.#runs = [...this.#runs, { id, entries: entries.size, bits, filter }];
  }

  #mergeRuns(): void {
    const small = this.#runs.filter(({ entries }) => entries < 2 * recentEntries).slice(0, mergedRuns);
    if (small.length === mergedRuns) this.#rewrite(small);
  }

  /** One at a time, because a commit waits for it. */
  #rewriteSparseRun(): void {
    const sparse = this.#runs.find(({ entries, filter }) => countKeys(filter) - entries > Math.max(entries, minRemoved));
    if (sparse) this.#rewrite([sparse]);
  }

  /** Writes the entries of runs to a new one. */
  #rewrite(runs: readonly Run[]): void {
    const merged = new KeyTable(runs.reduce((sum, { entries }) => sum + entries, 0));
    for (const { id } of runs)
      for (const chunk of this.#sql.chunks.iterate(id * chunksPerRun, (id + 1) * chunksPerRun))
        readEntries(chunk, (hi, lo, row) => row > 0 && merged.add(hi, lo, row));
    this.#addRun(merged);
    for (const { id } of runs) this.#removeRun(id);
  }

  /** Removes a run. The row of the newest one stays, without entries, so that its id is not used again. */
  #removeRun(id: number): void {
    this.#runs = this.#runs.filter((run) => run.id !== id);
    if (id === this.#lastRun) this.#sql.emptyRun.run(id);
    else this.#sql.removeRun.run(id);
    this.#sql.removeChunks.run(id * chunksPerRun, (id + 1) * chunksPerRun);
  }
}

function findBlock(blocks: readonly Block[], place: number): Block | undefined {
  let from = 0;
  for (let to = blocks.length; to - from > 1; ) {
    const middle = (from + to) >>> 1;
    if ((blocks[middle]?.start ?? 0) <= place) from = middle;
    else to = middle;
  }
  return blocks[from];
}

function chunkOf(bits: number, hi: number): number {
  return bits === 0 ? 0 : hi >>> (32 - bits);
}

function chunkId({ id, bits }: Run, hi: number): number {
  return id * chunksPerRun + chunkOf(bits, hi);
}

function toFilter(bytes: Buffer | undefined): Uint32Array | undefined {
  return bytes && new Uint32Array(new Uint8Array(bytes).buffer);
}
