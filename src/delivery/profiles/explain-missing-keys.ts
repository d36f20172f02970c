import type { EnrichedEvent } from '../../event/event.ts';
import { listMatchKeys, type MatchKey, matchKeys } from '../../event/match-keys.ts';
import type { MissingMatchKeys } from '../../event/missing-match-keys.ts';
import {
  emailHashes,
  emptyProfile,
  getPerson,
  type Person,
  phoneHashes,
  type VisitorProfile,
} from '../../identity/visitor-profile.ts';
import type { LoadedProfiles } from './enrich-from-profile.ts';

/** The match keys of an event when it was mapped. */
export interface MatchKeyReport {
  readonly keys: readonly MatchKey[];
  readonly lacks: MissingMatchKeys;
}

/**
 * Returns the event's match keys, and the reason for each missing one. `event` is already enriched from profiles. A denied event
 * is sent without personal data, so it has none.
 */
export function explainMatchKeys(event: EnrichedEvent, known: LoadedProfiles): MatchKeyReport {
  if (event.consent.effective === 'denied') return { keys: [], lacks: allDenied };
  const keys = listMatchKeys(event);
  const has = new Set(keys);
  const reasons = createReasons(event, known);
  const lacks: MissingMatchKeys = {
    ...(!has.has('msclkid') && { msclkid: reasons.msclkid() }),
    ...(!has.has('email') && { email: reasons.email() }),
    ...(!has.has('phone') && { phone: reasons.phone(has.has('email')) }),
    ...(!has.has('visitor') && { visitor: reasons.visitor() }),
    ...(!has.has('external-id') && { 'external-id': reasons.externalId() }),
    ...(!has.has('address') && { address: reasons.address() }),
    ...(!has.has('agent') && { agent: reasons.agent() }),
  };
  return { keys, lacks };
}

const allDenied: MissingMatchKeys = Object.fromEntries(matchKeys.map((key) => [key, 'consent'] as const));

/**
 * Returns one function per key, called if the key is missing. Reports `somebody-else` if the visitor's profile has the key for
 * another person.
 */
function createReasons(event: EnrichedEvent, { own, linked }: LoadedProfiles) {
  const { identity, reporters, time } = event;
  const isNamed = identity.anonymousId !== undefined;
  const profile = own ?? linked.find(({ isUnconfirmed }) => !isUnconfirmed)?.profile ?? (isNamed ? emptyProfile : undefined);
  const fromBrowser = reporters.includes('browser');
  const isVisitorMissing = profile === undefined && !fromBrowser;
  const isKnown = (read: (person: Person) => readonly unknown[]) =>
    profile !== undefined && read(getPerson(profile, time)).some((one) => one !== undefined);
  const isWarned = (...fields: readonly string[]) => event.warnings.some(({ field }) => fields.includes(field));

  return {
    msclkid: () => {
      if (isWarned('clickIds.msclkid')) return 'unreadable';
      if (isVisitorMissing) return 'no-visitor';
      return !fromBrowser && isServerOnly(profile) ? 'no-browser' : 'no-click';
    },
    email: () => {
      if (isWarned('user.email', 'user.emailSha256')) return 'unreadable';
      if (isKnown(emailHashes)) return 'somebody-else';
      return isVisitorMissing ? 'no-visitor' : 'anonymous';
    },
    phone: (hasEmail: boolean) => {
      if (isWarned('user.phone', 'user.phoneSha256')) return 'unreadable';
      if (isKnown(phoneHashes)) return 'somebody-else';
      if (hasEmail) return 'not-collected';
      return isVisitorMissing ? 'no-visitor' : 'anonymous';
    },
    visitor: () => (isWarned('user.anonymousId') ? 'unreadable' : 'no-visitor'),
    externalId: () => {
      if (isWarned('user.externalId')) return 'unreadable';
      return isKnown(({ externalId }) => [externalId]) ? 'somebody-else' : 'not-signed-in';
    },
    address: () => {
      if (event.warnings.some(({ code }) => code === 'address-not-public')) return 'not-public';
      if (isWarned('user.ip')) return 'unreadable';
      return fromBrowser ? 'not-told' : 'server-without';
    },
    agent: () => (fromBrowser ? 'not-told' : 'server-without'),
  } as const;
}

/** Returns whether only servers reported the visitor. Only browsers report a user agent. */
function isServerOnly(profile: VisitorProfile | undefined): boolean {
  return (
    profile !== undefined &&
    profile.clients.length === 0 &&
    Object.keys(profile.browserIds).length === 0 &&
    profile.clicks.msclkid === undefined
  );
}
