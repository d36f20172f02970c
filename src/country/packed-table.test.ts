import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { getTablePath, makeTable } from './country-table.fixture.ts';
import { embeddedTables } from './embedded-tables.ts';
import { packTable, unpackTable } from './packed-table.ts';

describe('a packed table', () => {
  it.each(embeddedTables)('%s has the same bytes once it is unpacked', (table) => {
    const bytes = readFileSync(getTablePath(table));
    expect(Buffer.from(unpackTable(packTable(bytes))).equals(bytes)).toBe(true);
  });

  it('has the same bytes even if it has a single node', () => {
    const bytes = makeTable({ country_code: 'DE' }, { country_code: 'US' });
    expect(Buffer.from(unpackTable(packTable(bytes))).equals(bytes)).toBe(true);
  });

  it('that is not one of records of 24 bits is refused', () => {
    const bytes = makeTable({ country_code: 'DE' }, { country_code: 'US' }, { recordSize: 32 });
    expect(() => packTable(bytes)).toThrow('32 bits');
  });
});
