import { createHash } from 'node:crypto';

/**
 * The keys of a file's rows, each with its first line. Holds 64 bits of a hash and the line, so that a million rows take 24 to 48 MB at
 * most.
 */
export class RowIndex {
  #slots = 1 << 12;
  #entries = 0;
  /** Three numbers a slot: two of the hash, and the line; 0 is a free slot. */
  #table = new Uint32Array(3 * this.#slots);

  /** Adds a key, and returns the line of an earlier row with this key, if there is one. */
  add(key: string, line: number): number | undefined {
    const digest = createHash('sha256').update(key).digest();
    const [high, low] = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
    const found = this.#find(high, low);
    const earlier = this.#table[found + 2];
    if (earlier !== 0) return earlier;
    this.#put(found, high, low, line);
    this.#entries += 1;
    if (this.#entries * 2 > this.#slots) this.#grow();
    return undefined;
  }

  #find(high: number, low: number): number {
    let slot = high & (this.#slots - 1);
    for (;;) {
      const at = 3 * slot;
      const isFree = this.#table[at + 2] === 0;
      if (isFree || (this.#table[at] === high && this.#table[at + 1] === low)) return at;
      slot = (slot + 1) & (this.#slots - 1);
    }
  }

  #put(at: number, high: number, low: number, line: number): void {
    this.#table.set([high, low, line], at);
  }

  #grow(): void {
    const earlier = this.#table;
    this.#slots *= 2;
    this.#table = new Uint32Array(3 * this.#slots);
    for (let at = 0; at < earlier.length; at += 3) {
      const [high = 0, low = 0, line = 0] = earlier.subarray(at, at + 3);
      if (line !== 0) this.#put(this.#find(high, low), high, low, line);
    }
  }
}
