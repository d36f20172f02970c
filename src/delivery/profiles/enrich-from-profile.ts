import type { EnrichedEvent, Identity } from '../../event/event.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { LinkKind } from '../../identity/identity-links.ts';
import {
  emptyProfile,
  getClickIds,
  getClient,
  getPerson,
  getUetVid,
  hasIdentifier,
  isSamePerson,
  latestConsentChoice,
  mergeProfiles,
  type Person,
  type VisitorProfile,
} from '../../identity/visitor-profile.ts';

/** What the store knows that may concern an event. */
export interface LoadedProfiles {
  /** Of the visitor that the event names. */
  readonly own?: VisitorProfile;
  /** Of the checkout that the event's order came out of: what was said of consent in it. */
  readonly checkout?: VisitorProfile;
  /** Of visitors that told something that the event tells too, by its time; the strongest and then the newest first. */
  readonly linked: readonly Linked[];
}

interface Linked {
  readonly by: LinkKind;
  readonly visitor: string;
  readonly facts: VisitorProfile;
  /** Only the visitor's own purchase of the same order says so, which anybody can report who knows the order's number. */
  readonly isClaim?: true;
}

/** A key that the event did not bring itself, and where it came from. */
export interface RecalledKey {
  /** In the words of the event: `clickIds.msclkid`, `forms`, `externalId`, `anonymousId`, `uetVid`, `client`. */
  readonly key: string;
  readonly from: 'visitor' | LinkKind;
}

export const noProfiles: LoadedProfiles = { linked: [] };

/** How old an address and agent may be that stand in for those of the event. */
const clientStandsInMs = dayMs;

/**
 * Adds what was known of the shopper when the event happened: a fact counts for what comes after it, so a later click never
 * takes an earlier sale. What the event brought itself stays, but that the newer of two click ids counts. A shopper who withdrew
 * after the event is told of no more. Pure.
 *
 * What an event may take of a visitor depends on what joins the two, and on who reported that:
 *
 * | Joined by                                         | Reported by           | Consent | Click | Address, agent | Person, visitor id |
 * |---------------------------------------------------|-----------------------|---------|-------|----------------|--------------------|
 * | The event's own visitor                           | the event             | yes     | yes   | yes            | yes                |
 * | The visitor of a browser's report of a shop's     | a browser             | no      | fills | yes            | no                 |
 * | event, which the shop's does not confirm          |                       |         |       |                |                    |
 * | A checkout that only the shop and shopper know    | anybody               | (1)     | yes   | yes            | yes                |
 * | The order, by a `Purchase` in the 15 min before   | a browser             | no      | fills | yes            | no                 |
 * | The order, external id, e-mail or phone           | a server or a webhook | no      | yes   | yes (2)        | yes                |
 * | The order otherwise, external id, e-mail, phone   | a browser             | no      | no    | no             | no                 |
 *
 * (1) What was chosen in the checkout itself counts, and not what its visitor chose elsewhere. (2) If the event names a visitor of its own,
 * only by the order. "Fills": only a click id that the event and its own visitor lack.
 */
