import type { Db } from '../open.ts';
import { entryBytes, type Fingerprint, type KeyEntries, KeyTable, packEntries, readEntries } from './key-entries.ts';
import { buildFilter, mayContain } from './key-filter.ts';

/**
 * An index from keys to the numbers of rows, for keys as random as hashes. In a b-tree each of them changes a page of its own. This index
 * appends the keys of a transaction in one row, and holds them in memory. Once they are many it writes them as a run, in chunks by
 * fingerprint. A filter in memory shows which runs a key may be in.
 *
 * An entry has 8 bytes of a key's SHA-256. It only names a candidate: the caller compares the key that the row holds. Entries of removed
 * rows and of rolled back transactions therefore do no harm.
 */

/** Entries held in memory before they become a run. */
const recentEntries = 32_768;
/** Small runs that are merged into one, so that a lookup asks few filters. */
const mergedRuns = 8;
const chunkEntries = 256;
const maxChunkBits = 12;
/** Chunks of a run have consecutive ids. */
const chunksPerRun = 2 ** maxChunkBits;

interface Run {
  readonly id: number;
  readonly entries: number;
  /** Chunks are numbered by these first bits of the fingerprint. */
  readonly bits: number;
  readonly filter: Uint32Array;
}

interface Stored {
  readonly oldest: number | null;
  readonly newest: number | null;
  readonly lastRun: number | null;
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
  readonly #sql;
  readonly #recent = new KeyTable(recentEntries);
  #runs: readonly Run[] = [];
  /** The newest row of recent entries that is in memory. */
  #newest = 0;
  #nextRow = 1;
  /** Entries in memory that are also stored. */
  #saved = 0;
  #hasRemoved = false;
  /** Whether this connection changed runs in a transaction that may have been rolled back. */
  #hasChangedRuns = false;
  #isFresh = false;
  /** The `data_version` at the last refresh: it changes when another connection commits. */
  #version: number | undefined;

