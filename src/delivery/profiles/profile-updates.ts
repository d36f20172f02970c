import { type Event, isFromPage } from '../../event/event.ts';
import { signalName } from '../../event/event-names.ts';
import type { UnixMs } from '../../event/units.ts';
import { pickContactForms } from '../../identity/form-kinds.ts';
import { getBrowserChoices, mergeConsentTimes, toBrowserDenial, toConsentTimes } from '../../visitors/consent-times.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import {
  checkoutProfileId,
  getCheckoutSubject,
  hasSecretCheckout,
  type IdentityLink,
  listStoredKeys,
} from '../../visitors/identity-links.ts';
import {
  applyGpcDenial,
  hasIdentifier,
  latestConsentChoice,
  mergeProfiles,
  type VisitorProfile,
} from '../../visitors/visitor-profile.ts';

/** The profile updates and links of some reports. */
export interface ProfileUpdates {
  readonly profiles: ReadonlyMap<string, VisitorProfile>;
  readonly links: readonly IdentityLink[];
}

type Reports = readonly { readonly event: Event }[];

/**
 * Extracts profile updates from reports, on top of the `known` profiles. Only granted data is kept, and of a visitor who denied
 * only the data that they granted themselves. A denial is recorded, also for the checkouts that the visitor is `linked` with. A
 * crawler has no profile.
 */
export function extractProfileUpdates(
  reports: Reports,
  known: ReadonlyMap<string, VisitorProfile>,
  linked: readonly IdentityLink[] = [],
): ProfileUpdates {
  const profiles = new Map<string, VisitorProfile>();
  const links: IdentityLink[] = [];
  const getProfile = (subject: string) => profiles.get(subject) ?? known.get(subject) ?? emptyProfile;
  const add = (subject: string, update: VisitorProfile) => profiles.set(subject, mergeProfiles(getProfile(subject), update));
  // Choices in checkouts are processed first, because they decide which orders may update profiles.
  for (const { event } of reports) {
    const choice = getCheckoutChoice(event);
    if (choice) add(choice.checkout, choice.profile);
  }
  for (const { event } of reports) {
    const visitor = event.identity.anonymousId;
    if (visitor === undefined || event.bot || isCheckoutConsentDenied(event, getProfile)) continue;
    const update = toProfile(event);
    if (!update || isDeniedByVisitor(event, getProfile(visitor))) continue;
    add(visitor, update);
    const { joined } = event.identity;
    if (joined !== undefined) add(visitor, pickJoined(getProfile(joined)));
    if (event.consent.effective !== 'granted') continue;
    const at = getEffectiveTime(event);
    for (const key of listStoredKeys(event, at)) links.push({ key, visitor, at });
  }
  for (const link of [...linked, ...links]) {
    const checkout = getCheckoutSubject(link);
    const visitor = getProfile(link.visitor);
    // A denial does not count if the shopper has granted again since.
    if (checkout === undefined || latestConsentChoice(applyGpcDenial(visitor)) !== 'denied') continue;
    const { deniedAt = null, withdrawnAt = null, gpcDeniedAt = null } = visitor;
    add(checkout, { ...emptyProfile, ...mergeConsentTimes({ deniedAt, withdrawnAt, gpcDeniedAt }) });
  }
  return { profiles, links };
}

/**
 * Returns what a visitor gets of another one of the same browser: clicks and persons, with their times. Its addresses and platforms' cookies
 * belong to the other domain. A visitor who denied gives nothing.
 */
function pickJoined(other: VisitorProfile): VisitorProfile {
  if (latestConsentChoice(applyGpcDenial(other)) === 'denied') return emptyProfile;
  return { ...emptyProfile, clicks: other.clicks, persons: other.persons };
}

/** Returns the profiles that the reports change or need. */
export function listProfileSubjects(reports: Reports, linked: readonly IdentityLink[] = []): readonly string[] {
  const named = reports.flatMap(({ event: { identity, commerce } }) => [
    identity.anonymousId ?? [],
    identity.joined ?? [],
    commerce.checkoutId === undefined ? [] : checkoutProfileId(commerce.checkoutId),
  ]);
  return [...new Set([...named.flat(), ...linked.flatMap((link) => getCheckoutSubject(link) ?? [])])];
}

