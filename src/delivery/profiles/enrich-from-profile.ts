import type { EnrichedEvent, Identity } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import { mergeClickSights } from '../../visitors/click-ids.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import type { LinkKind } from '../../visitors/identity-links.ts';
import { clickIdMaxAgeMs } from '../../visitors/profile-lifetimes.ts';
import {
  getBrowserIds,
  getClickIds,
  getClient,
  getPerson,
  hasIdentifier,
  isSamePerson,
  latestConsentChoice,
  listDeniedUses,
  mergeProfiles,
  type Person,
  type VisitorProfile,
} from '../../visitors/visitor-profile.ts';
import { applyBrowserChoices, getShopEvent, mergeChoices } from './browser-choices.ts';

/** The stored profiles that may concern an event. */
export interface LoadedProfiles {
  /** The profile of the event's visitor. */
  readonly own?: VisitorProfile;
  /** The profile of the order's checkout, which has the consent choices in it. */
  readonly checkout?: VisitorProfile;
  /** Profiles of visitors with a key of the event, as of the event's time; the strongest first, then the newest. */
  readonly linked: readonly LinkedProfile[];
}

interface LinkedProfile {
  readonly by: LinkKind;
  readonly visitor: string;
  readonly profile: VisitorProfile;
  /** Set if only the visitor's own purchase of the same order made the link. Everyone who knows the order number can report that. */
  readonly isUnconfirmed?: true;
}

/** A key that the event got from a profile, and its source. */
export interface RecalledKey {
  /** Path in the event: `clickIds.msclkid`, `forms`, `externalId`, `anonymousId`, `browserIds._uetvid`, `client`. */
  readonly key: string;
  readonly from: 'visitor' | LinkKind;
}

export const noProfiles: LoadedProfiles = { linked: [] };

/** Maximum age of an IP address and user agent from a profile. */
const maxClientAgeMs = dayMs;

/**
 * Enriches an event with its visitor's profile as of the event's time. An observation counts only for later events, so a later
 * click never gets the credit for an earlier sale. The event's own values stay, except that the newer of two click ids counts.
 * After a withdrawal, no event of the visitor is sent any more.
 *
 * The values that an event may get depend on the link between the event and the visitor, and on its source:
 *
 * | Linked by                                         | Reported by           | Consent | Click | Address, agent | Person, visitor id |
 * |---------------------------------------------------|-----------------------|---------|-------|----------------|--------------------|
 * | The event's own visitor                           | the event             | yes     | yes   | yes            | yes                |
 * | The visitor of a browser's report of a shop's     | a browser             | no      | fills | yes            | no                 |
 * | event, which the shop's does not confirm          |                       |         |       |                |                    |
 * | A checkout that only the shop and shopper know    | anyone                | (1)     | yes   | yes            | yes                |
 * | The order, by a `Purchase` in the 15 min before   | a browser             | no      | fills | yes            | no                 |
 * | The order, external id, e-mail or phone           | a server or a webhook | no      | yes   | yes (2)        | yes                |
 * | The order otherwise, external id, e-mail, phone   | a browser             | no      | no    | no             | no                 |
 *
 * (1) Only the choice in the checkout itself counts. (2) Only by the order if the event names its own visitor.
 * "Fills": only a click id that the event and its own visitor lack.
 */
export function enrichFromProfile(
  { claimant, confirmed: shop, ...given }: EnrichedEvent,
  { own, checkout, linked }: LoadedProfiles,
): { event: EnrichedEvent; recalled: readonly RecalledKey[]; issues: readonly Issue[] } {
  const confirmed = claimant === undefined ? own : undefined;
  const event: EnrichedEvent = {
    ...given,
    ...(shop && {
      confirmed: enrichFromProfile(shop, { linked, ...(confirmed && { own: confirmed }), ...(checkout && { checkout }) }).event,
    }),
  };
  const unchanged = { event, recalled: [], issues: [] };
  if (isWithdrawn(event, confirmed)) return { ...unchanged, event: { ...event, consent: withdrawn } };
  const { consent, issues } = resolveConsent(event, checkout, confirmed);
  if (consent.effective !== 'granted') return { ...unchanged, event: { ...event, consent }, issues };

  const found: Source | undefined = confirmed ? { profile: confirmed, from: 'visitor' } : toSource(linked);
  const unconfirmed: readonly Source[] = own && !confirmed ? [{ profile: own, from: 'visitor' }] : [];
  // The shopper's other browsers, and the browser that reported the same order if a server names another visitor.
  const others = [...unconfirmed, ...linked.map((one) => ({ profile: one.profile, from: one.by }))];
  const { identity, client, time } = event;
  const recalled: RecalledKey[] = [];
  const note = (key: string, from: RecalledKey['from']) => recalled.push({ key, from });

  const clickIds: Record<string, Identity['clickIds'][string]> = { ...identity.clickIds };
  for (const source of found ? [found, ...others] : others) {
    for (const { name, value, at } of getClickIds(source.profile, time)) {
      const mine = clickIds[name];
      // A click of unknown age has the greatest age, so its time is no first sight.
      const isDated = mine && mine.at > time - clickIdMaxAgeMs;
      const same = isDated && source === found ? mergeClickSights(name, mine, { value, at }) : undefined;
      if (same ? same === mine : mine && (mine.at >= at || source !== found)) continue;
      clickIds[name] = same ?? { value, at };
      note(`clickIds.${name}`, source.from);
    }
  }

  const { forms, added } = mergePerson(identity, time, found);
  if (found && Object.keys(forms).length > Object.keys(identity.forms).length) note('forms', found.from);
  for (const key of Object.keys(added)) note(key, found?.from ?? 'visitor');

  const browserIds: Record<string, string> = { ...identity.browserIds };
  for (const { cookie, id } of found ? getBrowserIds(found.profile, time) : []) {
    if (browserIds[cookie] !== undefined) continue;
    browserIds[cookie] = id;
    note(`browserIds.${cookie}`, found?.from ?? 'visitor');
  }

  const isUnseen = client.ip === undefined && client.userAgent === undefined;
  const clients = [...(found ? [found] : []), ...others.filter(({ from }) => clientSources.has(from))];
  const [seen] = (isUnseen ? clients : []).flatMap((source) => {
    const value = getClient(source.profile, time, maxClientAgeMs);
    return value ? [{ value, from: source.from }] : [];
  });
  if (seen) note('client', seen.from);
  return {
    event: {
      ...event,
      consent,
      identity: { ...identity, ...added, ...(Object.keys(browserIds).length > 0 && { browserIds }), forms, clickIds },
      client: { ...client, ...seen?.value },
    },
    recalled,
    issues,
  };
}

