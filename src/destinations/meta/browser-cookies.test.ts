import fc from 'fast-check';
import { expect, test } from 'vitest';
import { getFbclid, isFbp, mergeFbclids, parseFbc, readFbcCookie, readFbclid, readFbpCookie } from './browser-cookies.ts';

const fbclid = 'IwAR2x-_Zq09_aem_AbC';

test.each([
  [`fb.1.1790000000123.${fbclid}`, fbclid],
  [`fb.2.1790000000123.${fbclid}.AQQCAQAA`, fbclid],
  [`fb.0.1790000000123.${fbclid}.Bg`, fbclid],
])('§3.7 the cookie %s is stored byte for byte, with its time', (cookie, id) => {
  expect(readFbcCookie(cookie)).toEqual({ value: cookie, at: 1_790_000_000_123 });
  expect(readFbclid(cookie)).toBe(cookie);
  expect(getFbclid(cookie)).toBe(id);
});

test.each([
  '',
  fbclid,
  `fb.1.${fbclid}`,
  `fb.10.1790000000123.${fbclid}`,
  `fb.1.1790000000123.${fbclid}.abc`,
  'fb.1.1790000000123.a b',
  'fb.1.1790000000123.',
  `FB.1.1790000000123.${fbclid}`,
  `fb.1.1790000000123.${'a'.repeat(600)}`,
])('§3.7 the cookie %j is none', (cookie) => {
  expect(readFbcCookie(cookie)).toBeUndefined();
  expect(parseFbc(cookie)).toBeUndefined();
});

test.each([fbclid, 'a', 'A%2Bb', 'I'.repeat(480)])('§3.8 the click id of a URL is stored as it is: %s', (text) => {
  expect(readFbclid(text)).toBe(text);
});

test.each(['', 'a b', 'a\n', 'é', 'fb.1.2', 'I'.repeat(481), 'a.b.c'])('§3.8 %j is no click id', (text) => {
  expect(readFbclid(text)).toBeUndefined();
});

test.each(['fb.1.1790000000123.1098115397', 'fb.2.1790000000123.0.AQQAAQAA'])('§3.10 %s is a browser id', (text) => {
  expect(readFbpCookie(` ${text} `)).toBe(text);
});

test.each(['', '1098115397', 'fb.1.1790000000123', 'fb.1.now.1', `fb.1.1790000000123.${'1'.repeat(120)}`])(
  '§3.10 %j is no browser id',
  (text) => {
    expect(isFbp(text)).toBe(false);
    expect(readFbpCookie(text)).toBeUndefined();
  },
);

test('§3.12 the cookie of a click is preferred to the click id of its URL, whatever their times', () => {
  const cookie = { value: `fb.1.1790000000123.${fbclid}.AQQCAQAA`, at: 1_790_000_000_123 };
  for (const at of [1, 1_790_000_000_000, 1_890_000_000_000]) {
    expect(mergeFbclids({ value: fbclid, at }, cookie)).toBe(cookie);
    expect(mergeFbclids(cookie, { value: fbclid, at })).toBe(cookie);
  }
});

test('§3.12 the first sight of a click counts, and two clicks stay two', () => {
  const first = { value: fbclid, at: 1_000 };
  expect(mergeFbclids({ value: fbclid, at: 2_000 }, first)).toBe(first);
  expect(mergeFbclids(first, { value: `${fbclid}x`, at: 2_000 })).toBeUndefined();
  expect(mergeFbclids(first, { value: fbclid.toLowerCase(), at: 2_000 })).toBeUndefined();
});

test('§3.12 the merge of two sights does not depend on their order', () => {
  const sight = fc.record({
    value: fc.constantFrom(fbclid, `fb.1.1.${fbclid}`, `fb.1.2.${fbclid}.Bg`, 'other', 'fb.1.1.other'),
    at: fc.nat(3),
  });
  fc.assert(
    fc.property(sight, sight, (one, other) => {
      expect(mergeFbclids(one, other)).toEqual(mergeFbclids(other, one));
    }),
  );
});
