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

/** Whom an event could be matched by when it was mapped. */
export interface MatchKeyReport {
  readonly keys: readonly MatchKey[];
  readonly lacks: MissingMatchKeys;
}

/**
 * Which match keys the event has, and of each other one why not. Pure; `event` is as it was mapped, with what was recalled in it.
 * Of a denied event nothing personal is sent, whatever it holds.
 */
export function explainMatchKeys(event: EnrichedEvent, known: LoadedProfiles): MatchKeyReport {
  if (event.consent.effective === 'denied') return { keys: [], lacks: allDenied };
  const keys = listMatchKeys(event);
  const has = new Set(keys);
  const reasons = reasonsOf(event, known);
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

/** Each answers why its key is missing, and is asked only where it is: what the browser's person has and the event has not is not lent. */
function reasonsOf(event: EnrichedEvent, { own, linked }: LoadedProfiles) {
  const { identity, reporters, time } = event;
  const isNamed = identity.anonymousId !== undefined;
  const facts = own ?? linked.find(({ isClaim }) => !isClaim)?.facts ?? (isNamed ? emptyProfile : undefined);
  const fromBrowser = reporters.includes('browser');
  const isVisitorMissing = facts === undefined && !fromBrowser;
  const isKnown = (read: (person: Person) => readonly unknown[]) =>
    facts !== undefined && read(getPerson(facts, time)).some((one) => one !== undefined);
  const isWarned = (...fields: readonly string[]) => event.warnings.some(({ field }) => fields.includes(field));

  return {
    msclkid: () => {
      if (isWarned('clickIds.msclkid')) return 'unreadable';
      if (isVisitorMissing) return 'no-visitor';
      return !fromBrowser && isWithoutBrowser(facts) ? 'no-browser' : 'no-click';
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

/** Browsers alone tell of an agent, so a visitor without one is known by what servers said. */
function isWithoutBrowser(facts: VisitorProfile | undefined): boolean {
  return facts !== undefined && facts.clients.length === 0 && facts.uetVids.length === 0 && facts.clicks.msclkid === undefined;
}
