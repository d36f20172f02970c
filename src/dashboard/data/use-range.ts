import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';
import type { SiteSettingsView } from '../../api/client.ts';
import { gatewayClock } from './gateway-clock.ts';
import { useSites } from './queries.ts';
import {
  parseRangeSearch,
  type RangeChoice,
  type RangeSearch,
  type ResolvedRange,
  readRange,
  resolveRange,
  writeRange,
} from './range.ts';

/** The range in the URL and the functions that change it. */
export interface ChosenRange extends ResolvedRange {
  readonly setRange: (range: RangeChoice) => void;
  readonly isCompared: boolean;
  readonly setCompared: (isCompared: boolean) => void;
}

/** Returns the time zone whose days a site counts: UTC on pages over several sites. */
export function getTimeZone(site: SiteSettingsView | undefined): string {
  return site?.timeZone ?? 'UTC';
}

/** Returns the site of the page, also outside of `SiteScope`. Undefined on a page over several sites. */
export function useShownSite(): SiteSettingsView | undefined {
  const { data: sites = [] } = useSites();
  const { site: param } = useParams({ strict: false });
  const { site: filter } = useSearch({ strict: false });
  if (sites.length === 1) return sites[0];
  return sites.find(({ id }) => id === (param ?? filter));
}

const stepMs = 300_000;
const subscribeToClock = (onChange: () => void) => {
  const timer = setInterval(onChange, 20_000);
  return () => clearInterval(timer);
};
const readClock = () => Math.floor(gatewayClock.now() / stepMs) * stepMs;

/**
 * Returns the range of the whole dashboard, as the URL has it, in days of the page's site. Its times change every five minutes at most, so
 * that they can be parameters of requests.
 */
export function useRange(): ChosenRange {
  const timeZone = getTimeZone(useShownSite());
  const now = useSyncExternalStore(subscribeToClock, readClock);
  const search = parseRangeSearch(useSearch({ strict: false }));
  const isCompared = search.compare !== 'off';
  const navigate = useNavigate();
  const change = (changed: RangeSearch) =>
    void navigate({ to: '.', search: (before) => ({ ...before, ...changed }), replace: true, resetScroll: false });
  return {
    ...resolveRange(readRange(search), isCompared, now, timeZone),
    setRange: (chosen) => change(writeRange(chosen)),
    isCompared,
    setCompared: (compared) => change({ compare: compared ? undefined : 'off' }),
  };
}
