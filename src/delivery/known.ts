import type { EnrichedEvent } from '../event/event.ts';
import { nothingKnown } from '../identity/facts.ts';
import { checkoutSubject, type Link, linkKeysOf, linkKindOf, mostSharing } from '../identity/links.ts';
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
  const keys = events.map((event) => (event.consent.effective === 'denied' ? [] : linkKeysOf(event)));
  const byKey = new Map<string, Link[]>();
  for (const link of await store.links(site, [...new Set(keys.flat())]))
    byKey.set(link.key, [...(byKey.get(link.key) ?? []), link]);
  const linksOf = events.map(({ time, identity }, index) =>
    (keys[index] ?? [])
      .flatMap((key) => linksBy(byKey.get(key)))
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
      return by ? [{ by, visitor: link.visitor, facts: facts.get(link.visitor) ?? nothingKnown }] : [];
    });
    return { ...(own && { own }), ...(checkout && { checkout }), linked };
  });
}

/** Asked only where nobody spoke for the event itself. */
function checkoutOf({ consent, commerce }: EnrichedEvent): string | undefined {
  return consent.stated === 'unknown' && commerce.checkoutId !== undefined ? checkoutSubject(commerce.checkoutId) : undefined;
}

/** What very many tell, such as the id of a guest account, tells nothing of anybody. */
function linksBy(links: readonly Link[] = []): readonly Link[] {
  return new Set(links.map(({ visitor }) => visitor)).size > mostSharing ? [] : links;
}
