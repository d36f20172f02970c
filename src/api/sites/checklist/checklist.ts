import type { RegisteredDestination } from '../../../destinations/kit/destination.ts';
import { countTaggedViews } from '../../../doctor/consent-report.ts';
import type { EffectiveConsent } from '../../../event/consent.ts';
import { type ReportSource, reportSources } from '../../../event/event.ts';
import { type EventKey, parseEventKey } from '../../../event/event-key.ts';
import { testEventName } from '../../../event/event-names.ts';
import { parseEvent } from '../../../event/parse-event.ts';
import { domainMatches, type Site } from '../../../event/site.ts';
import { dayMs, type UnixMs } from '../../../event/units.ts';
import type { SiteEntry } from '../../../sites/merge-sites.ts';
import type { EventLog } from '../../../storage/log/event-log.ts';
import type { SiteNotices } from '../../../storage/ports/collector-notices.ts';
import { formatConsumerId } from '../../../storage/ports/consumer-id.ts';
import { type EventGroup, wayInCountedMs } from '../../../storage/ports/site-activity.ts';
import type { Store } from '../../../storage/ports/store.ts';
import type { RouteResponse } from '../../http/route.ts';
import type { siteRoutes } from '../routes.ts';
import { addressSteps } from './address-steps.ts';
import { connectionSteps, type ObservedConnection } from './connection-steps.ts';
import { dataLayerSteps } from './data-layer-steps.ts';
import { eventSteps } from './event-steps.ts';
import { isByHook } from './hook-steps.ts';
import { leadSteps } from './lead-steps.ts';
import { countByName, type ObservedEvents, sumEvents } from './observed-events.ts';
import { purchaseSteps } from './purchase-steps.ts';
import { segmentSteps } from './segment-steps.ts';
import { wayInSteps } from './way-in-steps.ts';

type ChecklistRoute = (typeof siteRoutes)['GET /api/sites/:site/checklist'];

export interface ChecklistDeps {
  readonly log: EventLog;
  readonly store: Store;
  readonly now: () => UnixMs;
  readonly destinations: readonly RegisteredDestination[];
  /** Returns the collector's requests about a site that no event shows. */
  readonly readNotices: (site: string) => Promise<SiteNotices>;
  /** Returns what this process knows about the last requests of a hook. */
  readonly getHookState: (
    site: string,
    hook: string,
  ) => { readonly lastRequest?: { readonly at: UnixMs }; readonly lastRefusedAt?: UnixMs };
  /** Returns the effective consent of an event of the shop's server without a consent statement and without a country. */
  readonly getServerConsent: (site: Site) => EffectiveConsent;
  /** The sources of a visitor's country. Absent: the checklist leaves them out. */
  readonly countries?: ObservedEvents['countries'];
}

const days = 7;
/** Limits the search, because a person waits for the result. */
const newestEvents = 20_000;
/** Records are more expensive to read than rows of the index. */
const newestBodies = 200;
const newestPurchases = 50;

/**
 * Returns the setup checklist of a site, from observed events and states only.
 * @param pixelUrl the address of the pixel on the site's pages, if it is known.
 */
