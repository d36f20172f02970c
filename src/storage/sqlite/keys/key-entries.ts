import { hash } from 'node:crypto';

/** The first 8 bytes of a key's SHA-256. */
export interface Fingerprint {
  readonly hi: number;
  readonly lo: number;
}

export function fingerprint(key: string): Fingerprint {
  const digest = hash('sha256', key, 'buffer');
  return { hi: digest.readUInt32BE(0), lo: digest.readUInt32BE(4) };
}

/** Entries of a key index, in memory. */
export interface KeyEntries {
  readonly size: number;
  hi(index: number): number;
  lo(index: number): number;
  row(index: number): number;
}

/** The bytes of a stored entry: the fingerprint and the number of a row. */
export const entryBytes = 14;

/** Returns the stored form of the entries from `from` on, or of these entries. */
export function packEntries(entries: KeyEntries, from: number, among?: readonly number[]): Buffer {
  const count = among?.length ?? entries.size - from;
  const bytes = Buffer.allocUnsafe(count * entryBytes);
  for (let at = 0; at < count; at += 1) {
    const index = among?.[at] ?? from + at;
    const offset = at * entryBytes;
    bytes.writeUInt32BE(entries.hi(index), offset);
    bytes.writeUInt32BE(entries.lo(index), offset + 4);
    bytes.writeUIntBE(entries.row(index), offset + 8, 6);
  }
  return bytes;
}

/** Reads stored entries. An incomplete one at the end is damage, and left out. */
export function readEntries(
  bytes: Buffer | undefined,
  onEntry: (hi: number, lo: number, row: number, offset: number) => void,
): void {
  if (!bytes) return;
  for (let offset = 0; offset + entryBytes <= bytes.byteLength; offset += entryBytes)
    onEntry(bytes.readUInt32BE(offset), bytes.readUInt32BE(offset + 4), bytes.readUIntBE(offset + 8, 6), offset);
}

const buckets = 65_536;
const none = -1;

/** A hash table of entries. Each bucket is a list, so that any number of rows may have one key. Rows are numbered from 1. */
export class KeyTable implements KeyEntries {
  size = 0;
  #hi: Uint32Array;
  #lo: Uint32Array;
  #row: Float64Array;
  #next: Int32Array;
  readonly #heads = new Int32Array(buckets).fill(none);

  constructor(capacity: number) {
    const length = Math.max(1, capacity);
    this.#hi = new Uint32Array(length);
    this.#lo = new Uint32Array(length);
    this.#row = new Float64Array(length);
    this.#next = new Int32Array(length);
  }

  hi(index: number): number {
    return this.#hi[index] ?? 0;
  }

  lo(index: number): number {
    return this.#lo[index] ?? 0;
  }

  row(index: number): number {
    return this.#row[index] ?? 0;
  }

  add(hi: number, lo: number, row: number): void {
    if (this.size === this.#row.length) this.#grow();
    const index = this.size;
    this.#hi[index] = hi;
    this.#lo[index] = lo;
    this.#row[index] = row;
    const bucket = lo % buckets;
    this.#next[index] = this.#heads[bucket] ?? none;
    this.#heads[bucket] = index;
    this.size += 1;
  }

  /** Returns the rows of a key, the last added first. */
  find(hi: number, lo: number, most: number): number[] {
    const found: number[] = [];
    for (let index = this.#heads[lo % buckets] ?? none; index !== none && found.length < most; index = this.#next[index] ?? none)
      if (this.#hi[index] === hi && this.#lo[index] === lo && this.#row[index] !== 0) found.push(this.row(index));
    return found;
  }

  /** Returns the places of an entry before `end`. */
  places(hi: number, lo: number, row: number, end: number): number[] {
    const found: number[] = [];
    for (let index = this.#heads[lo % buckets] ?? none; index !== none; index = this.#next[index] ?? none)
      if (index < end && this.#hi[index] === hi && this.#lo[index] === lo && this.#row[index] === row) found.push(index);
    return found;
  }

  /** Adds numbers that no search finds, as row 0. */
  addUnlinked(hi: number, lo: number): void {
    if (this.size === this.#row.length) this.#grow();
    this.#hi[this.size] = hi;
    this.#lo[this.size] = lo;
    this.#row[this.size] = 0;
    this.#next[this.size] = none;
    this.size += 1;
  }

  /** Empties a place. Those after it keep theirs. */
  empty(index: number): void {
    if (index >= this.size) return;
    this.#hi[index] = 0;
    this.#lo[index] = 0;
    this.#row[index] = 0;
  }

  /** Takes the last entries back. */
  truncate(size: number): void {
    while (this.size > size) {
      this.size -= 1;
      const bucket = this.lo(this.size) % buckets;
      if (this.#heads[bucket] === this.size) this.#heads[bucket] = this.#next[this.size] ?? none;
    }
  }

  /** Closes up the empty places. */
  compact(): void {
    const count = this.size;
    this.clear();
    for (let index = 0; index < count; index += 1)
      if (this.#row[index] !== 0) this.add(this.hi(index), this.lo(index), this.row(index));
  }

  clear(): void {
    this.#heads.fill(none);
    this.size = 0;
  }

  #grow(): void {
    const length = this.#row.length * 2;
    this.#hi = copyInto(new Uint32Array(length), this.#hi);
    this.#lo = copyInto(new Uint32Array(length), this.#lo);
    this.#row = copyInto(new Float64Array(length), this.#row);
    this.#next = copyInto(new Int32Array(length), this.#next);
  }
}

function copyInto<Numbers extends Uint32Array | Float64Array | Int32Array>(target: Numbers, source: Numbers): Numbers {
  target.set(source);
  return target;
}
