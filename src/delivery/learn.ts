import type { Event } from '../event/event.ts';
import { signalName } from '../event/names.ts';
import type { UnixMs } from '../event/units.ts';
import { choiceOf, isNamed, mergeFacts, nothingKnown, type VisitorFacts } from '../identity/facts.ts';
import { checkoutSubject, type Link, linkKeysOf } from '../identity/links.ts';

/** What some reports tell of visitors. */
export interface Learned {
  readonly facts: ReadonlyMap<string, VisitorFacts>;
  readonly links: readonly Link[];
}

/**
 * What reports tell of the visitors that they name, added to what is `known` of them. Only what was granted is kept, and of a visitor who
 * denied only what they granted themselves; of a denial, that it came. A crawler is nobody. Pure.
 */
export function learn(reports: readonly { readonly event: Event }[], known: ReadonlyMap<string, VisitorFacts>): Learned {
  const facts = new Map<string, VisitorFacts>();
  const links: Link[] = [];
  for (const { event } of reports) {
    const said = saidInCheckout(event);
    if (said)
      facts.set(said.checkout, mergeFacts(facts.get(said.checkout) ?? known.get(said.checkout) ?? nothingKnown, said.facts));
    const visitor = event.identity.anonymousId;
    if (visitor === undefined || event.bot) continue;
    const before = facts.get(visitor) ?? known.get(visitor) ?? nothingKnown;
    const told = factsOf(event);
    if (!told || (event.consent.stated === 'unknown' && choiceOf(before) === 'denied')) continue;
    facts.set(visitor, mergeFacts(before, told));
    if (event.consent.effective !== 'granted') continue;
    for (const key of linkKeysOf(event)) links.push({ key, visitor, at: timeOf(event) });
  }
  return { facts, links };
}

/** Whose facts the reports add to, so that what is known of them is at hand. */
export function subjectsOf(reports: readonly { readonly event: Event }[]): readonly string[] {
  return [
    ...new Set(reports.flatMap(({ event }) => [event.identity.anonymousId ?? [], saidInCheckout(event)?.checkout ?? []].flat())),
  ];
}

/** A page of the checkout told what the shopper chose, for the order that comes out of it. A denied report has nothing else to be found by. */
function saidInCheckout(event: Event): { readonly checkout: string; readonly facts: VisitorFacts } | undefined {
  const { reporter, consent, commerce, bot } = event;
  if (reporter !== 'browser' || commerce.checkoutId === undefined || consent.stated === 'unknown') return undefined;
  if (bot && consent.stated === 'granted') return undefined;
  const at = timeOf(event);
  const choice = consent.stated === 'granted' ? { grantedAt: at } : { deniedAt: at, withdrawnAt: at };
  return { checkout: checkoutSubject(commerce.checkoutId), facts: { ...nothingKnown, ...choice } };
}

/** A sender's clock may be ahead, and nothing may outlive a denial by that. */
function timeOf({ time, receivedAt }: Event): UnixMs {
  return Math.min(time, receivedAt);
}

function factsOf(event: Event): VisitorFacts | undefined {
  const { name, consent, identity, client, reporter } = event;
  const at = timeOf(event);
  if (consent.stated === 'denied')
    return { ...nothingKnown, deniedAt: at, ...(name === signalName('consent') && { withdrawnAt: at }) };
  if (consent.effective !== 'granted') return undefined;
  const { forms, externalId, uetVid, clickIds } = identity;
  const { ip, userAgent } = client;
  const seen = { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) };
  const person = { forms, ...(externalId !== undefined && { externalId }), isNew: name === signalName('identify') };
  const told = <T>(value: T) => [{ at, by: JSON.stringify(value), value }];
  return {
    clicks: Object.fromEntries(
      Object.entries(clickIds).map(([click, { value, at: clickedAt }]) => [click, [{ at: clickedAt, by: value, value }]]),
    ),
    persons: isNamed(person) ? told(person) : [],
    clients: reporter === 'browser' && Object.keys(seen).length > 0 ? told(seen) : [],
    uetVids: uetVid === undefined ? [] : told(uetVid),
    ...(consent.stated === 'granted' && { grantedAt: at }),
  };
}