export async function getChecklist(
  entry: SiteEntry,
  deps: ChecklistDeps,
  pixelUrl?: string,
): Promise<RouteResponse<ChecklistRoute>> {
  const { log, store, now, destinations } = deps;
  const { site, connections } = entry;
  const connected = destinations.filter(({ id }) => connections.some(({ destination }) => destination === id));
  const platforms = connected.length > 0 ? connected : destinations;
  const observed = await store.getEventGroups(site.id, now() - days * dayMs, newestEvents);
  const ways = await store.listWaysIn(site.id, now() - wayInCountedMs);
  const { pixelLoadedAt, webhookRefusedAt, publicKeyOnServer, ...notices } = await deps.readNotices(site.id);
  const refusedDomains = notices.refusedDomains.filter(({ domain }) => !domainMatches(site.domains, domain));
  const firstEventAt = await store.getFirstBrowserEventTime(site.id, newestEvents);
  const latest = await log.latest(site.id, newestBodies);
  const views = latest.records.flatMap(({ key, body }) =>
    'bytes' in body && parseEventKey(key).name === 'PageView' ? [parseEvent(body.bytes)] : [],
  );
  const browserIds = (await listPurchaseKeys(site.id, ['browser'], { log, store })).map(({ id }) => id);
  const segmentIds = (await listPurchaseKeys(site.id, reportSources, { log, store }))
    .filter(({ via }) => via === 'segment')
    .map(({ id }) => id);
  const neverSent = await countNeverSentOrders(site.id, { log, store, now });
  const viewsOfTags = countTaggedViews(views);
  const hookRequests = await findHookRequests(site, deps);
  const seen = await Promise.all(
    connections.map(async (one): Promise<ObservedConnection> => {
      const consumer = formatConsumerId(site.id, one.id);
      const state = await store.getConnectionState(consumer);
      const outcomes = { consumers: [consumer], any: ['delivered'] } as const;
      const [delivered] = (await store.searchEvents(site.id, { outcomes, among: newestEvents, limit: 1 })).offsets;
      const [record] = delivered === undefined ? [] : await log.get(site.id, [delivered]);
      const [letter] = await store.listDeadLetters(consumer, 1);
      const [expired] = await store.listExpiredRanges(consumer);
      const deadAt = [letter, expired].flatMap((one) => one?.at ?? []);
      return {
        entry: one,
        ...(state && { state }),
        ...(record && { deliveredAt: record.at }),
        ...(deadAt.length > 0 && { lastDeadAt: Math.max(...deadAt) }),
      };
    }),
  );
  return {
    steps: [
      ...eventSteps({
        site,
        platforms: connected.length > 0 ? connected : destinations.filter(({ id }) => isTagUsed(site, id, viewsOfTags)),
        observed,
        ways,
        viewsOfTags,
        refusedDomains,
        neverSent,
        hookRequests,
        ...(deps.countries && { countries: deps.countries, now: now() }),
        refusedHooks: (site.hooks ?? [])
          .map(({ id }) => id)
          .filter((id) => deps.getHookState(site.id, id).lastRefusedAt !== undefined),
        ...(pixelLoadedAt !== undefined && { pixelLoadedAt }),
        ...getRejectedWebhook(entry, observed, webhookRefusedAt),
      }),
      ...wayInSteps(ways),
      ...addressSteps(pixelUrl, site.domains),
      ...dataLayerSteps(site),
      ...leadSteps(site),
      ...segmentSteps(publicKeyOnServer, now()),
      ...purchaseSteps({ site, observed, browserIds, segmentIds }),
      ...connectionSteps(seen, platforms),
    ],
    ...(firstEventAt !== undefined && { firstEventAt }),
    ...(pixelLoadedAt !== undefined && { pixelLoadedAt }),
    refusedDomains,
    serverConsent: deps.getServerConsent(site),
    sources: bySource(observed),
    ways: ways.map(({ reports, undecided, ...way }) => ({ ...way, count: reports, withoutConsent: undecided })),
    events: countByName(observed),
  };
}

/** Returns whether the site uses a platform's tag: by its settings, or because the tag ran on its pages. */
function isTagUsed({ tags }: Site, destination: string, viewsOfTags: Readonly<Record<string, number>>): boolean {
  return (tags[destination]?.mode ?? 'off') !== 'off' || (viewsOfTags[destination] ?? 0) > 0;
}

/** Returns the keys of the newest purchases that these sources reported, the oldest first. */
async function listPurchaseKeys(
  site: string,
  reporters: readonly ReportSource[],
  { log, store }: Pick<ChecklistDeps, 'log' | 'store'>,
): Promise<readonly EventKey[]> {
  const asked = { names: ['Purchase'], reporters, among: newestEvents, limit: newestPurchases };
  const { offsets } = await store.searchEvents(site, asked);
  const records = await log.get(site, offsets);
  return records.map(({ key }) => parseEventKey(key));
}

