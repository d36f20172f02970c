import { describe, expect, it } from 'vitest';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { parseDomain, suggestSiteId, toSiteForm, toSitePatch } from './site-form.ts';

const site: SiteSettingsView = {
  id: 'shop',
  name: 'Shop',
  origin: 'dashboard',
  revision: '1',
  domains: ['shop.example'],
  platform: 'custom',
  writeKey: 'wk_shop_example',
  oldWriteKeys: [],
  secretKeys: [],
  consent: { policy: 'regional' },
  defaultCountry: 'US',
  bots: 'drop',
  tags: {},
  uet: { mode: 'off', script: 'https://bat.bing.com/bat.js', queue: 'uetq', idSync: 'https://c.bing.com/c.gif' },
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  webhooks: { secrets: [], purchaseOn: 'create' },
  accuracy: { alertUnder: 0.9 },
  pixel: { url: 'https://data.shop.example/p.js?k=wk_shop_example', isGuess: true },
  connections: [],
};

describe('suggestSiteId', () => {
  it.each([
    ['Clockwork & Daughters', 'clockwork-daughters'],
    ['Café Zürich', 'cafe-zurich'],
    ['  --Shop 24!  ', 'shop-24'],
    ['時計', ''],
    [`${'a'.repeat(62)} b`, 'a'.repeat(62)],
  ])('suggests for %s the id %s', (name, id) => expect(suggestSiteId(name)).toBe(id));
});

describe('parseDomain', () => {
  it.each([
    ['https://www.Shop.example/cart?x=1', 'shop.example'],
    ['shop.example:8080', 'shop.example'],
    ['www.example', 'www.example'],
    ['localhost', 'localhost'],
  ])('reads %s as %s', (text, domain) => expect(parseDomain(text)).toBe(domain));
});

describe('toSitePatch', () => {
  it('omits unchanged fields', () => {
    expect(toSitePatch(toSiteForm(site), [])).toEqual({});
    expect(toSitePatch({ ...toSiteForm(site), name: 'New' }, ['name'])).toEqual({ name: 'New' });
  });

  it('sets an emptied field to null', () => {
    expect(toSitePatch({ ...toSiteForm(site), defaultCountry: ' ' }, ['defaultCountry'])).toEqual({ defaultCountry: null });
  });

  it('includes all tag settings if one of them changed', () => {
    const form = toSiteForm(site);
    expect(toSitePatch({ ...form, uet: { ...form.uet, mode: 'attach', tagId: '187012345' } }, ['uet'])).toEqual({
      uet: { ...site.uet, mode: 'attach', tagId: '187012345' },
    });
  });
});
