import { expect, test } from 'vitest';
import { isWebUrl, withoutQuery } from './web-url.ts';

test.each(['https://shop.example', 'HTTP://shop.example/a?b=c#d', 'https://münchen.example/ü'])('%s is a web URL', (url) => {
  expect(isWebUrl(url)).toBe(true);
});

test.each([
  '',
  '/thanks',
  'shop.example',
  'ftp://shop.example/',
  'javascript:alert(1)',
  'https://',
  'https:shop.example',
  'https://shop.example/a b',
])('"%s" is not a web URL', (url) => {
  expect(isWebUrl(url)).toBe(false);
});

test.each([
  ['https://shop.example/a?b=1#c', 'https://shop.example/a'],
  ['https://shop.example/a#c?b=1', 'https://shop.example/a'],
  ['https://shop.example/a?b=1\n2', 'https://shop.example/a'],
  ['https://shop.example/a', 'https://shop.example/a'],
])('%j keeps nothing of its query or fragment', (url, bare) => {
  expect(withoutQuery(url)).toBe(bare);
});
