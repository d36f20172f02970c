import { expect, test } from 'vitest';
import { now, shop } from '../site.fixture.ts';
import { getServerConsent } from './server-consent.ts';

test.each([
  ['strict', undefined, 'pending'],
  ['regional', undefined, 'pending'],
  ['regional', 'DE', 'pending'],
  ['regional', 'US', 'granted'],
  ['granted', undefined, 'granted'],
] as const)(
  "a server's event without consent counts by the policy %s, with the default country %s, as %s",
  (policy, country, counts) => {
    const site = { ...shop, consent: { policy }, ...(country !== undefined && { defaultCountry: country }) };
    expect(getServerConsent(site, now)).toBe(counts);
  },
);

test("a server's event without consent waits when the site counts a missing country as unknown", () => {
  const consent = { policy: 'regional', missingCountry: 'unknown' } as const;
  expect(getServerConsent({ ...shop, consent, defaultCountry: 'US' }, now)).toBe('pending');
});
