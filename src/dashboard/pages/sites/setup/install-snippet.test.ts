import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatPixelUrl, formatPurchaseCurl, formatSnippet, parseCollectorUrl } from './install-snippet.ts';

describe('the snippet', () => {
  it('is the one of the docs', () => {
    const docs = readFileSync('docs/guides/add-the-pixel.md', 'utf8');
    expect(docs).toContain(`\n${formatSnippet('https://data.shop.example/p.js?k=wk_shop_example')}\n`);
  });

  it("keeps the pixel's path and key at the collector's own address", () => {
    expect(formatPixelUrl('https://shop.example/data', 'https://data.shop.example/m/v.js?k=wk_shop_example')).toBe(
      'https://shop.example/data/m/v.js?k=wk_shop_example',
    );
  });
});

describe("the collector's address that somebody types", () => {
  it.each([
    ['data.shop.example', 'https://data.shop.example'],
    [' http://127.0.0.1:8080/ ', 'http://127.0.0.1:8080'],
    ['shop.example/data/', 'https://shop.example/data'],
    ['https://[::1]:8080', 'https://[::1]:8080'],
  ])('%s is %s', (typed, collector) => expect(parseCollectorUrl(typed)).toBe(collector));

  it.each([
    '',
    'https://',
    "https://a'b.example",
    "https://shop.example/a'b",
    'javascript:alert(1)',
    'https://user@shop.example',
    'a b',
  ])('%s is none that goes into a page', (typed) => expect(parseCollectorUrl(typed)).toBeUndefined());
});

describe('the purchase of a server', () => {
  const curl = formatPurchaseCurl('https://data.shop.example/', 'shop.example', 'EUR');

  it('is one that the collector reads', () => {
    const body = /-d '(.*)'$/s.exec(curl)?.[1] ?? '';
    expect(JSON.parse(body)).toMatchObject({ events: [{ name: 'Purchase', commerce: { orderId: '1001', currency: 'EUR' } }] });
  });

  it('names the secret key by its variable', () => {
    expect(curl).toContain('Bearer $CONVEY_SECRET_KEY');
    expect(curl).toContain('https://data.shop.example/v1/events');
  });
});
