import { Reader, type Response } from 'mmdb-lib';

/**
 * A form of a table that compresses to a third: most nodes of a search tree lead to the next node, so a record is written relative to its
 * node, as three columns of bytes. The low bit separates a node (0) from an entry of the data, or none (1).
 */

const recordBytes = 3;
const nodeBytes = 2 * recordBytes;
const headBytes = 4;

/** Packs a table with records of 24 bits. @throws if the table has another form */
export function packTable(table: Buffer): Buffer {
  const { recordSize, nodeCount } = new Reader<Response>(table).metadata;
  if (recordSize !== 8 * recordBytes)
    throw new Error(`A record has ${recordSize} bits in place of 24. Extend src/country/packed-table.ts`);
  const packed = Buffer.alloc(headBytes + table.byteLength);
  packed.writeUInt32BE(nodeCount);
  const records = 2 * nodeCount;
  for (let record = 0; record < records; record += 1) {
    const value = table.readUIntBE(record * recordBytes, recordBytes);
    const node = record >> 1;
    const code = value < nodeCount ? (value - node) << 1 : ((value - nodeCount) << 1) | 1;
    const at = headBytes + toColumn(record, nodeCount);
    packed[at] = code >> 16;
    packed[at + nodeCount] = code >> 8;
    packed[at + 2 * nodeCount] = code;
  }
  table.copy(packed, headBytes + records * recordBytes, records * recordBytes);
  if (!Buffer.from(unpackTable(packed)).equals(table)) throw new Error('The table changed when it was packed');
  return packed;
}

/** Restores the bytes of a table, in memory that threads share. */
export function unpackTable(packed: Buffer): SharedArrayBuffer {
  const nodeCount = packed.readUInt32BE();
  const shared = new SharedArrayBuffer(packed.byteLength - headBytes);
  const table = new Uint8Array(shared);
  const records = 2 * nodeCount;
  for (let record = 0; record < records; record += 1) {
    const at = headBytes + toColumn(record, nodeCount);
    const code = ((packed[at] ?? 0) << 16) | ((packed[at + nodeCount] ?? 0) << 8) | (packed[at + 2 * nodeCount] ?? 0);
    const value = (code >> 1) + ((code & 1) === 0 ? record >> 1 : nodeCount);
    const to = record * recordBytes;
    table[to] = value >> 16;
    table[to + 1] = value >> 8;
    table[to + 2] = value;
  }
  table.set(packed.subarray(headBytes + nodeBytes * nodeCount), nodeBytes * nodeCount);
  return shared;
}

/** Returns the place of a record's first byte: the left records come before the right ones. */
function toColumn(record: number, nodeCount: number): number {
  return (record & 1) * recordBytes * nodeCount + (record >> 1);
}
