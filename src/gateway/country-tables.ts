import type { Config } from '../config/config.ts';
import { type CountryTable, createCountryLookup } from '../country/country-table.ts';
import { readCountryTables } from '../country/read-country-tables.ts';
import type { ProxySettings } from '../ingest/http/client-info.ts';
import { readEmbeddedCountryTables } from './built-assets.ts';

/**
 * Reads the country tables that the config asks for: the operator's own, or those of the package. None in the mode `headers`.
 * @throws ConveyError
 */
export function openCountryTables({ country: { mode, files } }: Pick<Config, 'country'>): readonly CountryTable[] {
  if (mode === 'headers') return [];
  return files.length > 0 ? readCountryTables(files) : readEmbeddedCountryTables();
}

/** Returns the proxies in front of the collector, with the lookup for requests whose proxy sends no country. */
export function toProxySettings(
  { trustedProxies, countryHeader }: Pick<Config['collector'], 'trustedProxies' | 'countryHeader'>,
  tables: readonly CountryTable[],
): ProxySettings {
  return { trustedProxies, countryHeader, ...(tables.length > 0 && { lookUpCountry: createCountryLookup(tables) }) };
}
