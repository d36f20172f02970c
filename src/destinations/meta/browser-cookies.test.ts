import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  fbcCookie,
  getFbclid,
  isFbp,
  mergeFbclids,
  parseFbc,
  readFbcCookie,
  readFbclid,
  readFbiCookie,
  readFbpCookie,
} from './browser-cookies.ts';

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

const click = { value: fbclid, at: 1_790_000_000_123 };

test.each([
  ['example.com', `fb.1.1790000000123.${fbclid}`],
  ['www.example.com', `fb.2.1790000000123.${fbclid}`],
  ['localhost', `fb.0.1790000000123.${fbclid}`],
  ['a.b.c.d.e.f.g.h.i.j.example.com', `fb.9.1790000000123.${fbclid}`],
])('§3.13 a click becomes a cookie with the index of its domain %s', (domain, cookie) => {
  expect(fbcCookie.write(click, undefined, domain)).toBe(cookie);
  expect(fbcCookie.write(click, 'no cookie of this form', domain)).toBe(cookie);
});

test('§3.13 a cookie of the same or a newer click stays as it is', () => {
  for (const at of [1, click.at, click.at + 1]) {
    expect(fbcCookie.write(click, `fb.2.${at}.${fbclid}`, 'example.com')).toBeUndefined();
    expect(fbcCookie.write(click, `fb.2.${at}.${fbclid}.AQQCAQAA`, 'example.com')).toBeUndefined();
  }
  expect(fbcCookie.write(click, `fb.1.${click.at + 1}.other`, 'example.com')).toBeUndefined();
  expect(fbcCookie.write(click, `fb.1.${click.at - 1}.other`, 'example.com')).toBe(`fb.1.${click.at}.${fbclid}`);
});

test('§3.13 a cookie that the browser lost returns byte for byte', () => {
  const value = `fb.2.1790000000123.${fbclid}.AQQCAQAA`;
  expect(fbcCookie.write({ value, at: click.at }, undefined, 'example.com')).toBe(value);
});

test('§3.13 a click id that a cookie cannot hold unchanged is not written', () => {
  for (const value of ['a;b', 'a%2Bb', 'a"b', 'a,b'])
    expect(fbcCookie.write({ value, at: 1 }, undefined, 'example.com')).toBeUndefined();
});

test.each([
  ['203.0.113.42', '203.0.113.42'],
  ['203.0.113.42.AQ', '203.0.113.42'],
  ['203.0.113.42.12345678', '203.0.113.42'],
  ['2001:db8::7', '2001:db8::7'],
  [' 2001:db8::7.AQQCAQAA', '2001:db8::7'],
])('§3.4 the cookie %j holds an address, with or without an appendix', (cookie, address) => {
  expect(readFbiCookie(cookie)).toBe(address);
});

test.each([
  '',
  'localhost',
  '203.0.113',
  '203.0.113.42.abc',
  '203.0.113.42.AQ.AQ',
  '203.0.113.42, 203.0.113.7',
  '[2001:db8::7]',
  '2001:db8::7%eth0',
  'jane@shop.example',
  `2001:${'0:'.repeat(9_999)}`,
])('§3.4 the cookie %j holds no address', (cookie) => {
  expect(readFbiCookie(cookie)).toBeUndefined();
});
