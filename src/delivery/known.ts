import type { EnrichedEvent } from '../event/event.ts';
import { nothingKnown } from '../identity/facts.ts';
import { checkoutSubject, hasSecretCheckout, type Link, linkKindOf, lookupKeysOf, mostSharing } from '../identity/links.ts';
import type { Store } from '../store/store.ts';
import type { Known } from './recall.ts';

/** Visitors that one event is looked up by, at most. */
const maxLinked = 8;

/** What the store knows that may concern each of these events, in their order. */
export async function knownOf(
  events: readonly EnrichedEvent[],
  store: Pick<Store, 'facts' | 'links'>,
  site: string,
): Promise<readonly Known[]> {
  const lookups = events.map((event) => (event.consent.effective === 'denied' ? [] : lookupKeysOf(statedOf(event), event.time)));
  const asked = lookups.flat().flatMap(({ keys }) => keys);
  const byKey = Map.groupBy(await store.links(site, [...new Set(asked)]), ({ key }) => key);
  const linksOf = events.map(({ time, identity }, index) =>
    (lookups[index] ?? [])
      .flatMap(({ keys, window, isClaim }) => {
        const told = keys.flatMap((key) => byKey.get(key) ?? []);
        const counted = window ? told.filter(({ at, since = at }) => since >= window.from && since <= window.through) : told;
        return unlessShared(counted).map((link) => ({ ...link, ...(isClaim && { isClaim }) }));
      })
      .filter(({ at, since = at, visitor }) => since <= time && visitor !== identity.anonymousId)
      .slice(0, maxLinked),
  );
  const visitors = [
    ...events.flatMap(({ identity }) => identity.anonymousId ?? []),
    ...events.flatMap((event) => checkoutOf(event) ?? []),
    ...linksOf.flat().map(({ visitor }) => visitor),
  ];
  const facts = await store.facts(site, [...new Set(visitors)]);
  return events.map((event, index) => {
    const own = facts.get(event.identity.anonymousId ?? '');
    const checkout = facts.get(checkoutOf(event) ?? '');
    const linked = (linksOf[index] ?? []).flatMap((link) => {
      const by = linkKindOf(link);
      const { visitor, isClaim } = link;
      return by ? [{ by, visitor, facts: facts.get(visitor) ?? nothingKnown, ...(isClaim && { isClaim }) }] : [];
    });
    return { ...(own && { own }), ...(checkout && { checkout }), linked };
  });
}

/** Asked only where nobody spoke for the event itself. */
function checkoutOf(event: EnrichedEvent): string | undefined {
  const { reporter, reporters, commerce } = statedOf(event);
  if (event.consent.stated !== 'unknown' || commerce.checkoutId === undefined) return undefined;
  return hasSecretCheckout({ reporter, reporters, commerce }) ? checkoutSubject(commerce.checkoutId) : undefined;
}

/** Returns the event by what it may be looked up: without what an unconfirmed report filled in. */
function statedOf(event: EnrichedEvent): EnrichedEvent {
  return event.confirmed ? { ...event, identity: event.confirmed.identity, commerce: event.confirmed.commerce } : event;
}

/** What very many tell, such as the id of a guest account, tells nothing of anybody. */
function unlessShared(links: readonly Link[]): readonly Link[] {
  return new Set(links.map(({ visitor }) => visitor)).size > mostSharing ? [] : links;
}
