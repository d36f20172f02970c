import type { Event } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import { isSignalName } from '../../event/event-names.ts';
import { listMatchKeys, matchKeys } from '../../event/match-keys.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { IndexEntry } from '../../storage/ports/event-index.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { IdentityLink } from '../../visitors/identity-links.ts';
import { mergeLinks } from '../../visitors/merge-links.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import { enrichFromProfile, noProfiles } from './enrich-from-profile.ts';
import { iterateSlices } from './iterate-slices.ts';
import { eventsAtOnce, loadProfiles } from './load-profiles.ts';

/** The profile updates and links of one page, before they are stored. */
interface PageUpdates {
  readonly profiles: ReadonlyMap<string, VisitorProfile>;
  readonly links: readonly IdentityLink[];
}

type Report = { readonly offset: Offset; readonly event: Event };

/**
 * Builds the index entries of a page. Each report gets the match keys that it has after enrichment, as the connections will see
 * it. Reports are not merged here: the index adds them up. To save time, no profile is loaded for a report with all keys, or one
 * that may have none. Signals are not indexed. A record without a body is indexed by its key.
 */
export async function buildIndexEntries(
  records: readonly LogRecord[],
  reports: readonly Report[],
  updates: PageUpdates,
  store: Pick<Store, 'getProfiles' | 'findLinks'>,
  site: string,
): Promise<readonly IndexEntry[]> {
  const eventByOffset = new Map(reports.map(({ offset, event }) => [offset, event]));
  const lacking = reports.filter(({ event }) => lacksKeys(event));
  const recalled = new Map<Offset, Event>();
  const updated = withUpdates(updates, store);
  for await (const slice of iterateSlices(lacking, eventsAtOnce)) {
    const events = slice.map(({ event }) => ({ ...event, reporters: [event.reporter] }));
    const known = await loadProfiles(events, updated, site);
    for (const [index, { offset }] of slice.entries()) {
      const event = events[index];
      if (event) recalled.set(offset, enrichFromProfile(event, known[index] ?? noProfiles).event);
    }
  }
  return records
    .filter(({ key }) => !isSignalName(key))
    .map((record) => {
      const event = recalled.get(record.offset) ?? eventByOffset.get(record.offset);
      return event ? toEntry(record.offset, event) : toEntryFromKey(record);
    });
}

function lacksKeys(event: Event): boolean {
  return !isSignalName(event.name) && event.consent.effective !== 'denied' && listMatchKeys(event).length < matchKeys.length;
}

/** Returns the store as it will be after the commit. */
function withUpdates(
  { profiles: newProfiles, links: newLinks }: PageUpdates,
  store: Pick<Store, 'getProfiles' | 'findLinks'>,
): typeof store {
  // A visitor with many events in the page has each link as often.
  const newLinksByKey = Map.groupBy(mergeLinks(newLinks), ({ key }) => key);
  return {
    async getProfiles(site, visitors) {
      const others = visitors.filter((visitor) => !newProfiles.has(visitor));
      const stored = others.length > 0 ? await store.getProfiles(site, others) : [];
      const fresh = visitors.flatMap((visitor) => {
        const profile = newProfiles.get(visitor);
        return profile ? [[visitor, profile] as const] : [];
      });
      return new Map([...stored, ...fresh]);
    },
    async findLinks(site, keys) {
      if (keys.length === 0) return [];
      const fresh = [...new Set(keys)].flatMap((key) => newLinksByKey.get(key) ?? []);
      return [...fresh, ...(await store.findLinks(site, keys))].toSorted((a, b) => b.at - a.at);
    },
  };
}

function toEntry(offset: Offset, event: Event): IndexEntry {
  const { receivedAt, name, id, reporter, consent, commerce, client } = event;
  // An earlier version accepted times beyond any date, and the event log has them as null.
  const time = Number.isFinite(event.time) ? event.time : receivedAt;
  const { orderId } = commerce;
  const { country } = client;
  const keys = listMatchKeys(event);
  const known = { ...(orderId !== undefined && { orderId }), ...(country !== undefined && { country }) };
  return { offset, receivedAt, time, name, id, reporter, consent, keys, ...known };
}

/** Builds the entry of a record that is corrupt or was redacted before it was read. A source that is not known counts as the least trusted one. */
function toEntryFromKey({ offset, key, at }: LogRecord): IndexEntry {
  const { name, id, reporter = 'browser' } = parseEventKey(key);
  return {
    offset,
    receivedAt: at,
    time: at,
    name,
    id,
    reporter,
    consent: { stated: 'unknown', effective: 'pending' },
    keys: [],
  };
}
