import { expect, test } from 'vitest';
import { describeMissingConsent } from './missing-consent.ts';

test.each([
  ['granted', 'An order without a choice and without a country counts as granted, and is sent.'],
  ['denied', 'An order without a choice and without a country counts as denied, and is not sent.'],
  [
    'pending',
    "An order without a choice and without a country waits 90 seconds for the visitor's choice, and is then skipped as denied.",
  ],
] as const)('describeMissingConsent explains the effect %s', (consent, text) => {
  expect(describeMissingConsent('An order without a choice', consent)).toBe(text);
});
