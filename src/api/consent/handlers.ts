import type { Site } from '../../event/site.ts';
import { addDays, findTime } from '../../event/time-zone.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import { consentBucketMs, consentBucketStart } from '../../storage/log/consent-counts.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';
import { parseDayRange } from '../connections/match-quality.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { withSite } from '../http/with-site.ts';
import { sumChoices } from './consent-choices.ts';
import type { consentRoutes } from './routes.ts';
import type { ConsentChoicesView } from './schemas.ts';

interface ConsentSources {
  readonly now: () => UnixMs;
  readonly log: Pick<EventLog, 'getConsentCounts' | 'getConsentCountingStart'>;
  readonly store: Pick<Store, 'getCountedSince'>;
  /** The days for which counts are kept. */
  readonly countsDays: number;
}

export interface ConsentDeps {
  readonly sites: () => readonly Site[];
  readonly now: () => UnixMs;
  readonly log: EventLog;
  readonly store: Store;
  readonly countsDays: number;
}

/** Reads the choices of a site's days. */
export async function readConsentChoices(
  { id: site, timeZone }: Pick<Site, 'id' | 'timeZone'>,
  { since, until }: { readonly since?: string | undefined; readonly until?: string | undefined },
  { log, store, now, countsDays }: ConsentSources,
): Promise<ConsentChoicesView> {
  const days = parseDayRange(since, until, now(), timeZone);
  const from = consentBucketStart(findTime(days.since, 0, timeZone));
  const end = consentBucketStart(findTime(addDays(days.until, 1), 0, timeZone));
  const [counts, start, { first }] = await Promise.all([
    log.getConsentCounts(site, from, end),
    log.getConsentCountingStart(),
    store.getCountedSince(site),
  ]);
  const countedSince = first !== undefined && first < start ? start : undefined;
  // The bucket at the bound may be removed already.
  const kept = consentBucketStart(now() - countsDays * dayMs) + consentBucketMs;
  const keptSince = first !== undefined && first < kept && from < kept ? kept : undefined;
  return {
    site,
    timeZone,
    ...days,
    ...(countedSince !== undefined && { countedSince }),
    ...(keptSince !== undefined && { keptSince }),
    isComplete: keptSince === undefined && (countedSince === undefined || from >= countedSince),
    ...sumChoices(counts),
  };
}

export function createConsentHandlers(deps: ConsentDeps): RouteHandlers<typeof consentRoutes> {
  return { 'GET /api/sites/:site/consent': withSite(deps.sites)((site, params) => readConsentChoices(site, params, deps)) };
}
