import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SiteSettingsView } from '../../../api/client.ts';
import { destinationView } from '../../../api/sites/destination-view.ts';
import { destinations } from '../../../destinations/destinations.ts';
import { findUsedValues, getSiteValues, replaceExampleValues } from './site-values.ts';

const site: SiteSettingsView = {
  id: 'clocks',
  name: 'Clockwork & Daughters',
  origin: 'dashboard',
  revision: '1',
  domains: ['clockwork.example', 'second.example'],
  platform: 'custom',
  writeKey: 'wk_clocks_own',
  oldWriteKeys: [],
  distrustedKeys: [],
  capture: { dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} } },
  segment: { keys: [], purchaseId: 'checkout_id', adConsentCategories: ['marketing'] },
  secretKeys: [],
  consent: { policy: 'regional', missingCountry: 'unknown' },
  timeZone: 'UTC',
  bots: 'drop',
  tags: {},
  uet: { mode: 'attach', tagId: '99', script: '', queue: 'uetq', idSync: '' },
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  webhooks: { secrets: [], purchaseOn: 'create' },
  accuracy: { alertUnder: 0.9 },
  pixel: { url: 'https://clockwork.example/m/v.js?k=wk_clocks_own', isGuess: false },
  connections: [
    {
      id: 'ms',
      destination: 'microsoft',
      origin: 'dashboard',
      enabled: true,
      settings: { tagId: '77001122' },
      secrets: ['token'],
      isLive: true,
    },
  ],
};
const platforms = destinations.map(destinationView);
const values = getSiteValues(site, 'https://in.clockwork.example', platforms);
const filled = (text: string) => replaceExampleValues(text, values);

describe('site values', () => {
  it('replace example tag, keys, ids and domain', () => {
    expect(filled('"tagId": "187012345"')).toBe('"tagId": "77001122"');
    expect(filled('convey connections pause shop/bing')).toBe('convey connections pause clocks/ms');
    expect(filled('convey events --site shop --follow')).toBe('convey events --site clocks --follow');
    expect(filled('"id": "shop", "domains": ["shop.example"],\n"writeKey": "wk_shop_example"')).toBe(
      '"id": "clocks", "domains": ["clockwork.example"],\n"writeKey": "wk_clocks_own"',
    );
    expect(filled('`https://data.shop.example/hooks/shopify/shop`, under /hooks/shopify/')).toBe(
      '`https://clockwork.example/hooks/shopify/clocks`, under /hooks/shopify/',
    );
    expect(filled('https://shop.example/clocks?msclkid=0')).toBe('https://clockwork.example/clocks?msclkid=0');
  });

  it("replace the examples of each platform's guides", () => {
    const own = { datasetId: '55501', pixelCode: 'COWN', customerId: '999-888-7777', adAccountId: '5490001', pixelId: 'px-own' };
    const connections = ['meta', 'tiktok', 'google-ads', 'pinterest', 'openai-ads'].map((destination) => ({
      id: `own-${destination}`,
      destination,
      origin: 'dashboard' as const,
      enabled: true,
      settings: own,
      secrets: [],
      isLive: true,
    }));
    const ownValues = getSiteValues({ ...site, connections }, undefined, platforms);
    const examples = [
      ['{ "id": "meta", "settings": { "datasetId": "1234567890123456" } }', 'own-meta', '55501'],
      ['{ "id": "tiktok", "settings": { "pixelCode": "C4ABCDEF0123456789AB" } }', 'own-tiktok', 'COWN'],
      ['{ "id": "google", "settings": { "customerId": "123-456-7890" } }', 'own-google-ads', '999-888-7777'],
      ['{ "id": "pinterest", "settings": { "adAccountId": "549755885175" } }', 'own-pinterest', '5490001'],
      ['{ "id": "chatgpt", "settings": { "pixelId": "your-pixel-id" } }', 'own-openai-ads', 'px-own'],
    ] as const;
    for (const [text, id, value] of examples) {
      expect(replaceExampleValues(text, ownValues)).toContain(`"id": "${id}"`);
      expect(replaceExampleValues(text, ownValues)).toContain(`: "${value}"`);
    }
    expect(replaceExampleValues('convey connections probe shop/meta', ownValues)).toBe(
      'convey connections probe clocks/own-meta',
    );
  });

  it('replace the URLs of pixel and collector', () => {
    expect(filled("s.src='https://data.shop.example/p.js?k=wk_shop_example'")).toBe(
      "s.src='https://clockwork.example/m/v.js?k=wk_clocks_own'",
    );
    expect(filled('https://data.shop.example/e')).toBe('https://clockwork.example/m/e');
    expect(filled('such as data.shop.example.')).toBe('such as clockwork.example.');
    expect(filled('curl http://127.0.0.1:8080/v1/events')).toBe('curl https://in.clockwork.example/v1/events');
  });

  it("replace the shop's name with www, and add it to no address", () => {
    expect(filled('`shop.example` or `www.shop.example`')).toBe('`clockwork.example` or `www.clockwork.example`');
    for (const domain of ['www.clocks.example', '127.0.0.1', 'localhost']) {
      const own = getSiteValues({ ...site, domains: [domain] }, undefined, platforms);
      expect(replaceExampleValues('www.shop.example', own)).toBe(domain);
    }
  });

  it('keep other text', () => {
    for (const text of ['jane@shop.example', 'the shop sells', 'myshop.example', 'http://127.0.0.1:8080/p.js?k=wk_example_0123'])
      expect(filled(text)).toBe(text);
  });

  it('do not replace text that was inserted', () => {
    const odd = getSiteValues({ ...site, id: 'bing', domains: ['data.shop.example'] }, undefined, platforms);
    expect(replaceExampleValues('shop.example --site shop', odd)).toBe('data.shop.example --site bing');
  });

  it('keep the example of the collector when its host is a guess', () => {
    const guess = getSiteValues({ ...site, pixel: { ...site.pixel, isGuess: true } }, undefined, platforms);
    const text = "s.src='https://data.shop.example/p.js?k=wk_shop_example'";
    expect(replaceExampleValues(text, guess)).toBe("s.src='https://data.shop.example/p.js?k=wk_clocks_own'");
    expect(findUsedValues(text, guess).missing.map(({ name }) => name)).toEqual(['Pixel URL']);
  });

  it('keep an example without a value, and list it as missing', () => {
    const { uet: _, ...rest } = site;
    const bare = getSiteValues(
      { ...rest, uet: { mode: 'off', script: '', queue: 'uetq', idSync: '' }, connections: [] },
      undefined,
      platforms,
    );
    const text = '"tagId": "187012345", --site shop';
    expect(replaceExampleValues(text, bare)).toBe('"tagId": "187012345", --site clocks');
    const used = findUsedValues(text, bare);
    expect(used.filled.map(({ name }) => name)).toEqual(['Site']);
    expect(used.missing.map(({ name }) => name)).toEqual(['UET tag ID']);
  });

  it('replace every example in all guides', () => {
    const docs = new URL('../../../../docs/', import.meta.url);
    const files = globSync('guides/**/*.md', { cwd: docs }).map((path) => ({
      path,
      text: readFileSync(new URL(path, docs), 'utf8'),
    }));
    // Only a document with a section is shown.
    const guides = files.filter(({ text }) => /^section: /m.test(text));
    expect(guides.length).toBeGreaterThan(20);
    for (const { path, text } of guides) {
      expect(filled(text), path).not.toMatch(
        /187012345|wk_shop_example|\b(?:data|www)\.shop\.example|shop\/bing|--site shop\b|hooks\/\w+\/shop\b|"id": "(?:shop|bing)"/,
      );
    }
  });
});
