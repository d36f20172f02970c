import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CountryTable, openCountryTable } from './country-table.ts';
import { type EmbeddedTable, embeddedTables } from './embedded-tables.ts';

/** Returns the path of a table as its package has it. */
export function getTablePath(table: EmbeddedTable): string {
  return join(import.meta.dirname, '../../node_modules/@ip-location-db', `${table}-mmdb`, `${table}.mmdb`);
}

/** Returns bytes in memory that threads share. */
export function share(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(shared).set(bytes);
  return shared;
}

/** Opens the tables of the packages, without those of `dist`. */
export function openPackagedTables(): readonly CountryTable[] {
  return embeddedTables.map((table) => {
    const opened = openCountryTable(table, share(readFileSync(getTablePath(table))));
    if ('rule' in opened) throw new Error(opened.rule);
    return opened;
  });
}

/** Makes a table of IPv4 whose two halves have these entries. @source https://maxmind.github.io/MaxMind-DB/ 2026-12-03 */
export function makeTable(lower: Entry, upper: Entry, { builtAt = 0, nodeCount = 1, recordSize = 24 } = {}): Buffer {
  const data = [encode(lower), encode(upper)] as const;
  const [first, second] = [1 + 16, 1 + 16 + data[0].byteLength];
  const tree = Buffer.from([first >> 16, first >> 8, first, second >> 16, second >> 8, second].map((byte) => byte & 255));
  const metadata = encode({
    ...{ binary_format_major_version: 2, binary_format_minor_version: 0, build_epoch: builtAt / 1_000 },
    ...{ database_type: 'test', ip_version: 4, node_count: nodeCount, record_size: recordSize },
  });
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from('abcdef4d61784d696e642e636f6d', 'hex'), metadata]);
}

type Entry = string | number | { readonly [key: string]: Entry };

function encode(value: Entry): Buffer {
  if (typeof value === 'string') return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([Buffer.from([(6 << 5) | 4]), bytes]);
  }
  const members = Object.entries(value).flatMap(([key, member]) => [encode(key), encode(member)]);
  return Buffer.concat([Buffer.from([(7 << 5) | Object.keys(value).length]), ...members]);
}
