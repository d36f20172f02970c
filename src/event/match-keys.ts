import type { Event } from './event.ts';
import type { MatchTopic } from './missing-match-keys.ts';

/** The values of an event by which a platform can match it to a person. A platform's own keys are in its `matching`. */
export const matchKeys = ['msclkid', 'email', 'phone', 'visitor', 'external-id', 'address', 'agent'] as const;
export type MatchKey = (typeof matchKeys)[number];

export function isMatchKey(text: string): text is MatchKey {
  return matchKeys.some((key) => key === text);
}

/** Returns the match keys of an event. */
export function listMatchKeys({ identity, client }: Pick<Event, 'identity' | 'client'>): readonly MatchKey[] {
  const { forms, clickIds, anonymousId, browserIds, externalId } = identity;
  const has: Record<MatchKey, unknown> = {
    msclkid: clickIds.msclkid,
    email: forms.emailMicrosoft ?? forms.emailPlain ?? forms.emailGiven,
    phone: forms.phoneE164 ?? forms.phoneDigits ?? forms.phoneGiven,
    visitor: anonymousId ?? Object.values(browserIds ?? {})[0],
    'external-id': externalId,
    address: client.ip,
    agent: client.userAgent,
  };
  return matchKeys.filter((key) => has[key] !== undefined);
}

/** Returns the subject of a match key of an event. */
export function getMatchTopic(key: MatchKey): MatchTopic {
  return key === 'msclkid' ? { subject: 'click-id', source: key } : { subject: key };
}
