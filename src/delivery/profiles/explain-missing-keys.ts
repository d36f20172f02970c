import { type EnrichedEvent, isFromPage } from '../../event/event.ts';
import type { MatchTopic, MissingReasons } from '../../event/missing-match-keys.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { emailHashes, getPerson, type Person, phoneHashes, type VisitorProfile } from '../../visitors/visitor-profile.ts';
import type { LoadedProfiles } from './enrich-from-profile.ts';

/**
 * Returns the reason for each subject whose match key the event lacks. `event` is already enriched from profiles. A denied event is sent
 * without personal data. Reports `somebody-else` if the visitor's profile has the key for another person, and `withheld` for an address that
 * the event has: if a payload lacks it, the connection's settings kept it back.
 */
export function explainMissingKeys(event: EnrichedEvent, { own, linked }: LoadedProfiles): MissingReasons {
  if (event.consent.effective === 'denied') return allDenied;
  const { identity, reporters, via, time } = event;
  const isNamed = identity.anonymousId !== undefined;
  const profile = own ?? linked.find(({ isUnconfirmed }) => !isUnconfirmed)?.profile ?? (isNamed ? emptyProfile : undefined);
  const fromBrowser = reporters.some((reporter) => isFromPage({ reporter, via }));
  const isVisitorMissing = profile === undefined && !fromBrowser;
  const person = profile && profile.persons.length > 0 ? getPerson(profile, time) : undefined;
  const isKnown = (read: (person: Person) => readonly unknown[]) =>
    person !== undefined && read(person).some((one) => one !== undefined);
  const isWarned = (...fields: readonly string[]) =>
    event.warnings.length > 0 && event.warnings.some(({ field }) => fields.includes(field));

  const explainClickId = () => {
    if (isVisitorMissing) return 'no-visitor';
    return !fromBrowser && isServerOnly(profile) ? 'no-browser' : 'no-click';
  };
  const explainEmail = () => {
    if (isWarned('user.email', 'user.emailSha256')) return 'unreadable';
    if (isKnown(emailHashes)) return 'somebody-else';
    return isVisitorMissing ? 'no-visitor' : 'anonymous';
  };
  const explainPhone = () => {
    if (isWarned('user.phone', 'user.phoneSha256')) return 'unreadable';
    if (isKnown(phoneHashes)) return 'somebody-else';
    if (emailHashes(identity).some((one) => one !== undefined)) return 'not-collected';
    return isVisitorMissing ? 'no-visitor' : 'anonymous';
  };
  const explainExternalId = () => {
    if (isWarned('user.externalId')) return 'unreadable';
    return isKnown(({ externalId }) => [externalId]) ? 'somebody-else' : 'not-signed-in';
  };
  const explainAddress = () => {
    if (event.client.ip !== undefined) return 'withheld';
    if (event.warnings.some(({ code }) => code === 'address-not-public')) return 'not-public';
    if (isWarned('user.ip')) return 'unreadable';
    return fromBrowser ? 'not-told' : 'server-without';
  };
  return {
    'click-id': explainClickId(),
    'browser-id': isVisitorMissing ? 'no-visitor' : 'no-cookie',
    email: explainEmail(),
    phone: explainPhone(),
    visitor: isWarned('user.anonymousId') ? 'unreadable' : 'no-visitor',
    'external-id': explainExternalId(),
    address: explainAddress(),
    agent: fromBrowser ? 'not-told' : 'server-without',
    name: 'not-sent',
    'postal-address': 'not-sent',
    'birth-and-gender': 'not-sent',
  };
}

const allDenied: MissingReasons = {
  'click-id': 'consent',
  'browser-id': 'consent',
  email: 'consent',
  phone: 'consent',
  visitor: 'consent',
  'external-id': 'consent',
  address: 'consent',
  agent: 'consent',
  name: 'consent',
  'postal-address': 'consent',
  'birth-and-gender': 'consent',
};

/** Returns the reason for one missing key. A click id or browser id of another kind is no reason, so these are looked up by name. */
export function getMissingReason(reasons: MissingReasons, { subject, source }: MatchTopic, event: EnrichedEvent): string {
  const isUnreadable =
    source !== undefined &&
    event.warnings.some(({ field }) => field === `clickIds.${source}` || field === `browserIds.${source}`);
  return isUnreadable && reasons[subject] !== 'consent' ? 'unreadable' : reasons[subject];
}

/** Returns whether only servers reported the visitor. Only browsers report a user agent. */
function isServerOnly(profile: VisitorProfile | undefined): boolean {
  return (
    profile !== undefined &&
    profile.clients.length === 0 &&
    Object.keys(profile.browserIds).length === 0 &&
    Object.keys(profile.clicks).length === 0
  );
}
