import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { type CountryTable, openCountryTable } from './country-table.ts';
import { unpackTable } from './packed-table.ts';

/** The tables that the package brings, which `scripts/build-country-tables.ts` compresses into `dist/country-tables`. */
export const embeddedTables = ['iptoasn-country', 'geo-whois-asn-country'] as const;
export type EmbeddedTable = (typeof embeddedTables)[number];

export const embeddedTableFile = (table: EmbeddedTable): string => `${table}.mmdb.packed.br`;

/** Reads the tables of the package into memory that threads share. */
export function readEmbeddedTables(folder: string): readonly CountryTable[] {
  return embeddedTables.map((table) => {
    const packed = brotliDecompressSync(readFileSync(join(folder, embeddedTableFile(table))));
    const opened = openCountryTable(table, unpackTable(packed));
    if ('rule' in opened) throw new Error(`${table} ${opened.rule}`);
    return opened;
  });
}
