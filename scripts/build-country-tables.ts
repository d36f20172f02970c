import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { Reader } from 'mmdb-lib';
import { z } from 'zod';
import { type EmbeddedTable, embeddedTableFile, embeddedTables } from '../src/country/embedded-tables.ts';

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
International License. Copyright Holder: Number Resource Organization (NRO). The data is unchanged; Convey compresses the file.`,
  },
};

const packageFolder = (table: EmbeddedTable) => join(root, 'node_modules/@ip-location-db', `${table}-mmdb`);

/** Compresses the country tables into `dist/country-tables`, and writes their licences beside them. */
function buildCountryTables(): void {
  mkdirSync(folder, { recursive: true });
  const entries = embeddedTables.map((table) => {
    const bytes = readFileSync(join(packageFolder(table), `${table}.mmdb`));
    const params = { [constants.ZSTD_c_compressionLevel]: 19 };
    writeFileSync(join(folder, embeddedTableFile(table)), zstdCompressSync(bytes, { params }));
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
