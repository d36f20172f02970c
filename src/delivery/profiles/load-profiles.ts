import type { EnrichedEvent } from '../../event/event.ts';
import { listMatchKeys, matchKeys } from '../../event/match-keys.ts';
import {
  checkoutProfileId,
  getLinkKind,
  hasSecretCheckout,
  type IdentityLink,
  listLookupKeys,
  maxVisitorsPerKey,
} from '../../identity/identity-links.ts';
import { emptyProfile } from '../../identity/visitor-profile.ts';
import { type Store, visitorsAtOnce } from '../../storage/store/store.ts';
import type { LoadedProfiles } from './enrich-from-profile.ts';

/** Linked visitors that are looked up for one event, at most: the strongest ones. */
const maxLinked = 2;

/** So many events may be looked up at once: of each its own visitor, its checkout and the linked ones. */
export const eventsAtOnce = visitorsAtOnce / (2 + maxLinked);

/** What the store knows that may concern each of these events, in their order. They are no more than `eventsAtOnce`. */
export async function loadProfiles(
  events: readonly EnrichedEvent[],
  store: Pick<Store, 'getProfiles' | 'findLinks'>,
  site: string,
): Promise<readonly LoadedProfiles[]> {
  const lookups = events.map((event) => (lacksSomething(event) ? listLookupKeys(statedOf(event), event.time) : []));
  const asked = lookups.flat().flatMap(({ keys }) => keys);
  const byKey = Map.groupBy(await store.findLinks(site, [...new Set(asked)]), ({ key }) => key);
  const linksOf = events.map(({ time, identity }, index) => {
    const found = (lookups[index] ?? [])
      .flatMap(({ keys, window, isClaim }) => {
        const told = keys.flatMap((key) => byKey.get(key) ?? []);
        const counted = window ? told.filter(({ at, since = at }) => since >= window.from && since <= window.through) : told;
        return unlessShared(counted).map((link) => ({ ...link, ...(isClaim && { isClaim }) }));
      })
      .filter(({ at, since = at, visitor }) => since <= time && visitor !== identity.anonymousId);
    return strongest(found);
  });
  const visitors = [
    ...events.flatMap(({ identity }) => identity.anonymousId ?? []),
    ...events.flatMap((event) => checkoutOf(event) ?? []),
    ...linksOf.flat().map(({ visitor }) => visitor),
  ];
  const facts = await store.getProfiles(site, [...new Set(visitors)]);
  return events.map((event, index) => {
    const own = facts.get(event.identity.anonymousId ?? '');
    const checkout = facts.get(checkoutOf(event) ?? '');
    const linked = (linksOf[index] ?? []).flatMap((link) => {
      const by = getLinkKind(link);
      const { visitor, isClaim } = link;
      return by ? [{ by, visitor, facts: facts.get(visitor) ?? emptyProfile, ...(isClaim && { isClaim }) }] : [];
    });
    return { ...(own && { own }), ...(checkout && { checkout }), linked };
  });
}

/** Whether a linked visitor could add anything to the event: a match key, or a choice where nobody spoke for it. */
function lacksSomething(event: EnrichedEvent): boolean {
  const { stated, effective } = event.consent;
  return effective !== 'denied' && (stated === 'unknown' || listMatchKeys(event).length < matchKeys.length);
}

/** Returns the first link of each visitor. Claims of browsers are looked up last, so they never displace a link that the shop made. */
function strongest<Found extends IdentityLink>(links: readonly Found[]): readonly Found[] {
  const byVisitor = new Map<string, Found>();
  for (const link of links) if (!byVisitor.has(link.visitor)) byVisitor.set(link.visitor, link);
  return [...byVisitor.values()].slice(0, maxLinked);
}

/** Asked only where nobody spoke for the event itself. */
function checkoutOf(event: EnrichedEvent): string | undefined {
  const { reporter, reporters, commerce } = statedOf(event);
  if (event.consent.stated !== 'unknown' || commerce.checkoutId === undefined) return undefined;
  return hasSecretCheckout({ reporter, reporters, commerce }) ? checkoutProfileId(commerce.checkoutId) : undefined;
}

/** Returns the event by what it may be looked up: without what an unconfirmed report filled in. */
function statedOf(event: EnrichedEvent): EnrichedEvent {
  return event.confirmed ? { ...event, identity: event.confirmed.identity, commerce: event.confirmed.commerce } : event;
}

/** What very many tell, such as the id of a guest account, tells nothing of anybody. */
function unlessShared(links: readonly IdentityLink[]): readonly IdentityLink[] {
  return new Set(links.map(({ visitor }) => visitor)).size > maxVisitorsPerKey ? [] : links;
}
