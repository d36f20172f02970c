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
  uet: { mode: 'off', script: 'https://bat.bing.com/bat.js', queue: 'uetq', idSync: 'https://c.bing.com/c.gif' },
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  webhooks: { secrets: [], purchaseOn: 'create' },
  accuracy: { alertUnder: 0.9 },
  pixel: { url: 'https://data.shop.example/p.js?k=wk_shop_example', isGuess: true },
  connections: [],
};

describe('the id that a name suggests', () => {
  it.each([
    ['Clockwork & Daughters', 'clockwork-daughters'],
    ['Café Zürich', 'cafe-zurich'],
    ['  --Shop 24!  ', 'shop-24'],
    ['時計', ''],
    [`${'a'.repeat(62)} b`, 'a'.repeat(62)],
  ])('of %s is %s', (name, id) => expect(suggestSiteId(name)).toBe(id));
});

describe('the domain that is meant', () => {
  it.each([
    ['https://www.Shop.example/cart?x=1', 'shop.example'],
    ['shop.example:8080', 'shop.example'],
    ['www.example', 'www.example'],
    ['localhost', 'localhost'],
  ])('by %s is %s', (text, domain) => expect(parseDomain(text)).toBe(domain));
});

describe("a site's form", () => {
  it('says nothing of what was not changed', () => {
    expect(toSitePatch(toSiteForm(site), [])).toEqual({});
    expect(toSitePatch({ ...toSiteForm(site), name: 'New' }, ['name'])).toEqual({ name: 'New' });
  });

  it('takes away what is emptied', () => {
    expect(toSitePatch({ ...toSiteForm(site), defaultCountry: ' ' }, ['defaultCountry'])).toEqual({ defaultCountry: null });
  });

  it('says the whole of what the pixel does about the tag', () => {
    const form = toSiteForm(site);
    expect(toSitePatch({ ...form, uet: { ...form.uet, mode: 'attach', tagId: '187012345' } }, ['uet'])).toEqual({
      uet: { ...site.uet, mode: 'attach', tagId: '187012345' },
    });
  });
});
