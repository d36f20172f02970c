import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { Reader } from 'mmdb-lib';
import { z } from 'zod';
import { type EmbeddedTable, embeddedTableFile, embeddedTables } from '../src/country/embedded-tables.ts';
import { packTable } from '../src/country/packed-table.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'dist/country-tables');
const versionSchema = z.object({ version: z.string() });

/** The licence of each table, by its file in `src/country/licenses`, with the source and the attribution that the licence asks for. */
const licenses: Readonly<Record<EmbeddedTable, { readonly license: string; readonly source: string }>> = {
  'iptoasn-country': {
    license: 'PDDL-1.0',
    source: 'From the data of IPtoASN (https://iptoasn.com/), by ip-location-db (https://github.com/sapics/ip-location-db).',
  },
  'geo-whois-asn-country': {
    license: 'CC-BY-4.0',
    source: `By ip-location-db (https://github.com/sapics/ip-location-db), from published geofeeds and from statistics of the Number Resource
Organization (https://www.nro.net/): The statistics data provided by NRO is licensed under a Creative Commons Attribution 4.0
International License. Copyright Holder: Number Resource Organization (NRO). The data is unchanged; Convey stores the file in a form that takes less space.`,
  },
};

const packageFolder = (table: EmbeddedTable) => join(root, 'node_modules/@ip-location-db', `${table}-mmdb`);

/** Compresses the country tables into `dist/country-tables`, and writes their licences beside them. */
function buildCountryTables(): void {
  mkdirSync(folder, { recursive: true });
  const entries = embeddedTables.map((table) => {
    const bytes = readFileSync(join(packageFolder(table), `${table}.mmdb`));
    // The best quality saves another 5%, and takes 30 s.
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 };
    writeFileSync(join(folder, embeddedTableFile(table)), brotliCompressSync(packTable(bytes), { params }));
    const { version } = versionSchema.parse(JSON.parse(readFileSync(join(packageFolder(table), 'package.json'), 'utf8')));
    const { license, source } = licenses[table];
    const built = new Reader(bytes).metadata.buildEpoch.toISOString().slice(0, 10);
    const text = readFileSync(join(root, 'src/country/licenses', `${license}.txt`), 'utf8');
    return `${table} ${version} of ${built} (${license})\n\n${source}\n\n${text}`;
  });
  const head = 'The tables of this folder are the works below.\n';
  writeFileSync(join(folder, 'LICENSES.txt'), [head, ...entries].join(`\n${'#'.repeat(80)}\n\n`));
}

buildCountryTables();