export function enrichFromProfile(
  event: EnrichedEvent,
  { own, checkout, linked }: LoadedProfiles,
): { event: EnrichedEvent; recalled: readonly RecalledKey[] } {
  const nobody = { event, recalled: [] };
  const confirmed = isVisitorConfirmed(event) ? own : undefined;
  if (isWithdrawn(event, confirmed)) return { ...nobody, event: { ...event, consent: withdrawn } };
  const consent = consentOf(event, checkout, confirmed);
  if (consent.effective !== 'granted') return { ...nobody, event: { ...event, consent } };

  const found: Source | undefined = confirmed ? { facts: confirmed, from: 'visitor' } : foundBy(linked);
  const claimed: readonly Source[] = own && !confirmed ? [{ facts: own, from: 'visitor' }] : [];
  // The shopper's other browsers, and the one that told the same order where a server names a visitor of its own.
  const others = [...claimed, ...linked.map((one) => ({ facts: one.facts, from: one.by }))];
  const { identity, client, time } = event;
  const recalled: RecalledKey[] = [];
  const note = (key: string, from: RecalledKey['from']) => recalled.push({ key, from });

  const clickIds: Record<string, Identity['clickIds'][string]> = { ...identity.clickIds };
  for (const source of found ? [found, ...others] : others) {
    for (const { name, value, at } of getClickIds(source.facts, time)) {
      const mine = clickIds[name];
      if (mine && (mine.at >= at || source !== found)) continue;
      clickIds[name] = { value, at };
      note(`clickIds.${name}`, source.from);
    }
  }

  const { forms, added } = personOf(identity, time, found);
  if (found && Object.keys(forms).length > Object.keys(identity.forms).length) note('forms', found.from);
  for (const key of Object.keys(added)) note(key, found?.from ?? 'visitor');

  const isUnseen = client.ip === undefined && client.userAgent === undefined;
  const seenBy = [...(found ? [found] : []), ...others.filter(({ from }) => lendsClient.has(from))];
  const [seen] = (isUnseen ? seenBy : []).flatMap((source) => {
    const value = getClient(source.facts, time, clientStandsInMs);
    return value ? [{ value, from: source.from }] : [];
  });
  if (seen) note('client', seen.from);
  return {
    event: { ...event, consent, identity: { ...identity, ...added, forms, clickIds }, client: { ...client, ...seen?.value } },
    recalled,
  };
}

/** A visitor's profile and what it was found by. */
interface Source {
  readonly facts: VisitorProfile;
  readonly from: RecalledKey['from'];
  /** Present if the event may take the visitor's id. */
  readonly visitor?: string;
}

/** Whoever is found by these was there when the order was placed, also where the event names another visitor. */
const lendsClient: ReadonlySet<RecalledKey['from']> = new Set(['visitor', 'checkout', 'order']);

/** Returns the person's hashes and ids, with those that the source adds if nothing contradicts that it is the same person. */
function personOf(
  identity: Identity,
  time: UnixMs,
  source: Source | undefined,
): { readonly forms: Identity['forms']; readonly added: Partial<Identity> } {
  if (!source) return { forms: identity.forms, added: {} };
  const person = getPerson(source.facts, time);
  const isSame = !hasIdentifier(identity) || isSamePerson(person, identity);
  const { visitor } = source;
  return {
    forms: isSame ? { ...person.forms, ...identity.forms } : identity.forms,
    added: {
      ...(isSame && missing(identity, person, 'externalId')),
      ...(identity.anonymousId === undefined && visitor !== undefined && { anonymousId: visitor }),
      ...uetVidOf(identity, getUetVid(source.facts, time)),
    },
  };
}

/** Returns whether the visitor that the event names is named by the shop, or by a report that the shop confirms. */
function isVisitorConfirmed({ identity, confirmed }: EnrichedEvent): boolean {
  return confirmed === undefined || confirmed.identity.anonymousId === identity.anonymousId;
}

const withdrawn: EnrichedEvent['consent'] = { stated: 'denied', effective: 'denied' };

function isWithdrawn({ time, consent }: EnrichedEvent, own: LoadedProfiles['own']): boolean {
  return consent.effective !== 'denied' && (own?.withdrawnAt ?? Number.NEGATIVE_INFINITY) >= time;
}

function foundBy(linked: LoadedProfiles['linked']): Source | undefined {
  const strongest = linked.find(({ isClaim }) => isClaim === undefined);
  return strongest && { facts: strongest.facts, from: strongest.by, visitor: strongest.visitor };
}

/**
 * Where nobody spoke for the event, what was chosen in its checkout and by its own visitor does. A no of the checkout stands whatever the
 * visitor says elsewhere; of the rest the last word counts. Nobody else has a say.
 */
function consentOf(
  { consent }: EnrichedEvent,
  checkout: VisitorProfile = emptyProfile,
  visitor: VisitorProfile = emptyProfile,
): EnrichedEvent['consent'] {
  if (consent.effective !== 'pending' && consent.stated !== 'unknown') return consent;
  const choice = latestConsentChoice(checkout) === 'denied' ? 'denied' : latestConsentChoice(mergeProfiles(checkout, visitor));
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
