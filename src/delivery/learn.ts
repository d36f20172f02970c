import type { Event } from '../event/event.ts';
import { signalName } from '../event/names.ts';
import { mergeFacts, nothingKnown, type VisitorFacts } from '../identity/facts.ts';
import { type Link, linkKeysOf } from '../identity/links.ts';
import type { Offset } from '../log/log.ts';

/** What some reports tell of visitors. */
export interface Learned {
  readonly facts: ReadonlyMap<string, VisitorFacts>;
  readonly links: readonly Link[];
}

/**
 * What reports tell of the visitors that they name. Only what was granted is kept; of a denial, that it came. A crawler is nobody. Pure.
 */
export function learn(reports: readonly { readonly offset: Offset; readonly event: Event }[]): Learned {
  const facts = new Map<string, VisitorFacts>();
  const links: Link[] = [];
  for (const { offset, event } of reports) {
    const visitor = event.identity.anonymousId;
    if (visitor === undefined || event.bot) continue;
    const told = factsOf(event, offset);
    if (!told) continue;
    facts.set(visitor, mergeFacts(facts.get(visitor) ?? nothingKnown, told));
    if (event.consent.effective !== 'granted') continue;
    for (const key of linkKeysOf(event)) links.push({ key, visitor, at: event.time });
  }
  return { facts, links };
}

function factsOf({ name, time: at, consent, identity, client, reporter }: Event, by: Offset): VisitorFacts | undefined {
  if (consent.stated === 'denied') return { ...nothingKnown, deniedAt: at };
  if (consent.effective !== 'granted') return undefined;
  const { forms, externalId, uetVid, clickIds } = identity;
  const isTold = Object.keys(forms).length > 0 || externalId !== undefined;
  const isNew = name === signalName('identify');
  const { ip, userAgent } = client;
  const seen = { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) };
  return {
    clicks: Object.fromEntries(
      Object.entries(clickIds).map(([click, { value, at: clickedAt }]) => [click, [{ at: clickedAt, by: value, value }]]),
    ),
    persons: isTold ? [{ at, by, value: { forms, ...(externalId !== undefined && { externalId }), isNew } }] : [],
    clients: reporter === 'browser' && Object.keys(seen).length > 0 ? [{ at, by, value: seen }] : [],
    uetVids: uetVid === undefined ? [] : [{ at, by: uetVid, value: uetVid }],
    ...(consent.stated === 'granted' && { grantedAt: at }),
  };
}
