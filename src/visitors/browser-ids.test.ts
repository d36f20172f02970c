import { expect, test } from 'vitest';
import { browserIdKinds, findBrowserIds } from './browser-ids.ts';
import { maxBrowserIdCookies } from './profile-limits.ts';

const read = (cookie: string) => findBrowserIds({ _uetvid: cookie })?._uetvid;

test('the browser id of `_uetvid` is its first segment if it is 32 digits', () => {
  const vid = '13c9c8605d5411f0a0fdaf8fca2d1181';
  expect(read(`${vid}|jjcgek|1752129063687|4|1|bat.bing.com/p/insights/c/e`)).toBe(vid);
  expect(read('9CCDA220f5b311efb7e7611f6b0a02aa')).toBe('9ccda220f5b311efb7e7611f6b0a02aa');
  expect(read('x|9ccda220f5b311efb7e7611f6b0a02aa')).toBeUndefined();
});

test('findBrowserIds ignores other cookies and values that are no text', () => {
  expect(findBrowserIds({ other: 'a'.repeat(32), _uetvid: 7 })).toBeUndefined();
  expect(findBrowserIds({ toString: 'a'.repeat(32) })).toBeUndefined();
});

test('the browser ids of all destinations have a cookie each, and fit into a stored profile', () => {
  const cookies = browserIdKinds.map(({ cookie }) => cookie);
  expect(new Set(cookies).size).toBe(cookies.length);
  expect(cookies.length).toBeLessThanOrEqual(maxBrowserIdCookies);
});
