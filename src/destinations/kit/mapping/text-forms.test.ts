import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ipAddressForm, limitLength } from './text-forms.ts';

const address = z.union([z.ipv4(), z.ipv6()]);
/** Texts that are nearly addresses: a part is too large, missing or of another alphabet. */
const nearlyAddress = fc
  .array(
    fc.constantFrom('0', '1', '01', '9', '25', '255', '256', 'f', 'ffff', 'fffff', '.', '.', '.', ':', ':', '::', '%1', ' '),
    {
      maxLength: 15,
    },
  )
  .map((parts) => parts.join(''));

test('an address has the form if, and only if, the schema accepts it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), nearlyAddress, fc.string()), (text) => {
      expect(ipAddressForm.test(text)).toBe(address.safeParse(text).success);
    }),
    { seed: 1, numRuns: 3_000 },
  );
});

test('a text has a form of limited length up to the limit', () => {
  const form = limitLength(/^a+$/, 2);
  expect(['a', 'aa', 'aaa', 'b', ''].map((text) => form.test(text))).toEqual([true, true, false, false, false]);
});
