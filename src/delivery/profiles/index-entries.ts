import { type Event, isReporter } from '../../event/event.ts';
import { isSignalName } from '../../event/event-names.ts';
import { listMatchKeys, matchKeys } from '../../event/match-keys.ts';
import type { IdentityLink } from '../../identity/identity-links.ts';
import type { VisitorProfile } from '../../identity/visitor-profile.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { IndexEntry, Store } from '../../storage/store/store.ts';
import { enrichFromProfile, noProfiles } from './enrich-from-profile.ts';
import { eventsAtOnce, loadProfiles } from './load-profiles.ts';
import { iterateSlices } from './slices.ts';

/** What the reports of one page tell of visitors, which the store is about to be told. */
interface Told {
  readonly facts: ReadonlyMap<string, VisitorProfile>;
  readonly links: readonly IdentityLink[];
}

type Report = { readonly offset: Offset; readonly event: Event };

/**
 * How a page of the log is searched for. Each report counts with the match keys that it has once the shopper's facts are added, as
 * the connections will find it. Reports are not joined here: the index joins them by adding up. So that it costs little, nobody is
 * looked up for a report that has every key, or that may have none. A signal is not indexed; a record without a body is, by its key.
 */
export async function buildIndexEntries(
  records: readonly LogRecord[],
  reports: readonly Report[],
  told: Told,
  store: Pick<Store, 'getProfiles' | 'findLinks'>,
  site: string,
): Promise<readonly IndexEntry[]> {
  const eventOf = new Map(reports.map(({ offset, event }) => [offset, event]));
  const lacking = reports.filter(({ event }) => lacksSomething(event));
  const recalled = new Map<Offset, Event>();
  for await (const slice of iterateSlices(lacking, eventsAtOnce)) {
    const events = slice.map(({ event }) => ({ ...event, reporters: [event.reporter] }));
    const known = await loadProfiles(events, withTold(told, store), site);
    for (const [index, { offset }] of slice.entries()) {
      const event = events[index];
      if (event) recalled.set(offset, enrichFromProfile(event, known[index] ?? noProfiles).event);
    }
  }
  return records
    .filter(({ key }) => !isSignalName(key))
    .map((record) => {
      const event = recalled.get(record.offset) ?? eventOf.get(record.offset);
      return event ? ofEvent(record.offset, event) : ofKey(record);
    });
}

function lacksSomething(event: Event): boolean {
  return !isSignalName(event.name) && event.consent.effective !== 'denied' && listMatchKeys(event).length < matchKeys.length;
}

/** The store as it will be once it was told. */
function withTold({ facts: toldFacts, links: toldLinks }: Told, store: Pick<Store, 'getProfiles' | 'findLinks'>): typeof store {
  return {
    async getProfiles(site, visitors) {
      const others = visitors.filter((visitor) => !toldFacts.has(visitor));
      const kept = others.length > 0 ? await store.getProfiles(site, others) : [];
      const fresh = visitors.flatMap((visitor) => {
        const facts = toldFacts.get(visitor);
        return facts ? [[visitor, facts] as const] : [];
      });
      return new Map([...kept, ...fresh]);
    },
    async findLinks(site, keys) {
      if (keys.length === 0) return [];
      const asked = new Set(keys);
      const fresh = toldLinks.filter(({ key }) => asked.has(key));
      return [...fresh, ...(await store.findLinks(site, keys))].toSorted((a, b) => b.at - a.at);
    },
  };
}

function ofEvent(offset: Offset, event: Event): IndexEntry {
  const { receivedAt, name, id, reporter, consent, commerce } = event;
  // An earlier version accepted times beyond any date, and the log holds them as null.
  const time = Number.isFinite(event.time) ? event.time : receivedAt;
  const { orderId } = commerce;
  const keys = listMatchKeys(event);
  return { offset, receivedAt, time, name, id, reporter, consent, keys, ...(orderId !== undefined && { orderId }) };
}

/** Of a record that was damaged, or redacted before it was read. */
function ofKey({ offset, key, at }: LogRecord): IndexEntry {
  const [name = '', id = '', reporter = ''] = key.split('\u001f');
  return {
    offset,
    receivedAt: at,
    time: at,
    name,
    id,
    reporter: isReporter(reporter) ? reporter : 'server',
    consent: { stated: 'unknown', effective: 'pending' },
    keys: [],
  };
}
