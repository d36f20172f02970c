import type { EnrichedEvent } from '../event/event.ts';
import { matchKeys, matchKeysOf } from '../event/match-keys.ts';
import { nothingKnown } from '../identity/facts.ts';
import { checkoutSubject, type Link, linkKeysOf, linkKindOf, mostSharing } from '../identity/links.ts';
import { type Store, visitorsAtOnce } from '../store/store.ts';
import type { Known } from './recall.ts';

/** Linked visitors that are looked up for one event, at most: the strongest ones. */
const maxLinked = 2;

/** So many events may be looked up at once: of each its own visitor, its checkout and the linked ones. */
export const eventsAtOnce = visitorsAtOnce / (2 + maxLinked);

/** What the store knows that may concern each of these events, in their order. They are no more than `eventsAtOnce`. */
export async function knownOf(
  events: readonly EnrichedEvent[],
  store: Pick<Store, 'facts' | 'links'>,
  site: string,
): Promise<readonly Known[]> {
  const keys = events.map((event) => (lacksSomething(event) ? linkKeysOf(event) : []));
  const byKey = new Map<string, Link[]>();
  for (const link of await store.links(site, [...new Set(keys.flat())])) {
    const others = byKey.get(link.key);
    if (others) others.push(link);
    else byKey.set(link.key, [link]);
  }
  const linksOf = events.map(({ time, identity }, index) => {
    const found = (keys[index] ?? [])
      .flatMap((key) => linksBy(byKey.get(key)))
      .filter(({ at, since = at, visitor }) => since <= time && visitor !== identity.anonymousId);
    return strongest(found);
  });
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

/** Whether a linked visitor could add anything to the event: a match key, or a choice where nobody spoke for it. */
function lacksSomething(event: EnrichedEvent): boolean {
  const { stated, effective } = event.consent;
  return effective !== 'denied' && (stated === 'unknown' || matchKeysOf(event).length < matchKeys.length);
}

/** The first link of each visitor. */
function strongest(links: readonly Link[]): readonly Link[] {
  const byVisitor = new Map<string, Link>();
  for (const link of links) if (!byVisitor.has(link.visitor)) byVisitor.set(link.visitor, link);
  return [...byVisitor.values()].slice(0, maxLinked);
}

/** Asked only where nobody spoke for the event itself. */
function checkoutOf({ consent, commerce }: EnrichedEvent): string | undefined {
  return consent.stated === 'unknown' && commerce.checkoutId !== undefined ? checkoutSubject(commerce.checkoutId) : undefined;
}

/** What very many tell, such as the id of a guest account, tells nothing of anybody. */
function linksBy(links: readonly Link[] = []): readonly Link[] {
  return new Set(links.map(({ visitor }) => visitor)).size > mostSharing ? [] : links;
}
