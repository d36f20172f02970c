import { expect, test } from 'vitest';
import { parseCountryCode } from './country-code.ts';

test.each([
  ['us', 'US'],
  [' De ', 'DE'],
  ['UK', 'GB'],
  ['el', 'GR'],
  ['AQ', 'AQ'],
  ['XK', 'XK'],
  ['RE', 'RE'],
])('%j becomes %s', (input, country) => {
  expect(parseCountryCode(input)).toBe(country);
});

test.each(['XX', 'ZZ', 'EU', 'UN', 'AP', 'T1', 'A1', 'A2', 'O1', 'XA', 'QO', 'SU', 'AN', 'DEU', 'Germany', '', '276'])(
  '%j is no country',
  (input) => {
    expect(parseCountryCode(input)).toBeUndefined();
  },
);

test('all 249 assigned countries are known', () => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const known = letters
    .flatMap((first) => letters.map((second) => first + second))
    .filter((code) => parseCountryCode(code) === code);
  // and AC, TA and XK
  expect(known).toHaveLength(249 + 3);
});