  constructor(db: Db, name: string) {
    this.#sql = {
      stored: db.prepare<[], Stored>(
        `SELECT (SELECT min(id) FROM ${name}_recent) AS oldest, (SELECT max(id) FROM ${name}_recent) AS newest,
           (SELECT max(id) FROM ${name}_runs) AS lastRun`,
      ),
      version: db.prepare<[], number>('PRAGMA data_version').pluck(),
      recent: db.prepare<[number], { id: number; entries: Buffer }>(
        `SELECT id, entries FROM ${name}_recent WHERE id > ? ORDER BY id`,
      ),
      addRecent: db.prepare(`INSERT INTO ${name}_recent (id, entries) VALUES (?, ?)`),
      removeRecent: db.prepare(`DELETE FROM ${name}_recent`),
      runIds: db.prepare<[], { id: number; entries: number; bits: number }>(
        `SELECT id, entries, bits FROM ${name}_runs ORDER BY id`,
      ),
      filter: db.prepare<[number], Buffer>(`SELECT filter FROM ${name}_runs WHERE id = ?`).pluck(),
      addRun: db.prepare(`INSERT INTO ${name}_runs (id, entries, bits, last, filter) VALUES (?, ?, ?, ?, ?)`),
      countRun: db.prepare(`UPDATE ${name}_runs SET entries = ? WHERE id = ?`),
      hasEntries: db.prepare(`SELECT 1 FROM ${name}_chunks WHERE id >= ? AND id < ? AND entries <> x'' LIMIT 1`),
      removeRun: db.prepare(`DELETE FROM ${name}_runs WHERE id = ?`),
      runsUpTo: db.prepare<[number], number>(`SELECT id FROM ${name}_runs WHERE last <= ?`).pluck(),
      chunk: db.prepare<[number], Buffer>(`SELECT entries FROM ${name}_chunks WHERE id = ?`).pluck(),
      chunks: db.prepare<[number, number], Buffer>(`SELECT entries FROM ${name}_chunks WHERE id >= ? AND id < ?`).pluck(),
      addChunk: db.prepare(`INSERT INTO ${name}_chunks (id, entries) VALUES (?, ?)`),
      replaceChunk: db.prepare(`UPDATE ${name}_chunks SET entries = ? WHERE id = ?`),
      removeChunks: db.prepare(`DELETE FROM ${name}_chunks WHERE id >= ? AND id < ?`),
    };
  }

  /** Reads what other connections committed, and notices a transaction that was rolled back. */
  refresh(): void {
    const version = this.#sql.version.get();
    if (this.#isFresh && this.#version === version) return;
    this.#version = version;
    this.#isFresh = true;
    const { oldest = null, newest = null, lastRun } = this.#sql.stored.get() ?? {};
    const hasSameRuns = !this.#hasChangedRuns && (lastRun ?? 0) === (this.#runs.at(-1)?.id ?? 0);
    const isContinued = (newest ?? this.#newest) >= this.#newest && (oldest ?? 0) <= this.#newest + 1;
    const isEmptied = newest === null && this.#recent.size > 0 && this.#saved > 0;
    if (!hasSameRuns || !isContinued || isEmptied) this.#reload();
    else if (newest !== this.#newest) this.#readRecent();
  }

  #reload(): void {
    const known = new Map(this.#runs.map((run) => [run.id, run]));
    this.#runs = this.#sql.runIds.all().flatMap(({ id, entries, bits }): Run[] => {
      const filter = known.get(id)?.filter ?? toFilter(this.#sql.filter.get(id));
      return filter ? [{ id, entries, bits, filter }] : [];
    });
    this.#recent.clear();
    this.#newest = 0;
    this.#saved = 0;
    this.#hasRemoved = false;
    this.#hasChangedRuns = false;
    this.#readRecent();
  }

  #readRecent(): void {
    for (const { id, entries } of this.#sql.recent.iterate(this.#newest)) {
      readEntries(entries, (hi, lo, row) => this.#recent.add(hi, lo, row));
      this.#newest = id;
      this.#saved = this.#recent.size;
    }
    this.#nextRow = Math.max(this.#nextRow, this.#newest + 1);
  }

  /** Adds an entry. `save` stores it. */
  add({ hi, lo }: Fingerprint, row: number): void {
    if (!this.#isFresh) this.refresh();
    this.#recent.add(hi, lo, row);
  }

  /** Returns the rows whose key may have this fingerprint, at most `most`. */
  find(key: Fingerprint, most = Number.POSITIVE_INFINITY): readonly number[] {
    this.refresh();
    const { hi, lo } = key;
    const found = this.#recent.find(hi, lo, most);
    for (let index = this.#runs.length - 1; index >= 0 && found.length < most; index -= 1) {
      const run = this.#runs[index];
      if (!run || !mayContain(run.filter, hi, lo)) continue;
      readEntries(this.#sql.chunk.get(chunkId(run, hi)), (oneHi, oneLo, row) => {
        if (oneHi === hi && oneLo === lo && found.length < most) found.push(row);
      });
    }
    return found;
  }

  /** Removes an entry, also from the disk. */
  remove(key: Fingerprint, row: number): void {
    this.refresh();
    const { hi, lo } = key;
    if (this.#recent.remove(hi, lo, row)) {
      this.#hasRemoved = true;
      return;
    }
    for (const run of this.#runs) {
      if (!mayContain(run.filter, hi, lo)) continue;
      const chunk = this.#sql.chunk.get(chunkId(run, hi));
      if (!chunk) continue;
      const left: Buffer[] = [];
      readEntries(chunk, (oneHi, oneLo, oneRow, at) => {
        if (oneHi !== hi || oneLo !== lo || oneRow !== row) left.push(chunk.subarray(at, at + entryBytes));
      });
      if (left.length * entryBytes === chunk.byteLength) continue;
      this.#sql.replaceChunk.run(Buffer.concat(left), chunkId(run, hi));
      this.#countRemoved(run, chunk.byteLength / entryBytes - left.length);
    }
  }

  /** Lowers the number of a run's entries, by which runs are merged. Removes an empty run. */
  #countRemoved(run: Run, removed: number): void {
    const entries = Math.max(0, run.entries - removed);
    this.#sql.countRun.run(entries, run.id);
    this.#runs = this.#runs.map((one) => (one.id === run.id ? { ...one, entries } : one));
    if (entries > 0 || this.#sql.hasEntries.get(run.id * chunksPerRun, (run.id + 1) * chunksPerRun)) return;
    this.#removeRun(run.id);
    this.#runs = this.#runs.filter(({ id }) => id !== run.id);
  }

  /** Removes the runs whose rows are all at or before this one. */
  removeUpTo(row: number): void {
    this.refresh();
    const ids = this.#sql.runsUpTo.all(row);
    for (const id of ids) this.#removeRun(id);
    this.#runs = this.#runs.filter(({ id }) => !ids.includes(id));
  }

  /** Stores the additions and removals of a transaction, before its commit. */
  save(): void {
    const isUnchanged = !this.#hasRemoved && this.#saved === this.#recent.size;
    if (!isUnchanged || this.#hasChangedRuns) this.#isFresh = false; // The transaction may still be rolled back.
    if (isUnchanged) return;
    if (this.#hasRemoved) {
      this.#sql.removeRecent.run();
      this.#recent.compact();
      this.#saved = 0;
      this.#hasRemoved = false;
      this.#nextRow += 1; // By this gap other connections see that rows were rewritten.
      if (this.#recent.size === 0) return;
    }
    if (this.#recent.size >= recentEntries) {
      this.#addRun(this.#recent);
      this.#sql.removeRecent.run();
      this.#recent.clear();
      this.#saved = 0;
      this.#mergeRuns();
      return;
    }
    this.#newest = this.#nextRow;
    this.#nextRow += 1;
    this.#sql.addRecent.run(this.#newest, packEntries(this.#recent, this.#saved));
    this.#saved = this.#recent.size;
  }

  #addRun(entries: KeyEntries): void {
    const id = (this.#runs.at(-1)?.id ?? 0) + 1;
    const bits = Math.min(maxChunkBits, Math.max(0, Math.ceil(Math.log2(entries.size / chunkEntries))));
    const chunks: number[][] = Array.from({ length: 2 ** bits }, () => []);
    let last = 0;
    for (let index = 0; index < entries.size; index += 1) {
      chunks[chunkOf(bits, entries.hi(index))]?.push(index);
      last = Math.max(last, entries.row(index));
    }
    for (const [index, chunk] of chunks.entries())
      this.#sql.addChunk.run(id * chunksPerRun + index, packEntries(entries, 0, chunk));
    this.#hasChangedRuns = true;
    const filter = buildFilter(entries);
    this.#sql.addRun.run(id, entries.size, bits, last, Buffer.from(filter.buffer));
    this.#runs = [...this.#runs, { id, entries: entries.size, bits, filter }];
  }

  #mergeRuns(): void {
    const small = this.#runs.filter(({ entries }) => entries < 2 * recentEntries);
    if (small.length < mergedRuns) return;
    const merged = new KeyTable(small.reduce((sum, { entries }) => sum + entries, 0));
    for (const { id } of small)
      for (const chunk of this.#sql.chunks.iterate(id * chunksPerRun, (id + 1) * chunksPerRun))
        readEntries(chunk, (hi, lo, row) => merged.add(hi, lo, row));
    this.#addRun(merged);
    for (const { id } of small) this.#removeRun(id);
    this.#runs = this.#runs.filter((run) => !small.includes(run));
  }

  #removeRun(id: number): void {
    this.#hasChangedRuns = true;
    this.#sql.removeRun.run(id);
    this.#sql.removeChunks.run(id * chunksPerRun, (id + 1) * chunksPerRun);
  }
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
