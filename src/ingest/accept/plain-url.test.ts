import fc from 'fast-check';
import { expect, test } from 'vitest';
import { webUrl } from '../../event/web-url.fixture.ts';
import { getPlainHost } from './plain-url.ts';

const label = fc.string({ unit: fc.constantFrom(...'aZ09-_é'), minLength: 0, maxLength: 6 });
const host = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom('example', 'COM', 'c', '1', '0x1', 'xn--p1ai', ''))
  .map(([labels, last]) => [...labels, last].join('.'));
const rest = fc.oneof(
  fc.constantFrom('', '/', '?', '#', ':8080/', '/a\\b', '\\', '/a b', '/%zz?q=%', '/../x', '/ä', '/a?b=c#d', '\t', '/\n', ' '),
  fc.string({ maxLength: 8 }).map((text) => `/${text}`),
);
const url = fc
  .tuple(fc.constantFrom('https://', 'http://', 'HTTPS://', 'https:/', 'ftp://', 'https://user@', 'https://u:p@'), host, rest)
  .map((parts) => parts.join(''));

test('the host of a plain URL is that of the parser, which corrects nothing that matters', () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.oneof(url, webUrl), (text) => {
      const found = getPlainHost(text);
      if (found === undefined) return;
      plain++;
      const { protocol, hostname, port, username, password } = new URL(text);
      expect({ hostname, port, username, password }).toEqual({ hostname: found, port: '', username: '', password: '' });
      expect(protocol).toMatch(/^https?:$/);
      expect(text).toMatch(/^https?:\/\/[^\s\p{Cc}\\/][^\s\p{Cc}\\]*$/iu);
    }),
    { seed: 22, numRuns: 2_000 },
  );
  expect(plain).toBeGreaterThan(200);
});

test.each([
  'https://xn--80ak6aa92e.com/',
  'https://192.0.2.1/',
  'https://shop.0x7f/',
  'https://localhost/',
  'https://user@shop.example/',
  'https://shop.example:8443/',
  'https://shop.example/\\evil.example',
  'https:/shop.example/',
  'https://shop.example/a b',
])('the parser decides about %s', (text) => {
  expect(getPlainHost(text)).toBeUndefined();
});
