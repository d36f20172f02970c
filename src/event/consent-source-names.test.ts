import { expect, it } from 'vitest';
import { nameBanner } from './consent-source-names.ts';

it('a banner is named by its source and its version', () => {
  expect(nameBanner({ source: 'tcf', version: '28.134' })).toBe('TCF, CMP 28, version 134');
  expect(nameBanner({ source: 'tcf' })).toBe('TCF');
  expect(nameBanner({ source: 'call', version: '2026-11' })).toBe('Call on the page 2026-11');
  expect(nameBanner({ source: 'newer' })).toBe('newer');
});
