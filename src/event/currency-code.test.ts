import { expect, test } from 'vitest';
import { parseCurrencyCode } from './currency-code.ts';

test.each([
  ['usd', 'USD'],
  [' Eur ', 'EUR'],
  ['XCG', 'XCG'],
  ['KWD', 'KWD'],
  ['dollars', undefined],
  ['DOL', undefined],
  ['QQQ', undefined],
  ['XXX', undefined],
  ['US', undefined],
  ['', undefined],
])('parseCurrencyCode reads %j as %s', (text, code) => {
  expect(parseCurrencyCode(text)).toBe(code);
});
