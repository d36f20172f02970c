import { disagreement } from './country-disagreement.ts';
import type { countryModes } from './country-source.ts';
import { formatCount, formatPercent } from './format-numbers.ts';
import { dayMs, formatUtc, type UnixMs } from './units.ts';

/** The settings of the config that name a source of a browser's country. */
export interface CountrySettings {
  readonly collector: { readonly countryHeader?: string | undefined; readonly trustedProxies: readonly string[] };
  readonly country: { readonly mode: (typeof countryModes)[number]; readonly files: readonly string[] };
}

/** A table of countries by address, as people see it. */
export interface TableFacts {
  readonly name: string;
  readonly builtAt: UnixMs;
}

/** Networks change hands, so a table misses more of them each month. */
const maxTableAgeMs = 90 * dayMs;

/** What to do if there is no source. */
export const countryRemedy =
  "Set `collector.countryHeader` to your proxy's country header and list the proxy in `collector.trustedProxies`, or set `country.mode` to `table`";

function hasHeader({ collector: { countryHeader, trustedProxies } }: CountrySettings): boolean {
  return countryHeader !== undefined && trustedProxies.length > 0;
}

/** Returns whether the collector can know a browser's country. */
export function hasCountrySource(settings: CountrySettings): boolean {
  return hasHeader(settings) || settings.country.mode === 'table';
}

/** Describes the sources of a browser's country; `undefined` if there is none. The sentences have no full stop at the end. */
export function describeCountrySources(settings: CountrySettings, tables: readonly TableFacts[]): string | undefined {
  if (!hasCountrySource(settings)) return undefined;
  const header = `the header \`${settings.collector.countryHeader}\` of your proxy`;
  if (settings.country.mode !== 'table') return `Countries come from ${header}`;
  const named = tables.map(({ name, builtAt }) => `\`${name}\` of ${formatDay(builtAt)}`).join(' and ');
  const from = `${tables.length === 1 ? 'the table' : 'the tables'} ${named}${tables.length === 1 ? '' : ', if they agree'}`;
  const sources = `Countries come from ${hasHeader(settings) ? `${header}; if a request has none, from ${from}` : from}`;
  return settings.country.files.length > 0 ? sources : `${sources}. ${describeDisagreement()}`;
}

/** Describes how often the tables of the package differ. */
export function describeDisagreement(): string {
  const { differing, outsideEea, unknown, measuredOn } = disagreement;
  return `The two tables of the package differ for ${formatPercent(differing)} of the addresses that both have, and one of them puts ${formatPercent(outsideEea)} of the other's addresses of the EEA, the UK and Switzerland elsewhere. So ${formatPercent(unknown)} of addresses count as unknown (measured on ${measuredOn})`;
}

/** Returns a warning of tables that are older than 90 days; `undefined` if none is. */
export function describeOldTables(
  { country: { files } }: Pick<CountrySettings, 'country'>,
  tables: readonly TableFacts[],
  now: UnixMs,
): string | undefined {
  if (tables.length === 0) return undefined;
  const ageMs = now - Math.min(...tables.map(({ builtAt }) => builtAt));
  if (ageMs <= maxTableAgeMs) return undefined;
  const days = formatCount(Math.floor(ageMs / dayMs), 'day');
  const remedy = files.length > 0 ? 'Replace them by newer ones' : 'Name newer ones in `country.files`';
  return `The country tables are up to ${days} old, and countries of addresses change. ${remedy}, and restart`;
}

function formatDay(at: UnixMs): string {
  return formatUtc(at).slice(0, 10);
}
