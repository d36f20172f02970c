import type { RegisteredDestination } from '../../../destinations/kit/destination.ts';
import type { CountrySettings, TableFacts } from '../../../event/country-settings.ts';
import type { RefusedDomain, Site } from '../../../event/site.ts';
import type { UnixMs } from '../../../event/units.ts';
import type { EventGroup, WayInUse } from '../../../storage/ports/site-activity.ts';
import type { StepView } from './schemas.ts';

/** The observed events of the last days. */
export interface ObservedEvents {
  readonly site: Site;
  /** The platforms of the site's connections. If there is none, those whose tag is on the pages. */
  readonly platforms: readonly RegisteredDestination[];
  readonly observed: readonly EventGroup[];
  /** The ways in that ever reported. Default: every source's own. */
  readonly ways?: readonly WayInUse[];
  /** Number of page views among the newest records on which the browser tag ran. */
  readonly viewsOfTags: Readonly<Record<string, number>>;
  /** The domains whose pages were refused, the most frequent first. */
  readonly refusedDomains?: readonly RefusedDomain[];
  /** When a browser last loaded the pixel, unless that is forgotten. */
  readonly pixelLoadedAt?: UnixMs;
  /** Number of purchases without e-mail address and phone number that are never sent, such as test orders. Default: none. */
  readonly neverSent?: number;
  /** When each hook had its last known request with a valid proof, by the hook's id. Default: none had one. */
  readonly hookRequests?: ReadonlyMap<string, UnixMs>;
  /** The ids of the hooks that had a request without a valid proof. Default: none. */
  readonly refusedHooks?: readonly string[];
  /** The sources of a visitor's country. Default: no step is about them. */
  readonly countries?: { readonly settings: CountrySettings; readonly tables: readonly TableFacts[] };
  readonly now?: UnixMs;
  /** When a webhook was rejected after the last accepted one. */
  readonly refusedAt?: UnixMs;
}

export type Step = Omit<StepView, 'id' | 'group' | 'title' | 'guide'>;

/** The number of matching events, and the time of the last one. */
export interface Matches {
  readonly events: number;
  readonly at?: number;
}

export function sumEvents(groups: readonly EventGroup[]): number {
  return groups.reduce((sum, { events }) => sum + events, 0);
}

/** Counts the events of each name, the most frequent first. */
export function countByName(observed: readonly EventGroup[]) {
  return [...Map.groupBy(observed, ({ name }) => name)]
    .map(([name, alike]) => ({ name, count: sumEvents(alike), lastAt: Math.max(...alike.map(({ last }) => last)) }))
    .toSorted((a, b) => b.count - a.count);
}

export function findMatches(observed: readonly EventGroup[], is: (one: EventGroup) => boolean): Matches {
  const alike = observed.filter(is);
  const events = sumEvents(alike);
  return events === 0 ? { events } : { events, at: Math.max(...alike.map(({ last }) => last)) };
}

export const byBrowser = ({ reporters }: EventGroup) => reporters.includes('browser');
export const byServer = ({ reporters }: EventGroup) => reporters.some((one) => one !== 'browser');
export const isPurchase = ({ name }: EventGroup) => name === 'Purchase';

export function done({ at }: Matches, says: string): Step {
  return { state: 'done', says, ...(at !== undefined && { at }) };
}