/** Returns when each hook had its last request, as far as this process or one of the newest events shows. */
async function findHookRequests(
  { id: site, hooks = [] }: Site,
  { log, store, getHookState }: Pick<ChecklistDeps, 'log' | 'store' | 'getHookState'>,
): Promise<ReadonlyMap<string, UnixMs>> {
  if (hooks.length === 0) return new Map();
  const { offsets } = await store.searchEvents(site, { reporters: ['webhook'], among: newestEvents, limit: newestPurchases });
  const reports = [...(await log.get(site, offsets)), ...(await log.latest(site, newestBodies)).records];
  const seen = reports.map(({ key, at }) => ({ via: parseEventKey(key).via, at }));
  return new Map(
    hooks.flatMap((hook): [string, UnixMs][] => {
      const { lastRequest } = getHookState(site, hook.id);
      const times = [
        ...(lastRequest ? [lastRequest.at] : []),
        ...seen.filter(({ via }) => isByHook(via, hook)).map(({ at }) => at),
      ];
      return times.length === 0 ? [] : [[hook.id, Math.max(...times)]];
    }),
  );
}

/** Counts those of the newest purchases without e-mail address and phone number that the shop marks as never sent. */
async function countNeverSentOrders(
  site: string,
  { log, store, now }: Pick<ChecklistDeps, 'log' | 'store' | 'now'>,
): Promise<number> {
  const { offsets } = await store.searchEvents(site, {
    names: ['Purchase'],
    reporters: ['webhook'],
    lacks: ['email', 'phone'],
    since: now() - days * dayMs,
    among: newestEvents,
    limit: newestPurchases,
  });
  const duplicates = await store.findDuplicatesByPrimary(site, offsets);
  const reports = await log.get(site, [...offsets, ...[...duplicates.values()].flat()]);
  const events = reports.flatMap(({ body }) => ('bytes' in body ? [parseEvent(body.bytes)] : []));
  const denied = new Set(events.filter(({ consent }) => consent.effective === 'denied').map(({ id }) => id));
  const marked = events.filter(({ id, notSent }) => notSent !== undefined && !denied.has(id));
  return new Set(marked.map(({ id }) => id)).size;
}

/**
 * Returns when a webhook was rejected, if that is a problem. A rejection counts until a new secret is added, and only if no webhook was
 * accepted for a day: anyone can send an invalid webhook, and accepted ones show that the shop's secret is right.
 */
function getRejectedWebhook(
  { stored }: SiteEntry,
  observed: readonly EventGroup[],
  refusedAt: UnixMs | undefined,
): { readonly refusedAt?: UnixMs } {
  const acceptedAt = observed.filter(({ reporters }) => reporters.includes('webhook')).map(({ last }) => last);
  const addedAt = (stored?.webhookSecrets ?? []).map(({ createdAt }) => createdAt);
  const isProblem = (at: UnixMs) => acceptedAt.every((last) => last < at - dayMs) && addedAt.every((since) => since < at);
  return refusedAt !== undefined && isProblem(refusedAt) ? { refusedAt } : {};
}

/** Returns the events of each source. An event of two sources counts for both. Test events of the dashboard are no proof of a setup. */
export function bySource(observed: readonly EventGroup[]): RouteResponse<ChecklistRoute>['sources'] {
  const real = observed.filter(({ name }) => name !== testEventName);
  return reportSources.flatMap((source) => {
    const own = real.filter(({ reporters }) => reporters.includes(source));
    if (own.length === 0) return [];
    const withoutConsent = own.filter(({ consent }) => consent.stated === 'unknown' && consent.effective !== 'granted');
    return [
      {
        source,
        count: sumEvents(own),
        withoutConsent: sumEvents(withoutConsent),
        lastAt: Math.max(...own.map(({ last }) => last)),
      },
    ];
  });
}