/** A profile and the key that found it. */
interface Source {
  readonly profile: VisitorProfile;
  readonly from: RecalledKey['from'];
  /** Present if the event may get the visitor's id. */
  readonly visitor?: string;
}

/** Sources that were present when the order was placed, even if the event names another visitor. */
const clientSources: ReadonlySet<RecalledKey['from']> = new Set(['visitor', 'checkout', 'order']);

/** Returns the person's hashes and ids, with those that the source adds if nothing contradicts that it is the same person. */
function mergePerson(
  identity: Identity,
  time: UnixMs,
  source: Source | undefined,
): { readonly forms: Identity['forms']; readonly added: Partial<Identity> } {
  if (!source) return { forms: identity.forms, added: {} };
  const person = getPerson(source.profile, time);
  const isSame = !hasIdentifier(identity) || isSamePerson(person, identity);
  const { visitor } = source;
  return {
    forms: isSame ? { ...person.forms, ...identity.forms } : identity.forms,
    added: {
      ...(isSame && fillMissing(identity, person, 'externalId')),
      ...(identity.anonymousId === undefined && visitor !== undefined && { anonymousId: visitor }),
    },
  };
}

const withdrawn: EnrichedEvent['consent'] = { stated: 'denied', effective: 'denied' };

function isWithdrawn({ time, consent }: EnrichedEvent, own: LoadedProfiles['own']): boolean {
  return consent.effective !== 'denied' && (own?.withdrawnAt ?? Number.NEGATIVE_INFINITY) >= time;
}

function toSource(linked: LoadedProfiles['linked']): Source | undefined {
  const strongest = linked.find(({ isUnconfirmed }) => isUnconfirmed === undefined);
  return strongest && { profile: strongest.profile, from: strongest.by, visitor: strongest.visitor };
}

/**
 * Returns the event's consent. For a shop's event the choices of the browser of its visitor and checkout count, also against a grant that the
 * shop states. Otherwise, if the event has none, the choices in its checkout and of its own visitor count: a denial in the checkout always
 * wins, otherwise the newest choice, with the single uses that it denied. Other visitors do not count.
 */
function resolveConsent(
  event: EnrichedEvent,
  checkout: VisitorProfile = emptyProfile,
  visitor: VisitorProfile = emptyProfile,
): { readonly consent: EnrichedEvent['consent']; readonly issues: readonly Issue[] } {
  const chosen = getShopEvent(event) ? applyBrowserChoices(event.consent, mergeChoices(checkout, visitor)) : undefined;
  const { consent, issues } = chosen ?? { consent: event.consent, issues: [] };
  if (consent.effective !== 'pending' && consent.stated !== 'unknown') return { consent, issues };
  const known = mergeProfiles(checkout, visitor);
  const choice = latestConsentChoice(checkout) === 'denied' ? 'denied' : latestConsentChoice(known);
  const isOpen = consent.effective === 'pending' || (consent.stated === 'unknown' && choice === 'denied');
  const resolved = isOpen && choice !== undefined ? { ...consent, stated: choice, effective: choice } : consent;
  return { consent: resolved.effective === 'denied' ? resolved : { ...listDeniedUses(known), ...resolved }, issues };
}

function fillMissing(identity: Identity, person: Person, key: 'externalId'): Partial<Identity> {
  const value = person[key];
  return identity[key] === undefined && value !== undefined ? { [key]: value } : {};
}
