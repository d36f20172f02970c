import { expect, test } from 'vitest';
import { mergeClickIds, readClickCookie, writeClickCookie } from './click-cookie.ts';
import { clickIdMaxAgeMs } from './profile-lifetimes.ts';

const now = Date.UTC(2026, 10, 24, 10);
const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const coded = (text: string) => Buffer.from(text).toString('base64url');

test('the click cookie returns click ids as written, to the second', () => {
  const clicks = { msclkid: { value: msclkid, at: now - 1_500 }, gclid: { value: 'Cj0K~._-x', at: now } };
  const text = writeClickCookie(clicks) ?? '';
  expect(text).toBe(`1~gclid.${now / 1_000}.${coded('Cj0K~._-x')}~msclkid.${now / 1_000 - 2}.${coded(msclkid)}`);
  expect(readClickCookie(text, now)).toEqual({ ...clicks, msclkid: { value: msclkid, at: now - 2_000 } });
});

test('no cookie is written without click ids', () => {
  expect(writeClickCookie({})).toBeUndefined();
});

test('the oldest click ids are dropped beyond 3 KiB', () => {
  const names = ['gclid', 'gbraid', 'wbraid', 'dclid', 'fbclid'];
  const clicks = Object.fromEntries(names.map((name, index) => [name, { value: 'x'.repeat(500), at: now - index * 1_000 }]));
  const text = writeClickCookie(clicks) ?? '';
  expect(text.length).toBeLessThanOrEqual(3_072);
  expect(Object.keys(readClickCookie(text, now))).toEqual(['gclid', 'gbraid', 'wbraid', 'dclid']);
});

test('the longest click id fits, with another', () => {
  const clicks = { ttclid: { value: `E.C.P.${'q'.repeat(2_042)}`, at: now }, msclkid: { value: msclkid, at: now } };
  expect(readClickCookie(writeClickCookie(clicks) ?? '', now)).toEqual(clicks);
});

test.each([
  ['of another version', `2~msclkid.${now / 1_000}.${coded(msclkid)}`],
  ['that has expired', `1~msclkid.${(now - clickIdMaxAgeMs) / 1_000 - 1}.${coded(msclkid)}`],
  ['of the future', `1~msclkid.${now / 1_000 + 1}.${coded(msclkid)}`],
  ['of an unknown name', `1~__proto__.${now / 1_000}.${coded(msclkid)}`],
  ['that is malformed', `1~msclkid.${now / 1_000}.${coded('not one')}~gclid.${now / 1_000}.${coded('a b')}~gclid~~.`],
])('a click id %s is ignored', (_, text) => {
  expect(readClickCookie(text, now)).toEqual({});
});

test('mergeClickIds keeps the first sight of one click, and its cookie at the platform', () => {
  const first = { fbclid: { value: 'IwAR', at: 1_000 } };
  const again = { fbclid: { value: 'IwAR', at: 9_000 } };
  const cookie = { fbclid: { value: 'fb.1.2000.IwAR', at: 2_000 } };
  expect(mergeClickIds(first, again)).toEqual(first);
  expect(mergeClickIds(again, first)).toEqual(first);
  expect(mergeClickIds(first, cookie)).toEqual(cookie);
  expect(mergeClickIds(cookie, again)).toEqual(cookie);
  const other = { fbclid: { value: 'IwAR-2', at: 9_000 } };
  expect(mergeClickIds(cookie, other)).toEqual(other);
});

test('mergeClickIds keeps the newest of each name in either order', () => {
  const older = { gclid: { value: 'old', at: 1 }, dclid: { value: 'd', at: 5 } };
  const newer = { gclid: { value: 'new', at: 2 } };
  expect(mergeClickIds(older, newer)).toEqual({ ...older, ...newer });
  expect(mergeClickIds(newer, older)).toEqual({ ...older, ...newer });
});
