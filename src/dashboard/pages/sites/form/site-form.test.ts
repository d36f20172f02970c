import { describe, expect, it } from 'vitest';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { parseDomain, suggestSiteId, toSiteForm, toSitePatch } from './site-form.ts';
import { parseTagFields } from './tag-form.ts';

const site: SiteSettingsView = {
  id: 'shop',
  name: 'Shop',
  origin: 'dashboard',
  revision: '1',
  domains: ['shop.example'],
  platform: 'custom',
  writeKey: 'wk_shop_example',
  oldWriteKeys: [],
  distrustedKeys: [],
  capture: { dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} } },
  segment: { keys: [], purchaseId: 'checkout_id', adConsentCategories: ['marketing'] },
  secretKeys: [],
  consent: { policy: 'regional', missingCountry: 'unknown' },
  defaultCountry: 'US',
  timeZone: 'UTC',
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

const destinations = [
  {
    id: 'acme',
    tag: {
      label: 'Acme tag',
      settings: {
        properties: {
          mode: { enum: ['off', 'attach', 'load'], default: 'off' },
          tagId: { title: 'Tag ID', anyOf: [{ type: 'string' }, { type: 'integer' }] },
          script: { type: 'string', default: 'https://tag.example/a.js' },
          labels: { type: 'object' },
        },
      },
    },
  },
  { id: 'silent' },
] as const;

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
    expect(toSitePatch(toSiteForm(site, destinations), [])).toEqual({});
    expect(toSitePatch({ ...toSiteForm(site, destinations), name: 'New' }, ['name'])).toEqual({ name: 'New' });
  });

  it('changes the policy and the rule for a missing country independently', () => {
    const form = { ...toSiteForm(site, destinations), policy: 'strict', missingCountry: 'default-country' } as const;
    expect(toSitePatch(form, ['policy'])).toEqual({ consent: { policy: 'strict' } });
    expect(toSitePatch(form, ['missingCountry'])).toEqual({ consent: { missingCountry: 'default-country' } });
  });

  it('changes the settings of Segment SDKs independently, and restores the categories when all are removed', () => {
    const form = { ...toSiteForm(site, destinations), purchaseId: 'order_id', adConsentCategories: ['C0002'] } as const;
    expect(toSitePatch(form, ['purchaseId'])).toEqual({ segment: { purchaseId: 'order_id' } });
    expect(toSitePatch(form, ['adConsentCategories'])).toEqual({ segment: { adConsentCategories: ['C0002'] } });
    expect(toSitePatch({ ...form, adConsentCategories: [] }, ['adConsentCategories'])).toEqual({
      segment: { adConsentCategories: null },
    });
  });

  it('sets an emptied field to null', () => {
    expect(toSitePatch({ ...toSiteForm(site, destinations), assignee: ' jane ' }, ['assignee'])).toEqual({ assignee: 'jane' });
    expect(toSitePatch(toSiteForm({ ...site, assignee: 'jane' }, destinations), ['assignee'])).toEqual({ assignee: 'jane' });
    expect(toSitePatch(toSiteForm(site, destinations), ['assignee'])).toEqual({ assignee: null });
    expect(toSitePatch({ ...toSiteForm(site, destinations), defaultCountry: ' ' }, ['defaultCountry'])).toEqual({
      defaultCountry: null,
    });
  });

  it('includes the settings of the tags that are or were used', () => {
    const form = toSiteForm(site, destinations);
    expect(form.tags).toEqual({ acme: { mode: 'off', tagId: '', script: 'https://tag.example/a.js', labels: { pairs: [] } } });
    const { acme = {} } = form.tags;
    expect(toSitePatch({ ...form, tags: { acme: { ...acme, mode: 'attach', tagId: ' 7 ' } } }, ['tags'])).toEqual({
      tags: { acme: { mode: 'attach', tagId: '7', script: 'https://tag.example/a.js', labels: {} } },
    });
    expect(toSitePatch(form, ['tags'])).toEqual({ tags: {} });
  });

  it('removes what the form of a tag no longer has', () => {
    const saved = { ...site, tags: { acme: { mode: 'load' as const, tagId: '7', labels: { Lead: 'a', Purchase: 'b' } } } };
    const form = toSiteForm(saved, destinations);
    expect(form.tags.acme).toMatchObject({
      mode: 'load',
      labels: {
        pairs: [
          ['Lead', 'a'],
          ['Purchase', 'b'],
        ],
      },
    });
    const acme = { mode: 'off', tagId: '', script: '', labels: { pairs: [['Lead', 'c']] as const } };
    expect(toSitePatch({ ...form, tags: { acme } }, ['tags'], saved)).toEqual({
      tags: { acme: { mode: 'off', tagId: null, script: null, labels: { Lead: 'c', Purchase: null } } },
    });
  });

  it('shows the fields with a default as advanced, and requires the other texts', () => {
    const { main, advanced } = parseTagFields(destinations[0]);
    expect(main.map(({ title, isRequired }) => [title, isRequired])).toEqual([
      ['Tag ID', true],
      ['labels', false],
    ]);
    expect(advanced.map(({ name }) => name)).toEqual(['script']);
    expect(parseTagFields({})).toEqual({ main: [], advanced: [] });
  });
});
