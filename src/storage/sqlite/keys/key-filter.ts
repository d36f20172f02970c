import type { KeyEntries } from './key-entries.ts';

/**
 * A Bloom filter with 10 bits per key. All bits of a key are in one block of 512, so that a lookup reads one line of the processor's cache.
 */

const bitsPerKey = 10;
const probes = 6;
const blockWords = 16;
const blockBits = blockWords * 32;

export function buildFilter(entries: KeyEntries): Uint32Array {
  const blocks = Math.max(1, Math.ceil((entries.size * bitsPerKey) / blockBits));
  const filter = new Uint32Array(blocks * blockWords);
  for (let index = 0; index < entries.size; index += 1) {
    const base = (entries.lo(index) % blocks) * blockWords;
    let bits = entries.hi(index);
    for (let probe = 0; probe < probes; probe += 1) {
      const bit = bits % blockBits;
      const word = base + (bit >>> 5);
      filter[word] = (filter[word] ?? 0) | (1 << (bit & 31));
      bits = mix(bits);
    }
  }
  return filter;
}

/** Returns the number of keys with which the filter was built, at most 51 too many. */
export function countKeys(filter: Uint32Array): number {
  return Math.floor((filter.length * 32) / bitsPerKey);
}

/** Returns whether the filter may have been built with this key: false positives are about 1%. */
export function mayContain(filter: Uint32Array, hi: number, lo: number): boolean {
  const base = (lo % (filter.length / blockWords)) * blockWords;
  let bits = hi;
  for (let probe = 0; probe < probes; probe += 1) {
    const bit = bits % blockBits;
    if (((filter[base + (bit >>> 5)] ?? 0) & (1 << (bit & 31))) === 0) return false;
    bits = mix(bits);
  }
  return true;
}

function mix(bits: number): number {
  return (Math.imul(bits, 0x9e3779b1) ^ (bits >>> 15)) >>> 0;
}
