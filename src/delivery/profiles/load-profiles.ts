import type { EnrichedEvent } from '../../event/event.ts';
import type { Store } from '../../storage/ports/store.ts';
import { visitorsAtOnce } from '../../storage/ports/visitor-profiles.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { getLinkKind, type IdentityLink, listLookupKeys, maxVisitorsPerKey } from '../../visitors/identity-links.ts';
import { applyGpcDenial } from '../../visitors/visitor-profile.ts';
import { getSecretCheckout, getShopEvent } from './browser-choices.ts';
import type { LoadedProfiles } from './enrich-from-profile.ts';

/** Maximum number of linked visitors of one event: the strongest ones. */
const maxLinked = 2;

/** Maximum number of events per lookup: each needs its own visitor, its checkout and the linked visitors. */
export const eventsAtOnce = visitorsAtOnce / (2 + maxLinked);

/** Loads the profiles that may concern each of these events, in their order. There may be at most `eventsAtOnce` events. */
export async function loadProfiles(
  events: readonly EnrichedEvent[],
  store: Pick<Store, 'getProfiles' | 'findLinks'>,
  site: string,
): Promise<readonly LoadedProfiles[]> {
  const lookups = events.map((event) => (maySearchLinks(event) ? listLookupKeys(withoutUnconfirmed(event), event.time) : []));
  const linkKeys = lookups.flat().flatMap(({ keys }) => keys);
  const byKey = Map.groupBy(await store.findLinks(site, [...new Set(linkKeys)]), ({ key }) => key);
  const linksByEvent = events.map(({ time, identity }, index) => {
    const found = (lookups[index] ?? [])
      .flatMap(({ keys, window, isUnconfirmed }) => {
        const links = keys.flatMap((key) => byKey.get(key) ?? []);
        const inWindow = window ? links.filter(({ at, since = at }) => since >= window.from && since <= window.through) : links;
        return dropShared(inWindow).map((link) => ({ ...link, ...(isUnconfirmed && { isUnconfirmed }) }));
      })
      .filter(({ at, since = at, visitor }) => since <= time && visitor !== identity.anonymousId);
    return strongest(found);
  });
  const visitors = [
    ...events.flatMap((event) => getOwnVisitor(event) ?? []),
    ...events.flatMap((event) => getCheckout(event) ?? []),
    ...linksByEvent.flat().map(({ visitor }) => visitor),
  ];
  const profiles = await store.getProfiles(site, [...new Set(visitors)]);
  return events.map((event, index) => {
    const own = profiles.get(getOwnVisitor(event) ?? '');
    const checkout = profiles.get(getCheckout(event) ?? '');
    const linked = (linksByEvent[index] ?? []).flatMap((link) => {
      const by = getLinkKind(link);
      const { visitor, isUnconfirmed } = link;
      return by ? [{ by, visitor, profile: profiles.get(visitor) ?? emptyProfile, ...(isUnconfirmed && { isUnconfirmed }) }] : [];
    });
    // The grant of a visitor of the checkout counts for it, too.
    const named = profiles.get(withoutUnconfirmed(event).identity.anonymousId ?? '');
    const inCheckout = linked.flatMap(({ by, profile }) => (by === 'checkout' ? [profile] : []));
    return {
      ...(own && { own: applyGpcDenial(own) }),
      ...(checkout && { checkout: applyGpcDenial(checkout, [...inCheckout, ...(named ? [named] : [])]) }),
      linked: linked.map((one) => ({ ...one, profile: applyGpcDenial(one.profile) })),
    };
  });
}

/**
 * Returns whether a linked visitor could add to the event. Hardly an event has the click ids, browser ids and forms of every platform, so
 * only consent decides.
 */
function maySearchLinks({ consent }: EnrichedEvent): boolean {
  return consent.effective !== 'denied';
}

/** Returns the first link of each visitor. Claims of browsers are looked up last, so they never displace a link that the shop made. */
function strongest<Found extends IdentityLink>(links: readonly Found[]): readonly Found[] {
  const byVisitor = new Map<string, Found>();
  for (const link of links) if (!byVisitor.has(link.visitor)) byVisitor.set(link.visitor, link);
  return [...byVisitor.values()].slice(0, maxLinked);
}

function getOwnVisitor({ identity, claimant }: EnrichedEvent): string | undefined {
  return identity.anonymousId ?? claimant;
}

/** Returns the event's checkout if its choices count: a browser's event has its own choice if it states one. */
function getCheckout(event: EnrichedEvent): string | undefined {
  const shop = getShopEvent(event);
  if (!shop && event.consent.stated !== 'unknown') return undefined;
  return getSecretCheckout(shop ?? event);
}

/** Returns the event without the fields of an unconfirmed report, for the lookup. */
function withoutUnconfirmed(event: EnrichedEvent): EnrichedEvent {
  return event.confirmed ? { ...event, identity: event.confirmed.identity, commerce: event.confirmed.commerce } : event;
}

/** Ignores a key that very many visitors share, such as the id of a guest account. */
function dropShared(links: readonly IdentityLink[]): readonly IdentityLink[] {
  return new Set(links.map(({ visitor }) => visitor)).size > maxVisitorsPerKey ? [] : links;
}
