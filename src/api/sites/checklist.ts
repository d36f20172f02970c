import { parseEvent } from '../../event/event.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { SiteEntry } from '../../sites/merge-sites.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { EventGroup } from '../../storage/store/site-activity.ts';
import type { Store } from '../../storage/store/store.ts';
import type { ResponseOf } from '../routes.ts';
import { connectionSteps, type ObservedConnection } from './checklist-connections.ts';
import { eventSteps } from './checklist-events.ts';
import { purchaseSteps } from './checklist-purchases.ts';

/** What a checklist is read from. */
export interface ChecklistParts {
  readonly log: EventLog;
  readonly store: Store;
  readonly now: () => UnixMs;
  /** When a webhook of the site was refused last, since this gateway started. */
  readonly webhookRefusedAt: (site: string) => UnixMs | undefined;
}

const days = 7;
/** A person waits for it, so it looks at so many events and no more. */
const newestEvents = 20_000;
/** Bodies cost more than rows of the index. */
const newestBodies = 200;
const newestPurchases = 50;

/** What was observed of a site, and what is missing: from the index and the store, nothing is taken for granted. */
export async function checklist(
  entry: SiteEntry,
  { log, store, now, webhookRefusedAt }: ChecklistParts,
): Promise<ResponseOf<'GET /api/sites/:site/checklist'>> {
  const { site, connections } = entry;
  const observed = await store.getEventGroups(site.id, now() - days * dayMs, newestEvents);
  const firstEventAt = await store.getFirstBrowserEventTime(site.id, newestEvents);
  const latest = await log.latest(site.id, newestBodies);
  const views = latest.records.flatMap(({ key, body }) =>
    'bytes' in body && key.startsWith('PageView\u001f') ? [parseEvent(body.bytes)] : [],
  );
  const browserIds = await purchaseIdsOf(site.id, { log, store });
  const viewsOfTag = views.filter(({ page }) => page.browserTag === 'ran').length;
  const seen = await Promise.all(
    connections.map(async (one): Promise<ObservedConnection> => {
      const pump = `${site.id}/${one.id}`;
      const state = await store.getConnectionState(pump);
      const outcomes = { consumers: [pump], any: ['delivered'] } as const;
      const [delivered] = (await store.searchEvents(site.id, { outcomes, among: newestEvents, limit: 1 })).offsets;
      const [record] = delivered === undefined ? [] : await log.get(site.id, [delivered]);
      const [letter] = await store.listDeadLetters(pump, 1);
      const [expired] = await store.listExpiredRanges(pump);
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
      ...eventSteps({ site, observed, viewsOfTag, ...refusedOf(entry, observed, webhookRefusedAt) }),
      ...purchaseSteps({ site, observed, browserIds }),
      ...connectionSteps(seen),
    ],
    ...(firstEventAt !== undefined && { firstEventAt }),
    events: byName(observed),
  };
}

/** Returns the ids of the newest purchases that browsers reported, the oldest first. */
async function purchaseIdsOf(site: string, { log, store }: Pick<ChecklistParts, 'log' | 'store'>): Promise<readonly string[]> {
  const asked = { names: ['Purchase'], reporters: ['browser'], among: newestEvents, limit: newestPurchases } as const;
  const { offsets } = await store.searchEvents(site, asked);
  const records = await log.get(site, offsets);
  return records.map(({ key }) => key.split('\u001f')[1] ?? '');
}

/**
 * What was refused counts until another secret is entered, and where nothing was taken for a day: anybody can send what is refused, and a
 * shop whose webhooks are taken has no trouble.
 */
function refusedOf(
  { site: { id }, made }: SiteEntry,
  observed: readonly EventGroup[],
  webhookRefusedAt: ChecklistParts['webhookRefusedAt'],
): { readonly refusedAt?: UnixMs } {
  const refusedAt = webhookRefusedAt(id);
  const taken = observed.filter(({ reporters }) => reporters.includes('webhook')).map(({ last }) => last);
  const entered = (made?.webhookSecrets ?? []).map(({ createdAt }) => createdAt);
  const isTrouble = (at: UnixMs) => taken.every((last) => last < at - dayMs) && entered.every((since) => since < at);
  return refusedAt !== undefined && isTrouble(refusedAt) ? { refusedAt } : {};
}

function byName(observed: readonly EventGroup[]): ResponseOf<'GET /api/sites/:site/checklist'>['events'] {
  return [...Map.groupBy(observed, ({ name }) => name)]
    .map(([name, alike]) => ({
      name,
      count: alike.reduce((sum, { events }) => sum + events, 0),
      lastAt: Math.max(...alike.map(({ last }) => last)),
    }))
    .toSorted((a, b) => b.count - a.count);
}
