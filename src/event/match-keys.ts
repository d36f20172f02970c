import type { Event } from './event.ts';

/** The values by which a platform can match an event to a person. */
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
