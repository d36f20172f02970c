import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatPixelUrl, formatPurchaseCurl, formatSnippet, parseCollectorUrl } from './install-snippet.ts';

describe('pixel snippet', () => {
  it('equals the one in the docs', () => {
    const docs = readFileSync('docs/guides/add-the-pixel.md', 'utf8');
    expect(docs).toContain(`\n${formatSnippet('https://data.shop.example/p.js?k=wk_shop_example')}\n`);
  });

  it('keeps path and key of the pixel when the collector URL changes', () => {
    expect(formatPixelUrl('https://shop.example/data', 'https://data.shop.example/m/v.js?k=wk_shop_example')).toBe(
      'https://shop.example/data/m/v.js?k=wk_shop_example',
    );
  });
});

describe('parseCollectorUrl', () => {
  it.each([
    ['data.shop.example', 'https://data.shop.example'],
    [' http://127.0.0.1:8080/ ', 'http://127.0.0.1:8080'],
    ['shop.example/data/', 'https://shop.example/data'],
    ['https://[::1]:8080', 'https://[::1]:8080'],
  ])('parses %s as %s', (typed, collector) => expect(parseCollectorUrl(typed)).toBe(collector));

  it.each([
    '',
    'https://',
    "https://a'b.example",
    "https://shop.example/a'b",
    'javascript:alert(1)',
    'https://user@shop.example',
    'a b',
  ])('rejects %s', (typed) => expect(parseCollectorUrl(typed)).toBeUndefined());
});

describe('purchase example', () => {
  const curl = formatPurchaseCurl('https://data.shop.example/', 'shop.example', 'EUR');

  it('has the format of the server API', () => {
    const body = /-d '(.*)'$/s.exec(curl)?.[1] ?? '';
    expect(JSON.parse(body)).toMatchObject({ events: [{ name: 'Purchase', commerce: { orderId: '1001', currency: 'EUR' } }] });
  });

  it('uses a variable for the secret key', () => {
    expect(curl).toContain('Bearer $CONVEY_SECRET_KEY');
    expect(curl).toContain('https://data.shop.example/v1/events');
  });
});
