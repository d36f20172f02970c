import { describe, expect, it } from 'vitest';
import { type CountrySettings, describeCountrySources, describeOldTables, hasCountrySource } from './country-settings.ts';
import { dayMs } from './units.ts';

const builtAt = Date.parse('2026-06-17T19:54:21Z');
const tables = [
  { name: 'a', builtAt },
  { name: 'b', builtAt: builtAt + 40 * dayMs },
];
const headers = { mode: 'headers', files: [] } as const;
const table = { mode: 'table', files: [] } as const;
const own = { mode: 'table', files: ['/geo/a.mmdb', '/geo/b.mmdb'] } as const;
const none: CountrySettings['collector'] = { trustedProxies: [] };
const proxied = { countryHeader: 'cf-ipcountry', trustedProxies: ['10.0.0.1'] };

describe('the source of a country', () => {
  it.each([
    [none, headers, undefined],
    [{ ...proxied, trustedProxies: [] }, headers, undefined],
    [proxied, headers, /^Countries come from the header `cf-ipcountry` of your proxy$/],
    [none, table, /^Countries come from the tables `a` of 2026-06-17 and `b` of 2026-07-27, if they agree\. .*differ for \d/],
    [
      proxied,
      own,
      /^Countries come from the header `cf-ipcountry` of your proxy; if a request has none, from the tables `a` .* agree$/,
    ],
  ])('with %j and %j is described', (collector, country, text) => {
    const described = describeCountrySources({ collector, country }, country.mode === 'table' ? tables : []);
    if (text) expect(described).toMatch(text);
    else expect(described).toBeUndefined();
    expect(hasCountrySource({ collector, country })).toBe(text !== undefined);
  });

  it('with one table does not claim that tables agree', () => {
    const country = { mode: 'table', files: ['/geo/a.mmdb'] } as const;
    expect(describeCountrySources({ collector: none, country }, tables.slice(0, 1))).toBe(
      'Countries come from the table `a` of 2026-06-17',
    );
  });
});

describe('the age of the tables', () => {
  it('is a warning from the 91st day of the oldest on', () => {
    expect(describeOldTables({ country: table }, tables, builtAt + 90 * dayMs)).toBeUndefined();
    expect(describeOldTables({ country: table }, tables, builtAt + 91 * dayMs)).toMatch(/91 days old.*`country\.files`/);
    expect(describeOldTables({ country: own }, tables, builtAt + 200 * dayMs)).toMatch(/200 days old.*Replace them/);
    expect(describeOldTables({ country: headers }, [], builtAt + 200 * dayMs)).toBeUndefined();
  });
});
