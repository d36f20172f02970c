import type { Event } from './event.ts';
import type { MatchTopic } from './missing-match-keys.ts';

/**
 * The click ids of the destinations, by which events can be found. Each has a bit in the stored index of events, so a test compares this
 * list with that of the destinations.
 */
export const clickIdKeys = ['msclkid', 'gclid', 'gbraid', 'wbraid', 'fbclid', 'ttclid', 'epik', 'oppref'] as const;
export type ClickIdKey = (typeof clickIdKeys)[number];

/** The values of an event by which a platform can match it to a person. A platform's own keys are in its `matching`. */
export const matchKeys = [...clickIdKeys, 'email', 'phone', 'visitor', 'external-id', 'address', 'agent'] as const;
export type MatchKey = (typeof matchKeys)[number];

export function isMatchKey(text: string): text is MatchKey {
  return matchKeys.some((key) => key === text);
}

export function isClickIdKey(text: string): text is ClickIdKey {
  return clickIdKeys.some((key) => key === text);
}

/** Returns the match keys of an event. */
export function listMatchKeys({ identity, client }: Pick<Event, 'identity' | 'client'>): readonly MatchKey[] {
  const { forms, clickIds, anonymousId, browserIds, externalId } = identity;
  const has: Record<Exclude<MatchKey, ClickIdKey>, unknown> = {
    email: forms.emailMicrosoft ?? forms.emailPlain ?? forms.emailGiven,
    phone: forms.phoneE164 ?? forms.phoneDigits ?? forms.phoneGiven,
    visitor: anonymousId ?? Object.values(browserIds ?? {})[0],
    'external-id': externalId,
    address: client.ip,
    agent: client.userAgent,
  };
  return matchKeys.filter((key) => (isClickIdKey(key) ? clickIds[key] : has[key]) !== undefined);
}

/** Returns the subject of a match key of an event. */
export function getMatchTopic(key: MatchKey): MatchTopic {
  return isClickIdKey(key) ? { subject: 'click-id', source: key } : { subject: key };
}
