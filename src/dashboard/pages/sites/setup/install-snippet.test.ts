import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatPackageCall, formatPurchaseCall, formatPurchaseCurl, formatSnippet } from './install-snippet.ts';

describe('pixel snippet', () => {
  it('equals the one in the docs', () => {
    const docs = readFileSync('docs/guides/add-the-pixel.md', 'utf8');
    expect(docs).toContain(`\n${formatSnippet('https://data.shop.example/p.js?k=wk_shop_example')}\n`);
  });
});

it('the code of the package loads the same script, as the guide does', () => {
  const code = formatPackageCall('https://data.shop.example/p.js?k=wk_shop_example', 'wk_shop_example');
  const guide = readFileSync('docs/guides/javascript-package.md', 'utf8');
  for (const line of code.split('\n').filter((one) => one.startsWith('load('))) expect(guide).toContain(`\n${line}\n`);
  expect(code).toContain("load({ src: 'https://data.shop.example/p.js', key: 'wk_shop_example' });");
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

  it('has an id that cannot be guessed from the order, as in the docs, on the page and on the server', () => {
    const [, id = ''] = /id: '(purchase-1001-[0-9a-f]{16})'/.exec(formatPurchaseCall('EUR')) ?? [];
    expect(id).not.toBe('');
    expect(curl).toContain(`"id": "${id}"`);
    for (const guide of ['add-the-pixel', 'send-from-your-server'])
      expect(readFileSync(`docs/guides/${guide}.md`, 'utf8')).toContain(id);
  });
});
