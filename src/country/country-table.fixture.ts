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
