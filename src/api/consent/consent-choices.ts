import type { ConsentTally } from '../../event/consent-tally.ts';
import { type ConsentCount, otherVersions } from '../../storage/log/consent-counts.ts';
import type { BannerChoicesView, ChoicesView, ConsentChoicesView, CountryChoicesView } from './schemas.ts';

const maxBanners = 100;
/** A country, or a version of a banner, with fewer events is not named: they may be those of one visitor. */
const fewestEvents = 10;

/** Sums the counts of choices up by country, for browsers, and by banner. */
export function sumChoices(counts: readonly ConsentCount[]): Pick<ConsentChoicesView, 'browsers' | 'countries' | 'banners'> {
  const fromBrowsers = counts.filter(({ source }) => source !== 'server' && source !== 'webhook');
  return { browsers: sum(fromBrowsers), countries: listCountries(fromBrowsers), banners: listBanners(counts) };
}

function listCountries(counts: readonly ConsentCount[]): readonly CountryChoicesView[] {
  const named = listNamed(counts, ({ country }) => country);
  const getName = ({ country }: ConsentCount) => (country === '' || named.has(country) ? country : other);
  return groupByFrequency(counts, getName).map(([country, some]) => ({
    ...(country === other ? { isOther: true } : country !== '' && { country }),
    ...sum(some),
  }));
}

function listBanners(counts: readonly ConsentCount[]): readonly BannerChoicesView[] {
  const withVersion = counts.filter(({ version }) => version !== '' && version !== other);
  const named = listNamed(withVersion, toBannerKey);
  const shown = counts.map((count) =>
    count.version === '' || named.has(toBannerKey(count)) ? count : { ...count, version: other },
  );
  return groupByFrequency(shown, toBannerKey).flatMap(([, some]) => {
    const [first] = some;
    if (!first) return [];
    const { source, version } = first;
    return [{ source, ...(version === other ? { isOther: true } : version !== '' && { version }), ...sum(some) }];
  });
}

/** The name of those that are not named. No country or version has it. */
const other = otherVersions;

/** Returns the most frequent groups that are large enough to be named. */
function listNamed(counts: readonly ConsentCount[], getKey: (count: ConsentCount) => string): ReadonlySet<string> {
  const groups = groupByFrequency(counts, getKey).filter(([, some]) => sumEvents(some) >= fewestEvents);
  return new Set(groups.slice(0, maxBanners).map(([key]) => key));
}

function toBannerKey({ source, version }: Pick<ConsentTally, 'source' | 'version'>): string {
  return `${source} ${version}`;
}

/** Groups counts, the group with the most events first. */
function groupByFrequency(
  counts: readonly ConsentCount[],
  getKey: (count: ConsentCount) => string,
): readonly (readonly [string, readonly ConsentCount[]])[] {
  return [...Map.groupBy(counts, getKey)].toSorted(
    ([a, some], [b, others]) => sumEvents(others) - sumEvents(some) || (a < b ? -1 : 1),
  );
}

function sum(counts: readonly ConsentCount[]): ChoicesView {
  const of = (choice: ConsentTally['choice']) => sumEvents(counts.filter((count) => count.choice === choice));
  return { granted: of('granted'), denied: of('denied'), unknown: of('unknown') };
}

function sumEvents(counts: readonly ConsentCount[]): number {
  return counts.reduce((all, { events }) => all + events, 0);
}
