import { expect, test } from 'vitest';
import { consentKeys } from './submission.ts';
import { hasMisspeltKey } from './unknown-keys.ts';

test('no key of a consent statement resembles another one', () => {
  for (const known of consentKeys)
    expect(hasMisspeltKey(Object.fromEntries(consentKeys.map((key) => [key, 1])), known)).toBe(false);
});
