import type { EnrichedEvent, Identity } from '../event/event.ts';
import { dayMs } from '../event/units.ts';
import {
  choiceOf,
  clicksAt,
  clientAt,
  isNamed,
  isSamePerson,
  mergeFacts,
  nothingKnown,
  type Person,
  personAt,
  uetVidAt,
  type VisitorFacts,
} from '../identity/facts.ts';
import type { LinkKind } from '../identity/links.ts';

/** What the store knows that may concern an event. */
export interface Known {
  /** Of the visitor that the event names. */
  readonly own?: VisitorFacts;
  /** Of the checkout that the event's order came out of: what was said of consent in it. */
  readonly checkout?: VisitorFacts;
  /** Of visitors that told something that the event tells too, by its time; the strongest and then the newest first. */
  readonly linked: readonly { readonly by: LinkKind; readonly visitor: string; readonly facts: VisitorFacts }[];
}

/** A key that the event did not bring itself, and where it came from. */
export interface Recalled {
  /** In the words of the event: `clickIds.msclkid`, `forms`, `externalId`, `anonymousId`, `uetVid`, `client`. */
  readonly key: string;
  readonly from: 'visitor' | LinkKind;
}

export const unknown: Known = { linked: [] };

/** How old an address and agent may be that stand in for those of the event. */
const clientStandsInMs = dayMs;

/**
 * Adds what was known of the shopper when the event happened: a fact counts for what comes after it, so a later click never
 * takes an earlier sale. What the event brought itself stays, but that the newer of two click ids counts. A shopper who withdrew
 * after the event is told of no more. Pure.
 */
export function recall(
  event: EnrichedEvent,
  { own, checkout, linked }: Known,
): { event: EnrichedEvent; recalled: readonly Recalled[] } {
  const nobody = { event, recalled: [] };
  if (isWithdrawn(event, own)) return { ...nobody, event: { ...event, consent: withdrawn } };
  const found = own ? ({ facts: own, from: 'visitor' } as const) : foundBy(linked);
  const consent = consentOf(event, checkout, found?.facts);
  if (consent.effective !== 'granted' || !found) return { ...nobody, event: { ...event, consent } };

  const { facts, from } = found;
  const { identity, client, time } = event;
  const recalled: Recalled[] = [];
  const note = (key: string, source: Recalled['from'] = from) => recalled.push({ key, from: source });

  const clickIds: Record<string, Identity['clickIds'][string]> = { ...identity.clickIds };
  // The shopper's other browsers, and the one that told the same order where a server names a visitor of its own.
  const others = linked.map((one) => ({ facts: one.facts, from: one.by }));
  for (const source of [found, ...others]) {
    for (const { name, value, at } of clicksAt(source.facts, time)) {
      const mine = clickIds[name];
      if (mine && (mine.at >= at || source !== found)) continue;
      clickIds[name] = { value, at };
      note(`clickIds.${name}`, source.from);
    }
  }

  const person = personAt(facts, time);
  const isSame = !isNamed(identity) || isSamePerson(person, identity);
  const forms = isSame ? { ...person.forms, ...identity.forms } : identity.forms;
  if (Object.keys(forms).length > Object.keys(identity.forms).length) note('forms');
  const added: Partial<Identity> = {
    ...(isSame && missing(identity, person, 'externalId')),
    ...(identity.anonymousId === undefined && 'visitor' in found && { anonymousId: found.visitor }),
    ...uetVidOf(identity, uetVidAt(facts, time)),
  };
  for (const key of Object.keys(added)) note(key);

  const isUnseen = client.ip === undefined && client.userAgent === undefined;
  const sources = isUnseen ? [found, ...others.filter((one) => one.from === 'order')] : [];
  const [seen] = sources.flatMap((source) => {
    const value = clientAt(source.facts, time, clientStandsInMs);
    return value ? [{ value, from: source.from }] : [];
  });
  if (seen) note('client', seen.from);
  return {
    event: { ...event, consent, identity: { ...identity, ...added, forms, clickIds }, client: { ...client, ...seen?.value } },
    recalled,
  };
}

const withdrawn: EnrichedEvent['consent'] = { stated: 'denied', effective: 'denied' };

function isWithdrawn({ time, consent }: EnrichedEvent, own: Known['own']): boolean {
  return consent.effective !== 'denied' && (own?.withdrawnAt ?? Number.NEGATIVE_INFINITY) >= time;
}

function foundBy(linked: Known['linked']) {
  const [strongest] = linked;
  return strongest && { facts: strongest.facts, from: strongest.by, visitor: strongest.visitor };
}

/**
 * Where nobody spoke for the event, what was chosen in its checkout and by its visitor does. A no of the checkout stands whatever the
 * visitor says elsewhere; of the rest the last word counts.
 */
function consentOf(
  { consent }: EnrichedEvent,
  checkout: VisitorFacts = nothingKnown,
  visitor: VisitorFacts = nothingKnown,
): EnrichedEvent['consent'] {
  if (consent.effective !== 'pending' && consent.stated !== 'unknown') return consent;
  const choice = choiceOf(checkout) === 'denied' ? 'denied' : choiceOf(mergeFacts(checkout, visitor));
  const isOpen = consent.effective === 'pending' || (consent.stated === 'unknown' && choice === 'denied');
  return isOpen && choice !== undefined ? { ...consent, stated: choice, effective: choice } : consent;
}

function missing(identity: Identity, person: Person, key: 'externalId'): Partial<Identity> {
  const value = person[key];
  return identity[key] === undefined && value !== undefined ? { [key]: value } : {};
}

function uetVidOf({ uetVid }: Identity, known: string | undefined): Partial<Identity> {
  return uetVid === undefined && known !== undefined ? { uetVid: known } : {};
}
