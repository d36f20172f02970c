import type { Event } from '../../event/event.ts';
import { signalName } from '../../event/event-names.ts';
import type { UnixMs } from '../../event/units.ts';
import {
  checkoutProfileId,
  getCheckoutSubject,
  hasSecretCheckout,
  type IdentityLink,
  listStoredKeys,
} from '../../identity/identity-links.ts';
import {
  emptyProfile,
  hasIdentifier,
  latestConsentChoice,
  mergeProfiles,
  type VisitorProfile,
} from '../../identity/visitor-profile.ts';

/** What some reports tell of visitors. */
export interface ProfileUpdates {
  readonly facts: ReadonlyMap<string, VisitorProfile>;
  readonly links: readonly IdentityLink[];
}

type Reports = readonly { readonly event: Event }[];

/**
 * What reports tell of the visitors that they name, added to what is `known` of them. Only what was granted is kept, and of a visitor who
 * denied only what they granted themselves; of a denial, that it came, also to the checkouts that the visitor is `linked` with. A crawler
 * is nobody. Pure.
 */
export function extractProfileUpdates(
  reports: Reports,
  known: ReadonlyMap<string, VisitorProfile>,
  linked: readonly IdentityLink[] = [],
): ProfileUpdates {
  const facts = new Map<string, VisitorProfile>();
  const links: IdentityLink[] = [];
  const knownOf = (subject: string) => facts.get(subject) ?? known.get(subject) ?? emptyProfile;
  const add = (subject: string, told: VisitorProfile) => facts.set(subject, mergeProfiles(knownOf(subject), told));
  // What was said in checkouts comes first: it tells of which orders nothing may be learned.
  for (const { event } of reports) {
    const said = saidInCheckout(event);
    if (said) add(said.checkout, said.facts);
  }
  for (const { event } of reports) {
    const visitor = event.identity.anonymousId;
    if (visitor === undefined || event.bot || isCheckoutConsentDenied(event, knownOf)) continue;
    const told = factsOf(event);
    if (!told || (event.consent.stated === 'unknown' && latestConsentChoice(knownOf(visitor)) === 'denied')) continue;
    add(visitor, told);
    if (event.consent.effective !== 'granted') continue;
    const at = timeOf(event);
    for (const key of listStoredKeys(event, at)) links.push({ key, visitor, at });
  }
  for (const link of [...linked, ...links]) {
    const checkout = getCheckoutSubject(link);
    const visitor = knownOf(link.visitor);
    const { deniedAt, withdrawnAt } = visitor;
    // What was withdrawn and granted again since is no no.
    if (
      checkout === undefined ||
      deniedAt === undefined ||
      withdrawnAt === undefined ||
      latestConsentChoice(visitor) !== 'denied'
    )
      continue;
    add(checkout, { ...emptyProfile, deniedAt, withdrawnAt });
  }
  return { facts, links };
}

/** Whose facts the reports add to, or rest on, so that what is known of them is at hand. */
export function profileSubjects(reports: Reports, linked: readonly IdentityLink[] = []): readonly string[] {
  const told = reports.flatMap(({ event: { identity, commerce } }) => [
    identity.anonymousId ?? [],
    commerce.checkoutId === undefined ? [] : checkoutProfileId(commerce.checkoutId),
  ]);
  return [...new Set([...told.flat(), ...linked.flatMap((link) => getCheckoutSubject(link) ?? [])])];
}

/** The visitors of whom the reports tell that they denied. */
export function visitorsWhoDenied(reports: Reports): readonly string[] {
  return [
    ...new Set(reports.flatMap(({ event }) => (event.consent.stated === 'denied' ? (event.identity.anonymousId ?? []) : []))),
  ];
}

/** Nobody spoke for the order, and in its checkout the shopper said no. */
export function isCheckoutConsentDenied(
  { consent, commerce, notSent, reporter }: Event,
  knownOf: (subject: string) => VisitorProfile | undefined,
): boolean {
  if (consent.stated !== 'unknown' || consent.effective === 'denied') return false;
  if (commerce.checkoutId === undefined || notSent !== undefined || !hasSecretCheckout({ commerce, reporter })) return false;
  return latestConsentChoice(knownOf(checkoutProfileId(commerce.checkoutId)) ?? emptyProfile) === 'denied';
}

/** A page of the checkout told what the shopper chose, for the order that comes out of it. A denied report has nothing else to be found by. */
function saidInCheckout(event: Event): { readonly checkout: string; readonly facts: VisitorProfile } | undefined {
  const { reporter, consent, commerce, bot } = event;
  if (reporter !== 'browser' || commerce.checkoutId === undefined || consent.stated === 'unknown') return undefined;
  if (bot && consent.stated === 'granted') return undefined;
  const at = timeOf(event);
  const choice = consent.stated === 'granted' ? { grantedAt: at } : { deniedAt: at, withdrawnAt: at };
  return { checkout: checkoutProfileId(commerce.checkoutId), facts: { ...emptyProfile, ...choice } };
}

/** A sender's clock may be ahead, and nothing may outlive a denial by that. */
function timeOf({ time, receivedAt }: Event): UnixMs {
  return Math.min(time, receivedAt);
}

function factsOf(event: Event): VisitorProfile | undefined {
  const { name, consent, identity, client, reporter } = event;
  const at = timeOf(event);
  if (consent.stated === 'denied')
    return { ...emptyProfile, deniedAt: at, ...(name === signalName('consent') && { withdrawnAt: at }) };
  if (consent.effective !== 'granted') return undefined;
  const { forms, externalId, uetVid, clickIds } = identity;
  const { ip, userAgent } = client;
  const seen = { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) };
  const person = { forms, ...(externalId !== undefined && { externalId }), isNew: name === signalName('identify') };
  const told = <T>(value: T) => [{ at, value }];
  return {
    clicks: Object.fromEntries(
      Object.entries(clickIds).map(([click, { value, at: clickedAt }]) => [click, [{ at: clickedAt, value }]]),
    ),
    persons: hasIdentifier(person) ? told(person) : [],
    clients: reporter === 'browser' && Object.keys(seen).length > 0 ? told(seen) : [],
    uetVids: uetVid === undefined ? [] : told(uetVid),
    ...(consent.stated === 'granted' && { grantedAt: at }),
  };
}
