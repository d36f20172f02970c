import { randomBytes } from 'node:crypto';
import { type LimitEntry, type LimitTable, limitSizes, type OpenLimitTable } from './limit-table.ts';

/** The memory of the tables that threads share, by the limit's name. */
export type SharedLimits = ReadonlyMap<string, SharedArrayBuffer>;

/** The memory begins with the lock, and two random numbers that make the places of keys unpredictable. */
const header = { lock: 0, firstSeed: 1, secondSeed: 2, bytes: 16 } as const;
/** A slot has the key's hash of 64 bits, the value, and the time. The hash of a free slot is 0. */
const slotBytes = { hash: 8, entry: 16 } as const;
/** The number of consecutive slots in which a key may be. */
const places = 16;

const unlocked = 0;
const locked = 1;
/** Locked, while another thread may sleep until the lock is free. */
const awaited = 2;
/** A thread has a lock for microseconds. Only one that ended in the middle of its work has it for so long, and then the process ends. */
const longestLockMs = 10_000;

/** Creates the memory of all limits. The system allocates each page at its first use. */
export function createSharedLimits(): SharedLimits {
  return new Map(Object.entries(limitSizes).map(([name, size]) => [name, createSharedMemory(size)]));
}

/** Opens the tables in the memory, on any thread. */
export function openSharedLimits(memory: SharedLimits): OpenLimitTable {
  return (name) => openSharedTable(memory.get(name) ?? createSharedMemory(limitSizes[name]));
}

/** Creates the memory of a table with at least this number of slots. */
export function createSharedMemory(minEntries: number): SharedArrayBuffer {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(minEntries, places)));
  const memory = new SharedArrayBuffer(header.bytes + slots * (slotBytes.hash + slotBytes.entry));
  const words = new Int32Array(memory, 0, header.bytes / Int32Array.BYTES_PER_ELEMENT);
  words[header.firstSeed] = randomBytes(4).readInt32LE();
  words[header.secondSeed] = randomBytes(4).readInt32LE();
  return memory;
}

/** Opens a table in memory that threads share. Keys with the same hash of 64 bits share an entry. */
export function openSharedTable(memory: SharedArrayBuffer): LimitTable {
  const slots = (memory.byteLength - header.bytes) / (slotBytes.hash + slotBytes.entry);
  const words = new Int32Array(memory, 0, header.bytes / Int32Array.BYTES_PER_ELEMENT);
  const entries = new Float64Array(memory, header.bytes, slots * 2);
  const hashes = new Int32Array(memory, header.bytes + entries.byteLength, slots * 2);
  const seeds = [words[header.firstSeed] ?? 0, words[header.secondSeed] ?? 0] as const;
  const key = { first: 0, second: 0 };

  /** Hashes a key into `key`. */
  const hashKey = (text: string) => {
    let [first, second] = seeds;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      first = Math.imul(first ^ unit, 0x9e3779b1);
      second = Math.imul(second ^ unit, 0x5f356495);
      first ^= first >>> 15;
      second ^= second >>> 13;
    }
    key.first = Math.imul(first ^ (second >>> 16), 0x85ebca6b);
    key.second = Math.imul(second ^ (first >>> 13), 0xc2b2ae35) || 1;
  };
  const slotAt = (place: number) => ((key.first >>> 0) + place) & (slots - 1);
  /** Returns the slot of the key that was hashed last, or -1. */
  const find = (): number => {
    for (let place = 0; place < places; place += 1) {
      const slot = slotAt(place);
      if (hashes[slot * 2] === key.first && hashes[slot * 2 + 1] === key.second) return slot;
    }
    return -1;
  };
  /** Returns a slot for the key that was hashed last: a free one, or the oldest; -1 if all are pinned. */
  const claim = (): number => {
    let oldest = -1;
    let oldestAt = Number.POSITIVE_INFINITY;
    for (let place = 0; place < places; place += 1) {
      const slot = slotAt(place);
      if (hashes[slot * 2 + 1] === 0) return slot;
      const at = entries[slot * 2 + 1] ?? 0;
      if (at < oldestAt) [oldest, oldestAt] = [slot, at];
    }
    return oldest;
  };

  return {
    exclusively(work) {
      lock(words);
      try {
        return work();
      } finally {
        unlock(words);
      }
    },
    get(text): LimitEntry | undefined {
      hashKey(text);
      const slot = find();
      return slot < 0 ? undefined : { value: entries[slot * 2] ?? 0, at: entries[slot * 2 + 1] ?? 0 };
    },
    set(text, value, at) {
      hashKey(text);
      const known = find();
      const slot = known < 0 ? claim() : known;
      if (slot < 0) return;
      hashes[slot * 2] = key.first;
      hashes[slot * 2 + 1] = key.second;
      entries[slot * 2] = value;
      entries[slot * 2 + 1] = at;
    },
    delete(text) {
      hashKey(text);
      const slot = find();
      if (slot >= 0) hashes[slot * 2 + 1] = hashes[slot * 2] = 0;
    },
  };
}

/** @throws if the thread that has the lock has ended: the main thread must not wait for it, because it ends the process then. */
function lock(words: Int32Array): void {
  if (Atomics.compareExchange(words, header.lock, unlocked, locked) === unlocked) return;
  let isOver = false;
  while (Atomics.exchange(words, header.lock, awaited) !== unlocked) {
    if (isOver) throw new Error('The lock of a limit is not released: a thread has ended. Restart Convey');
    isOver = Atomics.wait(words, header.lock, awaited, longestLockMs) === 'timed-out';
  }
}

function unlock(words: Int32Array): void {
  if (Atomics.exchange(words, header.lock, unlocked) === awaited) Atomics.notify(words, header.lock, 1);
}
