import { expect, test } from 'vitest';
import { isLinkable } from './page-link.ts';

test.each([
  ['https://shop.example/thanks?x=1', true],
  ['http://www.shop.example:8080/', true],
  ['HTTPS://SHOP.EXAMPLE/', true],
  ['https://shop.example./', true],
  ['https://other.example/', false],
  ['https://shop.example.other.example/', false],
  ['https://myshop.example/', false],
  ['https://shop.example@other.example/', false],
  ['https:\\\\other.example/shop.example', false],
  ['ftp://shop.example/', false],
  ['javascript:alert(1)//shop.example', false],
  ['/thanks', false],
  ['', false],
])('isLinkable accepts only URLs on a domain of the site: %s', (url, isLinked) => {
  expect(isLinkable(url, ['shop.example'])).toBe(isLinked);
});