/** Returns the visitors that denied in these reports. */
export function findDeniedVisitors(reports: Reports): readonly string[] {
  return [
    ...new Set(reports.flatMap(({ event }) => (event.consent.stated === 'denied' ? (event.identity.anonymousId ?? []) : []))),
  ];
}

/** Returns whether the order has no consent of its own and the shopper denied in its checkout. The grant of its visitor's browser counts. */
export function isCheckoutConsentDenied(
  { consent, commerce, identity, notSent, reporter }: Event,
  getProfile: (subject: string) => VisitorProfile | undefined,
): boolean {
  if (consent.stated !== 'unknown' || consent.effective === 'denied') return false;
  if (commerce.checkoutId === undefined || notSent !== undefined || !hasSecretCheckout({ commerce, reporter })) return false;
  const checkout = getProfile(checkoutProfileId(commerce.checkoutId)) ?? emptyProfile;
  const visitor = getProfile(identity.anonymousId ?? '') ?? emptyProfile;
  return latestConsentChoice(applyGpcDenial(checkout, [visitor])) === 'denied';
}

/**
 * Returns whether the visitor denied, and the event is no newer choice of theirs: the shop's grant does not end their browser's denial. Global
 * Privacy Control is compared when the profile is read, because the grant that lifts it may come later.
 */
function isDeniedByVisitor(event: Event, visitor: VisitorProfile): boolean {
  const { stated } = event.consent;
  if (stated === 'unknown') return latestConsentChoice(visitor) === 'denied';
  return stated === 'granted' && !isFromPage(event) && getBrowserChoices(visitor).adStorage === 'denied';
}

/** Returns the choice that a page of the checkout reported, for the checkout's order. A denied report has no other key. */
function getCheckoutChoice(event: Event): { readonly checkout: string; readonly profile: VisitorProfile } | undefined {
  const { consent, commerce, bot } = event;
  if (!isFromPage(event) || commerce.checkoutId === undefined || consent.stated === 'unknown') return undefined;
  if (bot && consent.stated === 'granted') return undefined;
  const at = getEffectiveTime(event);
  const choice = consent.stated === 'granted' ? toConsentTimes(consent, true, at) : toBrowserDenial(consent, at);
  return { checkout: checkoutProfileId(commerce.checkoutId), profile: { ...emptyProfile, ...choice } };
}

/** Limits the time to the time of receipt: a sender's clock may be ahead, and no data may outlive a later denial because of that. */
function getEffectiveTime({ time, receivedAt }: Event): UnixMs {
  return Math.min(time, receivedAt);
}

function toProfile(event: Event): VisitorProfile | undefined {
  const { name, consent, identity, client } = event;
  const isPage = isFromPage(event);
  const at = getEffectiveTime(event);
  if (consent.stated === 'denied') return { ...emptyProfile, ...(isPage ? toBrowserDenial(consent, at) : { deniedAt: at }) };
  if (consent.effective !== 'granted') return undefined;
  const { forms, externalId, browserIds, clickIds } = identity;
  const { ip, userAgent } = client;
  const seen = { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) };
  const person = {
    forms: pickContactForms(forms),
    ...(externalId !== undefined && { externalId }),
    isNew: name === signalName('identify'),
  };
  const toTimedValues = <T>(value: T) => [{ at, value }];
  return {
    clicks: Object.fromEntries(
      Object.entries(clickIds).map(([click, { value, at: clickedAt }]) => [click, [{ at: clickedAt, value }]]),
    ),
    persons: hasIdentifier(person) ? toTimedValues(person) : [],
    clients: isPage && Object.keys(seen).length > 0 ? toTimedValues(seen) : [],
    browserIds: Object.fromEntries(Object.entries(browserIds ?? {}).map(([cookie, id]) => [cookie, toTimedValues(id)])),
    ...toConsentTimes(consent, isPage, at),
  };
}
