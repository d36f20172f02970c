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
  ['ZWG', 'ZWG'],
  ['SLE', 'SLE'],
  ['US', undefined],
  ['', undefined],
])('parseCurrencyCode reads %j as %s', (text, code) => {
  expect(parseCurrencyCode(text)).toBe(code);
});

test.each(['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'ZWL'])(
  'parseCurrencyCode reads no currency from the withdrawn code %s',
  (code) => {
    expect(parseCurrencyCode(code)).toBeUndefined();
  },
);
