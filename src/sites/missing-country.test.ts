import { expect, test } from 'vitest';
import { explainImplicitGrant } from './missing-country.ts';

test('explainImplicitGrant explains a default country that turns missing consent into a grant', () => {
  const text = explainImplicitGrant({ consent: { policy: 'regional' }, defaultCountry: 'US' });
  expect(text).toContain('one from US, so its missing consent counts as granted');
  expect(text).toContain('Set `consent.missingCountry` to `unknown`');
});

test.each([
  { consent: { policy: 'regional' } },
  { consent: { policy: 'regional' }, defaultCountry: 'DE' },
  { consent: { policy: 'strict' }, defaultCountry: 'US' },
  { consent: { policy: 'granted' }, defaultCountry: 'US' },
  { consent: { policy: 'regional', missingCountry: 'unknown' }, defaultCountry: 'US' },
  { consent: { policy: 'regional', missingCountry: 'default-country' }, defaultCountry: 'US' },
] as const)('explainImplicitGrant returns nothing for %j, whose country changes no consent or is chosen', (site) =>
  expect(explainImplicitGrant(site)).toBeUndefined(),
);
