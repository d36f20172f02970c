import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayContainNeedle } from './identifier-search.ts';
import { buildOwnIdentifiers, containsOwnIdentifier } from './scrub-pii.ts';

const noise = fc.string({ unit: fc.constantFrom(...'aJ1 4.-+(@%/_ä中'), maxLength: 12 });
const identifier = fc.constantFrom(
  'Jane.Doe+x@Example.com',
  '+1 (425) 555-1234',
  '4255551234',
  'jörg@müller.example',
  'aaaa1111@b.example',
  '٤٢٥٥٥٥١٢٣٤',
);
const separator = fc.constantFrom('', '', '', ' ', '.', '-', '%20', '+');
/** The letters and digits of an identifier with any punctuation between them, and one of them changed at times. */
const hidden = fc
  .tuple(identifier, fc.array(separator, { minLength: 24, maxLength: 24 }), fc.boolean(), fc.nat(20))
  .map(([text, separators, isChanged, changed]) =>
    [...text.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '')]
      .map((character, index) => (isChanged && index === changed ? 'q' : character) + (separators[index] ?? ''))
      .join(''),
  );

test('no text contains an identifier that the quick search excludes', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(noise, hidden), { maxLength: 4 }), fc.array(identifier, { maxLength: 3 }), (parts, values) => {
      const own = buildOwnIdentifiers(values);
      const text = parts.join('');
      // Texts with a percent sign and of other alphabets take the slow way, so they always count as possible.
      const slow = containsOwnIdentifier(`${text}%`, own);
      expect(containsOwnIdentifier(text, own)).toBe(slow);
      if (!slow) return;
      found++;
      expect(mayContainNeedle(text, own)).toBe(true);
    }),
    { seed: 22, numRuns: 3_000 },
  );
  expect(found).toBeGreaterThan(200);
});

test.each([
  ['Wall clocks for every room', false],
  ['https://shop.example/clocks/wall-4215?utm_source=bing', false],
  ['7b0c6a52-3f0e-4d9a-8c11-5a4b1c2d3e4f', false],
  ['call 425-555-1234', true],
  ['JANE DOE X EXAMPLE COM', true],
])('the quick search of %j returns %s', (text, expected) => {
  expect(mayContainNeedle(text, buildOwnIdentifiers(['Jane.Doe+x@example.com', '+1 (425) 555-1234', '4255551234']))).toBe(
    expected,
  );
});
